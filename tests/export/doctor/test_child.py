"""Questions are asked in processes of their own: whatever a package does there is an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.doctor import child

BROKEN = {
    "an import that fails": ("raise ImportError('no such\\nsymbol')", "ImportError: no such symbol"),
    "a library that does not load": ("raise OSError('libfoo.so.1: not found')", "OSError: libfoo.so.1"),
    "an exit": ("import sys; sys.exit(0)", "SystemExit: 0"),
    "no end of recursion": ("def f(): f()\nf()", "RecursionError"),
    "a CPU that it was not built for": ("import os; os.kill(os.getpid(), 4)", "killed by SIGILL"),
    "a crash": ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
    "a silent end": ("import os; os._exit(7)", "exit code 7"),
    "control characters": ("raise ValueError('\\x1b[31mred\\x07')", "ValueError: [31mred"),
}


def package(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "brittle.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_package_is_an_answer(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, said = BROKEN[how]
    package(tmp_path, text, monkeypatch)
    answer = child.ask("import", "brittle")
    assert not answer.good
    assert said in answer.error
    assert answer.error.isprintable()


def test_a_package_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "import time; time.sleep(600)", monkeypatch)
    assert child.ask("import", "brittle", limit=1).error == "no answer within 1 seconds"


def test_what_a_package_prints_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "import os; print('{}'); os.system('echo loud')", monkeypatch)
    assert child.ask("import", "brittle") == child.Answer(None, "")


def test_a_file_of_the_current_folder_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fractions.py").write_text("raise RuntimeError('not me')")
    monkeypatch.chdir(tmp_path)
    assert child.ask("import", "fractions").good


def test_the_embedded_network_is_looked_at() -> None:
    answer = child.ask("network")
    assert answer.good
    assert answer.value["int8_made_of"] == answer.value["float"]
