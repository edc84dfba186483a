"""Runtimes: really opened on a small network, and judged by what they computed."""

from __future__ import annotations

from typing import Any

import pytest

from export.doctor import runtimes
from export.doctor.child import Answer, ask
from export.doctor.finding import Finding

EXACT = {"greatest": 0.0, "differing": 0, "values": 100}


def answered(**changes: Any) -> dict[tuple[str, ...], Answer]:
    """Every runtime exact, but for those of `format number` that are given."""
    good = {"runtime": "a runtime", "float": EXACT, "int8": EXACT}
    return {
        question: changes.get(f"{question[1]}{question[2]}", Answer(good))
        for question in runtimes.questions()
    }


def judged(place: int, needed: tuple[str, ...] = (), /, **changes: Any) -> Finding:
    return list(runtimes.findings(answered(**changes), needed))[place]


def test_every_runtime_that_files_are_judged_in_is_asked() -> None:
    words = [" ".join(question[1:]) for question in runtimes.questions()]
    assert words == ["onnx 0", "onnx 1", "tflite 0", "tflite 1", "tflite 2", "coreml 0"]


def test_kernels_that_saturate_are_a_warning_with_a_way_out() -> None:
    off = {
        "runtime": "onnxruntime, optimised",
        "float": EXACT,
        "int8": {**EXACT, "greatest": 80.0, "differing": 99},
    }
    finding = judged(1, onnx1=Answer(off))
    assert finding.state == "warning"
    assert "saturate" in finding.message
    assert "--reduce-range" in finding.remedy


@pytest.mark.parametrize(("place", "state"), [(0, "broken"), (3, "warning"), (5, "warning")])
def test_a_runtime_that_does_not_work_is_a_fault_where_it_judges_what_is_needed(
    place: int, state: str
) -> None:
    keys = ("onnx0", "onnx1", "tflite0", "tflite1", "tflite2", "coreml0")
    finding = judged(
        place, **{keys[place]: Answer(error="OSError: cannot allocate memory in static TLS block")}
    )
    assert finding.state == state
    assert "static TLS" in finding.message
    assert "pip install --force-reinstall" in finding.remedy


def test_a_wrong_convolution_is_a_fault() -> None:
    off = {"runtime": "onnxruntime", "float": {**EXACT, "greatest": 0.3}, "int8": EXACT}
    assert judged(0, onnx0=Answer(off)).state == "broken"


def test_an_optional_format_is_missing_until_it_is_asked_for() -> None:
    gone = Answer(
        {"missing": "coremltools is not installed.", "remedy": "pip install 'fastscnn-mobile[coreml]'"}
    )
    assert judged(5, coreml0=gone).state == "missing"
    assert judged(5, ("coreml",), coreml0=gone).state == "broken"


def test_a_real_runtime_opens_and_computes_both_networks() -> None:
    answer = ask("runtime", "tflite", "0")
    assert answer.good, answer.error
    assert "XNNPACK" in answer.value["runtime"]
    assert answer.value["float"]["greatest"] <= runtimes.FLOAT_LIMIT
    assert answer.value["int8"]["greatest"] <= runtimes.MOST_STEPS
