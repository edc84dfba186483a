"""fastscnn-doctor, as a user calls it: here, and where packages are broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from export.doctor import examination
from export.doctor.finding import Finding
from export.doctor_cli import main

Capture = pytest.CaptureFixture[str]


def stubbed(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    monkeypatch.setattr(examination, "examine", lambda needed, console: list(findings))


WELL = Finding("packages", "numpy", "ok", "1.26.4")
ABSENT = Finding("packages", "av", "missing", "is not installed.", "pip install 'fastscnn-mobile[video]'")
BROKEN = Finding("runtimes", "onnx", "broken", "does not work here.", "pip install onnx")


def test_what_is_optional_and_missing_is_no_failure(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    stubbed(monkeypatch, WELL, ABSENT)
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert "numpy: 1.26.4" in printed
    assert "-> pip install 'fastscnn-mobile[video]'" in printed


def test_something_broken_is_exit_2_with_its_remedy(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    stubbed(monkeypatch, WELL, BROKEN)
    assert main(["--quiet"]) == 2
    printed = capsys.readouterr().out
    assert "onnx: does not work here." in printed
    assert "numpy" not in printed


def test_json_holds_every_finding(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    stubbed(monkeypatch, WELL, BROKEN)
    assert main(["--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == "broken"
    assert [finding["subject"] for finding in document["findings"]] == ["numpy", "onnx"]


def test_help_needs_nothing_heavy_and_shows_examples() -> None:
    code = (
        "import sys; from export.doctor_cli import parser; text = parser().format_help();"
        "print('examples:' in text, sorted({'torch', 'numpy', 'onnx', 'packaging'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True []\n"


def asked(path: str) -> tuple[int, dict[tuple[str, str], dict[str, Any]], str]:
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-m", "export.doctor_cli", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    findings = json.loads(done.stdout)["findings"]
    return done.returncode, {(f["check"], f["subject"]): f for f in findings}, done.stderr


@pytest.mark.slow
def test_here_all_that_is_needed_works() -> None:
    code, findings, said = asked("")
    assert code == 0, [finding for finding in findings.values() if finding["state"] == "broken"]
    assert {finding["check"] for finding in findings.values()} == {
        "packages",
        "cpu",
        "runtimes",
        "network",
        "space",
    }
    assert "Traceback" not in said


@pytest.mark.slow
def test_broken_packages_are_findings_and_the_others_are_still_looked_at(tmp_path: Path) -> None:
    (tmp_path / "onnx.py").write_text("raise ImportError('undefined symbol: _ZN4onnx')")
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("raise OSError('libjpeg.so.62: cannot open')")
    (tmp_path / "safetensors-0.1.dist-info").mkdir()
    metadata = "Metadata-Version: 2.1\nName: safetensors\nVersion: 0.1\n"
    (tmp_path / "safetensors-0.1.dist-info" / "METADATA").write_text(metadata)
    code, findings, said = asked(str(tmp_path))
    assert code == 2
    assert "Traceback" not in said
    assert "undefined symbol" in findings["packages", "onnx"]["message"]
    assert "libjpeg" in findings["packages", "Pillow"]["message"]
    assert "0.1 is installed" in findings["packages", "safetensors"]["message"]
    assert findings["packages", "torch"]["state"] == "ok"
    for finding in findings.values():
        assert finding["remedy"] or finding["state"] not in ("broken", "warning", "missing"), finding
