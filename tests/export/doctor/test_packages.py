"""Versions found and wanted: which of them is a fault, whose, and what to paste."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.doctor import packages, requirements
from export.doctor.child import Answer
from export.doctor.finding import Finding
from fastscnn import __version__

HERE = {
    "fastscnn-mobile": __version__,
    "numpy": "1.26.4",
    "safetensors": "0.8.0",
    "Pillow": "13.0.0",
    "torch": "2.13.0+cpu",
    "onnx": "1.23.2",
    "onnxruntime": "1.32.0",
    "ai-edge-litert": "2.3.0",
    "flatbuffers": "25.12.19",
    "packaging": "26.3",
}


def found(
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str | None],
    needed: tuple[str, ...] = (),
    errors: dict[str, str] | None = None,
) -> dict[str, Finding]:
    """Findings by subject, for packages as HERE but for some; those that HERE lacks are not installed."""
    # what the metadata wants beside is there in a version that fits
    others = {w.name: "0" for w in requirements.wanted() if not w.extra and w.name not in HERE}
    versions: dict[str, str | None] = {**others, **HERE, **changes}
    monkeypatch.setattr(requirements, "found", versions.get)
    installed = packages.look(needed)
    answers = {
        question: Answer(error=(errors or {}).get(question[1], ""))
        for question in packages.questions(installed)
    }
    findings = list(packages.findings(installed, answers))
    for finding in findings:
        assert finding.remedy or finding.state not in ("warning", "broken", "missing"), finding
    return {finding.subject: finding for finding in findings if finding.subject not in others}


def test_a_plain_installation_is_well_and_its_extras_are_merely_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    findings = found(monkeypatch, {})
    assert {findings[name].state for name in (*HERE, "python")} == {"ok"}
    missing = {name for name, finding in findings.items() if finding.state == "missing"}
    assert missing == {"coremltools", "tflite-runtime", "tensorflow-cpu", "matplotlib", "av"}
    assert findings["coremltools"].remedy == "pip install 'fastscnn-mobile[coreml]'"


def test_a_version_outside_the_range_is_named_with_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = found(monkeypatch, {"torch": "2.14.1"})["torch"]
    assert torch.state == "broken"
    assert "2.14.1" in torch.message
    assert torch.remedy.startswith("pip install 'torch")
    assert "<2.14" in torch.remedy


def test_a_missing_package_is_broken_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, {"onnx": None})["onnx"].state == "broken"
    assert found(monkeypatch, {}, ("coreml",))["coremltools"].state == "broken"


def test_numpy_2_does_not_suit_an_old_runtime_and_is_fine_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert found(monkeypatch, {"numpy": "2.3.1"})["numpy"].state == "ok"
    numpy = found(monkeypatch, {"numpy": "2.3.1", "tflite-runtime": "2.14.0"})["numpy"]
    assert (numpy.state, numpy.remedy) == ("warning", "pip install 'numpy<2'")
    assert "tflite-runtime" in numpy.message


def test_an_import_that_fails_is_shown_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = {"onnx": "ImportError: no symbol", "av": "OSError: no libavcodec"}
    findings = found(monkeypatch, {"av": "18.1.0"}, errors=errors)
    assert findings["onnx"].state == "broken"
    assert "ImportError: no symbol" in findings["onnx"].message
    assert findings["onnx"].remedy.startswith("pip install --force-reinstall 'onnx")
    assert findings["av"].state == "warning", "nothing but videos needs it"


def test_packages_that_clash_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pair: dict[str, str | None] = {
        "tensorflow-cpu": "2.21.0",
        "tflite-runtime": "2.14.0",
        "onnxruntime-gpu": "1.32.0",
    }
    findings = found(monkeypatch, pair)
    assert findings["tensorflow-cpu and tflite-runtime"].state == "note"
    assert findings["onnxruntime and onnxruntime-gpu"].remedy.startswith("pip uninstall")


def test_code_of_another_version_than_its_metadata_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, {"fastscnn-mobile": "0.0.1"})["fastscnn-mobile"].state == "warning"


def test_versions_are_read_from_metadata_and_damaged_metadata_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (
        ("brittle-1.2.3", "Metadata-Version: 2.1\nName: brittle\nVersion: 1.2.3\n"),
        ("hollow-1", ""),
    ):
        (tmp_path / f"{name}.dist-info").mkdir()
        (tmp_path / f"{name}.dist-info" / "METADATA").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert requirements.found("brittle") == "1.2.3"
    assert requirements.found("hollow") is None
    assert requirements.found("never-heard-of") is None
