"""What latency.py concludes from the facts, in words."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import latency
from tests.benchmarks.documents import CALM, WHOLE, compared, document, result

FLOAT, INT8 = "net_512x1024_fp32.tflite", "net_512x1024_int8.tflite"


def said(content: dict[str, Any]) -> dict[str, str]:
    return {line["code"]: line["text"] for line in content["verdict"]}


def test_a_calm_run_has_nothing_but_its_figure() -> None:
    lines = said(document(result(p50=12.5), result(p50=20.0, threads=2)))
    assert lines.pop("fastest") == f"{FLOAT}, 1 thread: 12.50 ms, 80.0 a second."
    assert lines.keys() == {"threads"}


def test_threads_that_give_nothing() -> None:
    slow = said(document(result(p50=10), result(p50=9.8, threads=2), result(p50=5, threads=4)))
    assert slow["threads"] == f"{FLOAT}, 2 threads: no faster than one thread (1.02 of its speed)."


@pytest.mark.parametrize(
    ("machine", "features", "reason"),
    [
        ("aarch64", ["asimd"], ": this core has no dotprod."),
        ("armv7l", ["neon"], ": this core has no dotprod."),
        ("x86_64", ["avx2"], ": this core has no VNNI."),
        ("aarch64", ["asimd", "asimddp"], "here."),
        ("aarch64", None, "here."),
    ],
)
def test_int8_is_no_faster_and_why(machine: str, features: list[str] | None, reason: str) -> None:
    results = result(FLOAT, 10), result(INT8, 11)
    text = said(document(*results, machine=machine, features=features))["int8-no-faster"]
    assert f"1.10 of the time of {FLOAT} (fp32): int8 is no faster here" in text
    assert text.endswith(reason)


def test_int8_is_no_faster_as_the_delegate_or_the_file_holds_it_back() -> None:
    split = {**WHOLE, "partitions": 2, "left_to_builtin_kernels": {"ARG_MAX": 1}, "whole": False}
    lines = said(document(result(FLOAT, 10), result(INT8, 10, delegate=split)))
    assert lines["int8-no-faster"].endswith("no delegate took the whole graph.")
    assert lines["delegate"].endswith("the delegate took 2 partitions; left to slower kernels: 1 ARG_MAX.")
    onnx: dict[str, Any] = {"format": "onnx", "runtime": "onnxruntime", "delegate": None}
    islands = {"profile": {"operators": [], "float_share": 0.4}}
    lines = said(document(result(FLOAT, 10, **onnx), result(INT8, 10, **onnx, operators=islands)))
    assert lines["int8-no-faster"].endswith("40% of the time still computes in float.")
    assert "delegate" not in lines


def test_int8_is_faster() -> None:
    lines = said(document(result(FLOAT, 10), result(INT8, 6.7)))
    assert lines["int8-faster"] == f"{INT8}, 1 thread: 0.67 of the time of {FLOAT} (fp32)."


def test_int8_beside_noise_is_left_open_unless_they_took_turns() -> None:
    noisy = {"latency_ms": {"spread": 0.3}}
    results = result(FLOAT, 10, **noisy), result(INT8, 9, **noisy)
    assert "int8-unclear" in said(document(*results))
    turns = compared(INT8, FLOAT, 0.8, (0.78, 0.82))
    lines = said(document(*results, comparisons=(turns,)))
    assert "0.80 of the time" in lines["int8-faster"]
    reverse = compared(FLOAT, INT8, 1.25, (1.22, 1.28))
    assert "0.80 of the time" in said(document(*results, comparisons=(reverse,)))["int8-faster"]


def test_other_sizes_and_formats_are_not_compared() -> None:
    others = result(INT8, 5, size=(256, 256)), result(INT8, 5, format="onnx"), result(INT8, 5, threads=4)
    assert not {"int8-faster", "int8-no-faster"} & said(document(result(FLOAT, 10), *others)).keys()


def test_ratios_are_told_with_their_interval() -> None:
    results = result("a.tflite"), result("b.tflite")
    slower = said(document(*results, comparisons=(compared("b.tflite", "a.tflite", 1.2, (1.1, 1.3)),)))
    assert slower["slower"] == (
        "b.tflite against a.tflite, 1 thread: slower, 1.200 of its time (95 %: 1.100 to 1.300)."
    )
    same = said(document(*results, comparisons=(compared("b.tflite", "a.tflite", 0.99, (0.95, 1.03)),)))
    assert "no difference that this run could tell" in same["no-difference"]


@pytest.mark.parametrize(
    ("known", "code", "words"),
    [
        ({"latency_ms": {"spread": 0.2}}, "noisy", "20% of the median (others took its core 3 times)"),
        ({"latency_ms": {"drift": 0.1}}, "slowing", "10% slower than the first"),
        ({"latency_ms": {"runs": 50}}, "tail", "p99 of 50 runs"),
        ({"latency_ms": {"runs": 5}}, "too-short", "5 runs"),
        ({"latency_ms": {"p50_is_mean": True}}, "mean", "the mean stands in its place"),
        ({"warm_up": {"stable": False}}, "warm-up", "never became steady"),
        ({"threads": 5}, "threads", "more threads than cores"),
        ({"threads": 3, "core_list": [2, 3]}, "threads", "more threads than cores"),
        (
            {"conditions": {**CALM, "throttling": ["under-voltage", "throttled"]}},
            "throttled",
            "(under-voltage, throttled)",
        ),
        (
            {"conditions": {**CALM, "cooling": {"reached": False, "to_c": 71.0, "target_c": 55.0}}},
            "hot",
            "began at 71 °C, above 55 °C",
        ),
        ({"delegate": {**WHOLE, "name": None, "partitions": 0, "whole": False}}, "delegate", "took nothing"),
    ],
)
def test_a_doubt_about_a_result(known: dict[str, Any], code: str, words: str) -> None:
    assert words in said(document(result(**known)))[code]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"emulated": True}, "emulated"),
        ({"load_average": 1.3}, "busy"),
        ({"governor": "powersave"}, "governor"),
        ({"cpu_quota": 0.5}, "quota"),
    ],
)
def test_a_doubt_about_the_machine(known: dict[str, Any], code: str) -> None:
    assert code in said(document(result(), **known))
    assert code not in said(document(result()))


def test_the_table_leaves_out_what_nobody_told() -> None:
    untold: dict[str, Any] = {"latency_ms": {"p90": None, "p99": None}, "memory": {"peak_bytes": None}}
    lines = latency.table(document(result(**untold))).splitlines()
    (row,) = (line for line in lines if line.startswith(FLOAT) and "fp32 " in line)
    assert row.split()[4:8] == ["10.00", "-", "-", "10.00"]
