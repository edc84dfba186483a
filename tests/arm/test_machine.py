"""A machine is a Python of another processor."""

from __future__ import annotations

import platform

import pytest

from benchmarks.arm import machine
from benchmarks.arm.machine import Machine
from fastscnn.errors import BoardError


@pytest.mark.slow
def test_its_python_is_that_of_the_core(cortex_a76: Machine) -> None:
    ended = cortex_a76.run("-c", "import platform, sys; print(platform.machine(), sys.executable)")
    assert ended.stdout.split() == ["aarch64", str(cortex_a76.python)], ended.stderr


@pytest.mark.slow
def test_the_reference_has_the_same_versions(cortex_a76: Machine, x86: Machine) -> None:
    code = (
        "import sys, numpy; from importlib.metadata import version;"
        "print(sys.version, numpy.__version__, *map(version, ('ai-edge-litert', 'onnxruntime')))"
    )
    assert cortex_a76.run("-c", code).stdout == x86.run("-c", code).stdout != ""


def test_other_computers_emulate_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(BoardError, match="this is Darwin on arm64"):
        machine.reference()
