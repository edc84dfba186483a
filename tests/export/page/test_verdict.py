"""The verdict follows from what was read back and measured, the worst file first."""

from __future__ import annotations

from typing import Any

import pytest

from export.page.verdict import verdict
from tests.export.page.reports import report


@pytest.mark.parametrize(
    ("held", "kind"),
    [
        ({}, "int8"),
        ({"int8_convolutions": 1}, "mixed"),
        ({"float_layers": ["grow"]}, "mixed"),
        ({"int8_tensors": 0}, "weights"),
        ({"int8_tensors": 0, "int8_convolutions": 0}, "fp32"),
    ],
)
def test_what_a_file_holds_decides_not_what_was_asked_for(held: dict[str, Any], kind: str) -> None:
    content = report()
    content["artifacts"][0]["held"] |= held
    assert content["options"]["precision"] == "int8"
    assert verdict(content).kind == kind


def test_the_worst_of_several_files_speaks() -> None:
    content = report()
    other = report()["artifacts"][0]
    other["file"] = "net.onnx"
    other["parity"] |= {
        "label_agreement": 0.91,
        "differing_share": 0.3,
        "label_agreement_against": "the oracle",
    }
    content["artifacts"].append(other)
    found = verdict(content)
    assert (found.agreement, found.against, found.differing_share) == (0.91, "the oracle", 0.3)


def test_a_runtime_that_computes_something_else_is_named() -> None:
    content = report()
    runtime = content["artifacts"][0]["parity"]["runtimes"][0]
    runtime["pictures"][1]["label_agreement_oracle"] = 0.95
    assert verdict(content).drifting == (("net_32x64_int8.tflite", runtime["runtime"]),)
    runtime["gate"] = False
    assert verdict(content).drifting == (), "it is only reported"


def test_an_evaluator_is_not_the_users_runtime() -> None:
    content = report()
    content["artifacts"][0]["parity"]["runtimes"][0]["runtime"] = "MIL evaluator (not Apple's runtime)"
    assert verdict(content).evaluated == ("net_32x64_int8.tflite",)
