"""Layers that a recipe leaves in float are in float in every artifact, and no others are."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.cli import main
from export.formats import FORMATS
from fastscnn.graph import file
from tests.export.commands import Capture, answered
from tests.graphs import info_of
from tests.quantized_graphs import mixed_fast_scnn

SIZE = (64, 96)
CLASSES = 5
RECIPES = {
    "one in the middle": ("features.stage2.1.depthwise",),
    "the first": ("downsample.conv",),
    "the last that computes": ("classifier.conv",),
    "a chain": ("downsample.dsconv1.depthwise", "downsample.dsconv1.pointwise"),
    "a sum and what reads it": ("fusion.add", "classifier.dsconv1.depthwise"),
    "a residual sum": ("features.stage3.1.shortcut",),
    "a branch of the pyramid": ("pyramid.pool2", "pyramid.conv2", "pyramid.resize2"),
    "the last resize": ("logits",),
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_exactly_these_layers_are_in_float_in_every_format(
    recipe: str, tmp_path: Path, capsys: Capture
) -> None:
    floats = RECIPES[recipe]
    graph = mixed_fast_scnn(floats, CLASSES, SIZE)
    path = tmp_path / "street.int8.safetensors"
    path.write_bytes(file.dump(graph, info_of(CLASSES), {"recipe": {"floats": list(floats)}}))
    report = answered(main, capsys, path, "--size", "64x96", "--out", tmp_path / "out")
    assert report["model"]["quantization"]["recipe"]["floats"] == list(floats)
    for artifact in report["artifacts"]:
        assert artifact["parity"]["verdict"] == "passed"
        held = FORMATS[artifact["format"]].room("read").read(tmp_path / "out" / artifact["file"])
        assert held.floats == set(floats), artifact["format"]
