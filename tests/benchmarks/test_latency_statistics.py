"""The arithmetic behind every figure of latency.py."""

from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks import latency


@pytest.mark.parametrize("count", [1, 2, 3, 10, 99, 1024])
def test_percentiles_are_numpys(count: int) -> None:
    values = [random.Random(count).random() for _ in range(count)]
    for share in (0.0, 0.1, 0.5, 0.9, 0.99, 1.0):
        assert latency.percentile(values, share) == pytest.approx(np.percentile(values, 100 * share))


def test_a_summary_in_milliseconds() -> None:
    seconds = [0.001 * n for n in range(1, 102)]
    random.Random(0).shuffle(seconds)
    found = latency.summary(seconds)
    assert found["runs"] == 101
    assert found["seconds"] == pytest.approx(5.151)
    assert [found[name] for name in ("min", "p50", "p90", "p99", "max", "mean")] == pytest.approx(
        [1, 51, 91, 100, 101, 51]
    )
    assert found["spread"] == pytest.approx(50 / 51, abs=1e-4)


def test_drift_tells_the_end_from_the_beginning() -> None:
    assert latency.summary([0.010] * 50 + [0.012] * 50)["drift"] == pytest.approx(0.2)
    assert latency.summary([0.010, 0.012] * 52)["drift"] == 0


def test_a_ratio_pairs_neighbours_and_forgets_what_both_suffer() -> None:
    # the machine becomes three times slower meanwhile; ours takes 0.8 of their time throughout
    slowness = [1 + 0.1 * n for n in range(20)]
    theirs = [[0.010 * factor] * 3 for factor in slowness]
    ours = [[0.008 * factor] * 3 for factor in slowness]
    found = latency.ratio(ours, theirs)
    assert found == {"rounds": 20, "median": 0.8, "quartiles": [0.8, 0.8], "interval95": [0.8, 0.8]}


def test_the_interval_of_a_ratio_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        dice = random.Random(seed)
        ours = [[dice.gauss(0.9, 0.05)] for _ in range(15)]
        low, high = latency.ratio(ours, [[1.0]] * 15)["interval95"]
        held += low <= 0.9 <= high
    assert 0.90 <= held / 200 <= 0.99


def test_turns_go_forth_and_back() -> None:
    assert [latency.interleaved(n, 3) for n in range(4)] == [[0, 1, 2], [2, 1, 0], [0, 1, 2], [2, 1, 0]]
    # over two rounds everybody has the same mean place: a steady drift is no advantage
    for count in (2, 3, 4):
        places = [0] * count
        for turn in range(2):
            for place, who in enumerate(latency.interleaved(turn, count)):
                places[who] += place
        assert len(set(places)) == 1


@pytest.mark.parametrize(
    ("runs", "seconds", "rounds", "enough"),
    [
        (99, 10.0, 5, False),
        (100, 4.9, 5, False),
        (100, 5.0, 5, True),
        (20, 31.0, 5, True),
        (19, 31.0, 5, False),
    ],
)
def test_long_enough(runs: int, seconds: float, rounds: int, enough: bool) -> None:
    plan = latency.Plan(least_runs=100, least_seconds=5.0, most_seconds=30.0, warm_up=1.0)
    assert plan.enough(runs, seconds, rounds, 1) is enough
    assert not plan.enough(runs, seconds, rounds, 10)


def planned(*arguments: str) -> latency.Plan:
    return latency.plan_of(latency.parser().parse_args(["net.tflite", *arguments]))


def test_the_long_form_is_a_minute_and_a_thousand_runs() -> None:
    plan = planned("--long")
    assert (plan.least_runs, plan.least_seconds) == (1024, 60.0)
    with pytest.raises(latency.LatencyError, match="--long"):
        planned("--long", "--runs", "2000")


def test_onnx_events_become_shares_without_the_first_runs() -> None:
    def event(name: str, operator: str, microseconds: int, kind: str) -> dict[str, object]:
        arguments = {"op_name": operator, "output_type_shape": [{kind: [1]}]}
        return {"cat": "Node", "name": f"{name}_kernel_time", "dur": microseconds, "args": arguments}

    events = [event("conv", "QLinearConv", 9000, "uint8"), event("resize", "Resize", 9000, "float")]
    for _ in range(4):
        events += [event("conv", "QLinearConv", 3000, "uint8"), event("resize", "Resize", 1000, "float")]
    events.append({"cat": "Session", "name": "model_run", "dur": 10**6, "args": {}})
    assert latency.profile_of(events, runs=4, skipped=1) == {
        "operators": [
            {"operator": "QLinearConv", "ms": 3.0, "share": 0.75},
            {"operator": "Resize", "ms": 1.0, "share": 0.25},
        ],
        "float_share": 0.25,
    }
