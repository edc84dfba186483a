"""What a CPU means for int8 figures."""

from __future__ import annotations

import platform

import pytest

from export import machine
from export.doctor import cpu

MEANINGS = {
    "AVX2 alone": ("x86_64", {"avx2"}, "note", "saturates"),
    "AVX-VNNI": ("x86_64", {"avx2", "avx_vnni"}, "ok", "exactly"),
    "AVX512-VNNI": ("x86_64", {"avx2", "avx512_vnni"}, "ok", "exactly"),
    "AMX": ("AMD64", {"avx2", "avx512_vnni", "amx_int8"}, "ok", "AMX"),
    "an old x86": ("x86_64", {"sse4_2"}, "note", "No AVX2"),
    "a Cortex-A53": ("aarch64", {"asimd"}, "note", "no faster than fp32"),
    "a Cortex-A76": ("aarch64", {"asimd", "asimddp"}, "ok", "under half"),
    "an Apple M2": ("arm64", {"asimddp", "i8mm"}, "ok", "i8mm"),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_its_features_are_named_and_what_they_mean(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    architecture, flags, state, part = MEANINGS[name]
    monkeypatch.setattr(machine, "features", lambda: frozenset(flags))
    monkeypatch.setattr(platform, "machine", lambda: architecture)
    *features, meaning = cpu.findings()
    assert meaning.state == state
    assert part in meaning.message
    assert {finding.message for finding in features} <= {"present", "absent"}
    assert any(finding.message == "present" for finding in features) == (
        part not in ("No AVX2", "no faster than fp32")
    )


def test_a_system_that_does_not_say_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "features", lambda: None)
    (finding,) = cpu.findings()
    assert finding.state == "note"


def test_an_unknown_architecture_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    (finding,) = cpu.findings()
    assert "cannot be explained" in finding.message
