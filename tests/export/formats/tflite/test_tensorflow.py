"""TensorFlow's own interpreter opens our files as an outsider."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from export.formats.tflite import run, write
from fastscnn.graph import reference
from fastscnn.graph.graph import Graph
from tests.graphs import ODD, fast_scnn, halved, info_of, picture, with_labels

GRAPHS: dict[str, Graph] = {
    "fp32": fast_scnn(affine=True, first_padding=1),
    "fp16": halved(fast_scnn(affine=True)),
    "half pixel, max": fast_scnn(affine=True, align_corners=False, pool="max"),
    "labels": with_labels(fast_scnn(affine=True)),
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]


@pytest.mark.parametrize("delegate", ["xnnpack", "builtin"])
@pytest.mark.parametrize("name", GRAPHS)
def test_tensorflow_computes_the_same(tmp_path: Path, name: str, delegate: run.Delegate) -> None:
    graph = GRAPHS[name]
    path = tmp_path / "model.tflite"
    path.write_bytes(write.write(graph, ODD, info_of(19)))
    feed = picture(ODD, low=0, high=255)
    expected = reference.run(graph, feed, ["logits"])
    runner = run.load(path, runtime="tensorflow", delegate=delegate)
    found = runner.run(feed, ["logits"])
    assert np.abs(found["logits"] - expected["logits"]).max() <= 1e-5 * np.ptp(expected["logits"])
    if name == "labels":
        assert np.array_equal(found["labels"][..., 0], found["logits"].argmax(axis=2))


def test_tensorflow_sees_the_signature(tmp_path: Path) -> None:
    import tensorflow as tf

    path = tmp_path / "model.tflite"
    path.write_bytes(write.write(GRAPHS["fp32"], ODD, info_of(19)))
    interpreter = tf.lite.Interpreter(model_path=str(path))
    feed = picture(ODD, low=0, high=255)
    found = interpreter.get_signature_runner("serving_default")(image=feed[None])
    expected = run.load(path).run(feed)["logits"]
    assert np.abs(found["logits"][0] - expected).max() <= 1e-5 * np.ptp(expected)
