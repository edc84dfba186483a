"""What TFLite's benchmark binary prints, old and new, and what is made of it."""

from __future__ import annotations

import pytest

from benchmarks import benchmark_model, latency
from fastscnn.errors import BoardError
from tests.benchmarks.phone import OLD, PRINTED


def test_the_figures_of_a_current_binary() -> None:
    found = benchmark_model.parse(PRINTED, "adb")
    figures = found["latency_ms"]
    assert figures["runs"] == 214, "of the measurement, not of the warm-up"
    assert (figures["min"], figures["p50"], figures["p95"], figures["max"]) == (22.3, 23.25, 24.0, 25.1)
    assert figures["mean"] == 23.3
    assert not figures["p50_is_mean"]
    assert (figures["p90"], figures["p99"]) == (None, None), "it does not tell them"
    assert figures["spread"] == pytest.approx(1.349 * 0.4 / 23.3, abs=1e-4)
    assert (found["load_ms"], found["first_ms"]) == (12.345, 30.1)
    assert found["memory"]["added_bytes"] == 20_500_000
    assert found["delegate"] == {
        "name": "XNNPACK",
        "partitions": 1,
        "left_to_builtin_kernels": {},
        "whole": True,
    }


def test_an_older_one_knows_no_median() -> None:
    figures = benchmark_model.parse(OLD, "adb")["latency_ms"]
    assert (figures["p50"], figures["p50_is_mean"]) == (33.2094, True)


def test_a_graph_that_was_split() -> None:
    split = PRINTED.replace(
        "completely executed by the delegate", "partially executed by the delegate w/ 3 delegate kernels"
    )
    delegate = benchmark_model.parse(split, "adb")["delegate"]
    assert (delegate["partitions"], delegate["whole"]) == (3, False)


@pytest.mark.parametrize(
    "printed", ["", "Failed to mmap model\n", PRINTED[: len(PRINTED) // 2], "count=3 avg=1"]
)
def test_a_run_that_gave_no_figures(printed: str) -> None:
    with pytest.raises(BoardError, match="gave no figures"):
        benchmark_model.parse(printed, "adb")


def test_its_options_follow_the_plan() -> None:
    words = benchmark_model.options("net.tflite", 4, latency.Plan(1024, 60.0, 300.0, 20.0))
    assert {"--graph=net.tflite", "--num_threads=4", "--num_runs=1024", "--min_secs=60"} <= set(words)
