"""The evaluator believes the file and nothing else: a changed attribute changes the numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from export.formats.coreml.package import DATA, WEIGHT_FILE
from export.formats.coreml.run import EVALUATOR, load
from fastscnn.errors import ArtifactError
from fastscnn.graph import reference
from fastscnn.graph.graph import Graph
from tests.export.formats.coreml.packages import constant_of, edit_model, exported, operations
from tests.graphs import fast_scnn, halved, picture

SIZE = (64, 96)
FEED = picture(SIZE, low=0, high=255).round()
GRAPH = fast_scnn(affine=True, first_padding="same")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return exported(GRAPH, SIZE, tmp_path)


def logits(package: Path) -> np.ndarray:
    return load(package).run(FEED)["logits"]


def half_pixel(model: Any) -> None:
    count = len(operations(model, "resize_bilinear"))
    constant_of(model, "resize_bilinear", "sampling_mode", count - 1).immediateValue.tensor.strings.values[
        0
    ] = "UNALIGN_CORNERS"


def pad_before(model: Any) -> None:
    values = constant_of(model, "conv", "pad").immediateValue.tensor.ints.values
    assert list(values) == [0, 1, 0, 1]
    values[:] = [1, 0, 1, 0]


def swapped_channels(model: Any) -> None:
    """The next tensor's weights in the place of these."""
    here, there = (constant_of(model, "conv", "weight", i).blobFileValue for i in (7, 10))
    here.offset, there.offset = there.offset, here.offset


def other_order(model: Any) -> None:
    arguments = operations(model, "concat")[0].inputs["values"].arguments
    names = [argument.name for argument in arguments]
    arguments[1].name, arguments[2].name = names[2], names[1]


def other_epsilon(model: Any) -> None:
    constant_of(model, "batch_norm", "epsilon").immediateValue.tensor.floats.values[0] = 0.1


@pytest.mark.parametrize(
    "mutation",
    [half_pixel, pad_before, swapped_channels, other_order, other_epsilon],
    ids=lambda mutation: mutation.__name__,
)
def test_a_mutation_shows(mutation: Callable[[Any], None], package: Path) -> None:
    wanted = logits(package)
    edit_model(package, mutation)
    assert np.abs(logits(package) - wanted).max() > 1e-3 * np.ptp(wanted)


def test_a_transposed_weight_shows(package: Path) -> None:
    wanted = logits(package)
    weights = package / DATA / WEIGHT_FILE
    kernel = GRAPH["features.stage3.1.project"].operator.weight  # type: ignore[attr-defined]
    stored = np.ascontiguousarray(kernel).tobytes()
    content = weights.read_bytes()
    assert content.count(stored) == 1
    turned = np.ascontiguousarray(kernel.reshape(kernel.shape[1], kernel.shape[0]).T).tobytes()
    weights.write_bytes(content.replace(stored, turned))
    assert np.abs(logits(package) - wanted).max() > 1e-3 * np.ptp(wanted)


def test_taps_are_called_as_the_graphs_nodes(package: Path) -> None:
    nodes = [node.name for node in GRAPH]
    wanted = reference.run(GRAPH, FEED, nodes)
    got = load(package).run(FEED, nodes)
    assert set(got) == set(nodes)
    for name in nodes:
        assert got[name].shape == wanted[name].shape
        np.testing.assert_allclose(got[name], wanted[name], rtol=0, atol=2e-6 * np.ptp(wanted[name]))


def test_half_precision_rounds_every_result(tmp_path: Path) -> None:
    graph: Graph = halved(GRAPH)
    got = load(exported(graph, SIZE, tmp_path)).run(FEED, [node.name for node in graph])
    for name, tensor in got.items():
        np.testing.assert_array_equal(tensor, tensor.astype(np.float16), err_msg=name)


def test_says_that_it_is_not_apples(package: Path) -> None:
    assert load(package, threads=2).runtime == EVALUATOR
    assert "not Apple" in EVALUATOR


def test_an_unknown_tap_is_refused(package: Path) -> None:
    with pytest.raises(ArtifactError, match=r"'no\.such'"):
        load(package).run(FEED, ["no.such"])


def test_an_unknown_operation_is_named(package: Path) -> None:
    edit_model(package, lambda model: setattr(operations(model, "relu")[0], "type", "softplus"))
    with pytest.raises(ArtifactError, match="'downsample_conv_relu' is 'softplus'"):
        load(package)


def test_an_unknown_attribute_is_refused(package: Path) -> None:
    def edit(model: Any) -> None:
        relu = operations(model, "relu")[0]
        relu.inputs["alpha"].CopyFrom(relu.inputs["x"])

    edit_model(package, edit)
    with pytest.raises(ArtifactError, match=r"relu.*cannot be computed"):
        logits(package)


def test_an_unknown_sampling_mode_is_refused(package: Path) -> None:
    def edit(model: Any) -> None:
        constant_of(model, "resize_bilinear", "sampling_mode").immediateValue.tensor.strings.values[0] = "NEW"

    edit_model(package, edit)
    with pytest.raises(ArtifactError, match="sampling_mode is 'NEW'"):
        logits(package)


def test_mixed_precision_is_refused_as_core_ml_would(tmp_path: Path) -> None:
    package = exported(halved(GRAPH), SIZE, tmp_path)
    edit_model(
        package, lambda model: setattr(operations(model, "add")[0].outputs[0].type.tensorType, "dataType", 11)
    )
    with pytest.raises(ArtifactError, match="mixes float16 with float32"):
        load(package)


def test_a_type_that_the_operation_does_not_give_is_refused(package: Path) -> None:
    def edit(model: Any) -> None:
        operations(model, "add")[0].outputs[0].type.tensorType.dimensions[2].constant.size += 1

    edit_model(package, edit)
    with pytest.raises(ArtifactError, match="where its type says"):
        logits(package)


@pytest.mark.parametrize(
    "feed", [FEED + 0.5, FEED - 300, FEED[:-1], FEED[..., :2]], ids=["halves", "negative", "shorter", "two"]
)
def test_an_image_takes_bytes_of_its_size(feed: np.ndarray, package: Path) -> None:
    with pytest.raises(ValueError, match="takes"):
        load(package).run(feed)
