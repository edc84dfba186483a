"""TensorFlow's own interpreter opens our files as an outsider."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from export.formats.tflite import run, write
from fastscnn.graph import reference
from fastscnn.graph.graph import Add, Concat, Conv, Graph, Pool, Resize
from fastscnn.graph.integers import bias_scales
from tests.export.formats.tflite.layers import by_operator, layers, written
from tests.graphs import ODD, Builder, fast_scnn, halved, info_of, picture, with_labels
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

GRAPHS: dict[str, Graph] = {
    "fp32": fast_scnn(affine=True, first_padding=1),
    "fp16": halved(fast_scnn(affine=True)),
    "half pixel, max": fast_scnn(affine=True, align_corners=False, pool="max"),
    "labels": with_labels(fast_scnn(affine=True)),
}
QUANTIZED = quantized_fast_scnn(first_padding=1)

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


@pytest.mark.parametrize("delegate", ["xnnpack", "builtin"])
def test_tensorflow_computes_the_same_integers(tmp_path: Path, delegate: run.Delegate) -> None:
    """Its own kernels round some sums otherwise, and place the cells of a resize otherwise."""
    runner = run.load(written(tmp_path, QUANTIZED, ODD), runtime="tensorflow", delegate=delegate)
    found = by_operator(QUANTIZED, layers(runner, QUANTIZED, pixels(ODD)))
    builtin = delegate == "builtin"
    assert found[Conv].share <= (0.01 if builtin else 1e-4)
    assert all(steps.most <= 1 for kind, steps in found.items() if not (builtin and kind is Resize))


def test_tensorflow_reads_every_number(tmp_path: Path) -> None:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(written(tmp_path, QUANTIZED, ODD)))
    details = {detail["name"]: detail for detail in interpreter.get_tensor_details()}
    for node in QUANTIZED.nodes[1:]:
        assert node.quant is not None
        assert details[node.name]["quantization"] == (node.quant.scale, node.quant.zero_point)
    for node, conv in QUANTIZED.of(Conv):
        source = QUANTIZED[node.inputs[0]].quant
        assert conv.scales is not None
        assert source is not None
        weight, bias = details[f"{node.name}/weight"], details[f"{node.name}/bias"]
        held = interpreter.get_tensor(weight["index"])
        axes = (3, 0, 1, 2) if conv.depthwise else (0, 3, 1, 2)
        assert np.array_equal(held.transpose(axes), conv.weight)
        assert np.array_equal(interpreter.get_tensor(bias["index"]), conv.bias)
        assert np.array_equal(weight["quantization_parameters"]["scales"], conv.scales)
        products = bias_scales(conv.scales, source)
        assert np.array_equal(bias["quantization_parameters"]["scales"], products)


def test_operators_have_the_versions_that_tensorflows_converter_gives_them() -> None:
    converted = versions(converted_by_tensorflow())
    b = Builder(4)
    y = b.conv("strided", "image", 8, 3, stride=2, padding=1)
    z = b.conv("depthwise", y, 8, 3, groups=8, padding=4, dilation=4)
    b.add("sum", Add(), y, z)
    b.add("pool", Pool((2, 2), "max"), "sum")
    b.add("average", Pool((3, 3)), "sum")
    b.add("back", Resize(False), "pool", "image")
    b.add("again", Resize(False), "average", "image")
    b.add("logits", Concat(), "back", "again", channels=16)
    graph = with_labels(quantized(b.graph("logits"), pixels((64, 96), 4), pixels_in=True))
    ours = versions(write.write(graph, (64, 96), info_of(16)))
    # theirs takes floats: bytes are dequantized in another version than int8
    assert ours.pop("DEQUANTIZE") == 1
    assert ours.items() <= converted.items()
    assert len(ours) == 11


def versions(data: bytes) -> dict[str, int]:
    """Of each operator that a file uses."""
    model = schema.Model.GetRootAs(data, 0)
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    return {names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]: code.Version() for code in codes}


def converted_by_tensorflow() -> bytes:
    """A network with our operators, quantized and written by TensorFlow."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    weight, kernel = (rng.normal(size=shape).astype(np.float32) for shape in ((3, 3, 4, 8), (3, 3, 8, 1)))

    @tf.function(input_signature=[tf.TensorSpec((1, 64, 96, 4), tf.float32)])
    def network(x):  # type: ignore[no-untyped-def]
        y = tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), weight, 2, "VALID") + 1.0
        z = tf.nn.depthwise_conv2d(y, kernel, [1, 1, 1, 1], "SAME", dilations=[4, 4])
        pooled = tf.nn.max_pool2d(y + z, 2, 2, "VALID")
        back = tf.compat.v1.image.resize_bilinear(pooled, (64, 96), half_pixel_centers=True)
        joined = tf.concat([back, x], 3)
        cells = tf.transpose(tf.reshape(joined, (1, 1, 64 * 96, 12)), (0, 1, 3, 2))
        return cells, tf.argmax(joined, 3, output_type=tf.int32)

    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: [[rng.normal(size=(1, 64, 96, 4)).astype(np.float32)]]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return bytes(converter.convert())
