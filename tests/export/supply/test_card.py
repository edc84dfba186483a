"""The model card: what the report says, and names that stay text."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from export.supply import card
from tests.export.deliveries import delivered


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = delivered(tmp_path_factory.mktemp("card") / "out", "onnx", "tflite", "coreml")
    content: dict[str, Any] = json.loads((folder / "report.json").read_text())
    assert (folder / card.NAME).read_text() == card.compose(content), "it needs the report alone"
    return content


def test_it_says_what_the_network_is_and_what_it_must_not_be_used_for(report: dict[str, Any]) -> None:
    text = card.compose(report)
    for part in (
        "# Model card: fastscnn-camvid",
        "one of 11 classes",
        "| 3 | Road | 128 64 128 |",
        "mIoU 0.6698",
        "mIoU 0.6698 in float and 0.6724 in int8",
        "ranges from 128 pictures",
        "CC BY-NC 4.0",
        "Not for decisions that anybody's safety hangs on",
        *(artifact["sha256"] for artifact in report["artifacts"]),
    ):
        assert part in text, part


def test_an_untrained_network_is_called_so(report: dict[str, Any]) -> None:
    changed = copy.deepcopy(report)
    changed["model"]["trained"] = False
    assert "UNTRAINED" in card.compose(changed)


def test_a_network_of_which_nothing_is_known_says_that(report: dict[str, Any]) -> None:
    changed = copy.deepcopy(report)
    changed["model"] |= {"notes": {}, "quantization": None, "assumptions": ["the mean is ImageNet's"]}
    text = card.compose(changed)
    assert "Its checkpoint says nothing about that" in text
    assert "the checkpoint does\n  not say which" in text
    assert "- Assumed: the mean is ImageNet's" in text


def test_scores_on_labelled_pictures_are_shown(report: dict[str, Any]) -> None:
    changed = copy.deepcopy(report)
    changed["artifacts"][0]["parity"]["score"] = {
        "pictures": 101,
        "float": {"miou": 0.61},
        "int8": {"miou": 0.605},
    }
    assert "| 101 | 0.6100 | 0.6050 |" in card.compose(changed)


def test_names_stay_text(report: dict[str, Any]) -> None:
    changed = copy.deepcopy(report)
    changed["model"]["classes"][0] = "<script>alert(1)</script>|\n# not a title"
    changed["model"]["checkpoint"] = "[click](http://example.org)`x`"
    text = card.compose(changed)
    assert "<script>" not in text
    assert "\n# not a title" not in text
    assert "[click](" not in text
