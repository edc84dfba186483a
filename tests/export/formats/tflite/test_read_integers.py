"""Every integer, scale and zero point comes back from the file; whatever is changed there shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from export.formats.base import Contents
from export.formats.tflite import flatbuffer, read, write
from export.formats.tflite.quantization import Quantization
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Add, Array, Conv, Graph, Padding, Pool, Resize
from fastscnn.graph.integers import bias_scales
from tests.export.formats.tflite.test_consistency import index_of, maker_of
from tests.graphs import ODD, Builder, info_of
from tests.quantized_graphs import pixels, quantized, quantized_fast_scnn

SIZE = (40, 33)
NETWORK = quantized_fast_scnn(first_padding=1)


def small() -> Graph:
    """A little of everything whose integers lie in the file in their own way."""
    b = Builder(seed=3)
    x = b.conv("first", "image", 4, 3, stride=2, padding=1, activation="relu")
    b.conv("left", x, 4, 3, groups=4, padding=1)
    b.conv("right", x, 4, 3, padding=Padding(2, 0, 0, 2))
    x = b.add("sum", Add(), "left", "right")
    x = b.add("pool", Pool((3, 3)), x)
    x = b.conv("last", x, 5)
    graph = b.graph(b.add("logits", Resize(True), x, "image"))
    (first, conv), *_ = graph.of(Conv)
    mean = replace(first, operator=replace(conv, border=np.array([124, 116, 104], np.float32)))
    graph = Graph(tuple(mean if node is first else node for node in graph), graph.output)
    return quantized(graph, pixels(SIZE), pixels_in=True)


def assert_holds(contents: Contents, graph: Graph) -> None:
    """The file's numbers are the graph's, bit for bit."""
    convolutions = {node.name: (node, conv) for node, conv in graph.of(Conv)}
    for held in (contents.weights, contents.biases, contents.scales, contents.bias_scales):
        assert held.keys() == convolutions.keys()
    for name, (node, conv) in convolutions.items():
        source = graph[node.inputs[0]].quant
        assert conv.scales is not None
        assert source is not None
        for stored, meant in (
            (contents.weights[name], conv.weight),
            (contents.biases[name], conv.bias),
            (contents.scales[name], conv.scales),
            (contents.bias_scales[name], bias_scales(conv.scales, source)),
        ):
            assert stored.dtype == meant.dtype
            assert np.array_equal(stored, meant)
    borders = {node.name: conv.border for node, conv in graph.of(Conv) if conv.border is not None}
    assert contents.borders.keys() == borders.keys()
    assert all(np.array_equal(contents.borders[name], border) for name, border in borders.items())
    assert contents.quants == {node.name: node.quant for node in graph}
    assert contents.floats == frozenset()


def test_every_number_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write.write(NETWORK, ODD, info_of(19)))
    assert_holds(read.read(path), NETWORK)


def test_the_runtimes_own_reader_sees_the_same(tmp_path: Path) -> None:
    interpreter = Interpreter(model_content=write.write(NETWORK, ODD, info_of(19)))
    details = {detail["name"]: detail for detail in interpreter.get_tensor_details()}
    for node, conv in NETWORK.of(Conv):
        source = NETWORK[node.inputs[0]].quant
        assert conv.scales is not None
        assert source is not None
        weight, bias = details[f"{node.name}/weight"], details[f"{node.name}/bias"]
        along = 3 if conv.depthwise else 0
        axes = (3, 0, 1, 2) if conv.depthwise else (0, 3, 1, 2)
        assert np.array_equal(interpreter.get_tensor(weight["index"]).transpose(axes), conv.weight)
        assert np.array_equal(interpreter.get_tensor(bias["index"]), conv.bias)
        products = bias_scales(conv.scales, source)
        for detail, scales, dimension in ((weight, conv.scales, along), (bias, products, 0)):
            held = detail["quantization_parameters"]
            assert np.array_equal(held["scales"], scales)
            assert not held["zero_points"].any()
            assert len(held["zero_points"]) == len(scales)
            assert held["quantized_dimension"] == dimension
    for node in NETWORK.nodes[1:]:
        assert node.quant is not None
        detail = details[node.name]
        assert detail["dtype"] == np.int8
        assert detail["quantization"] == (node.quant.scale, node.quant.zero_point)
    assert details["image"]["dtype"] == np.uint8
    assert details["image"]["quantization"] == (1.0, 0)


def tensor(graph: Any, name: str) -> Any:
    return graph.tensors[index_of(graph, name)]


def data_of(model: Any, graph: Any, name: str, dtype: type) -> Array:
    """A constant's numbers, to be changed in place."""
    buffer = model.buffers[tensor(graph, name).buffer]
    buffer.data = np.array(buffer.data)
    return buffer.data.view(dtype)


def number(name: str, dtype: type, amount: int = 1) -> Callable[[Any, Any], None]:
    def change(model: Any, graph: Any) -> None:
        data_of(model, graph, name, dtype)[1] += amount

    return change


def ulp(name: str, at: int = 0) -> Callable[[Any, Any], None]:
    def change(model: Any, graph: Any) -> None:
        quantization = tensor(graph, name).quantization
        quantization.scale = np.array(quantization.scale)
        quantization.scale[at] = np.nextafter(quantization.scale[at], np.float32(np.inf))

    return change


def zero_point(name: str, at: int = 0) -> Callable[[Any, Any], None]:
    def change(model: Any, graph: Any) -> None:
        quantization = tensor(graph, name).quantization
        quantization.zeroPoint = np.array(quantization.zeroPoint)
        quantization.zeroPoint[at] += 1

    return change


def one_border(model: Any, graph: Any) -> None:
    for side in ("left", "right", "top", "bottom"):
        data_of(model, graph, f"first/border/{side}", np.int8)[1::3] -= 1


def swapped_channels(model: Any, graph: Any) -> None:
    """Of the weights alone, and of all that a channel has."""
    weight = data_of(model, graph, "last/weight", np.int8).reshape(5, -1)
    weight[[0, 1]] = weight[[1, 0]]


def crossed(graph: Any, index: int, name: str, code: int, kind: int) -> int:
    """A further QUANTIZE or DEQUANTIZE behind a tensor."""
    added = schema.TensorT()
    added.name, added.shape, added.type = name, graph.tensors[index].shape, kind
    graph.tensors.append(added)
    operator = schema.OperatorT()
    operator.opcodeIndex = code
    operator.inputs, operator.outputs = [index], [len(graph.tensors) - 1]
    graph.operators.insert(next(i for i, o in enumerate(graph.operators) if index in o.outputs) + 1, operator)
    return len(graph.tensors) - 1


def feed(operator: Any, position: int, index: int) -> None:
    """Gives an operator another input."""
    operator.inputs = [index if i == position else n for i, n in enumerate(operator.inputs)]


def code_of(model: Any, name: str) -> int:
    number = getattr(schema.BuiltinOperator, name)
    return next(i for i, code in enumerate(model.operatorCodes) if code.builtinCode == number)


def float_convolution(name: str) -> Callable[[Any, Any], None]:
    """DEQUANTIZE, the convolution in float, QUANTIZE, in the place of the integer one."""

    def change(model: Any, graph: Any) -> None:
        maker = maker_of(graph, "right")
        into, out = code_of(model, "DEQUANTIZE"), code_of(model, "QUANTIZE")
        wide = crossed(graph, maker.inputs[0], "first.wide", into, schema.TensorType.FLOAT32)
        feed(maker, 0, wide)
        for constant, dtype in (("right/weight", np.int8), ("right/bias", np.int32)):
            held = tensor(graph, constant)
            numbers = data_of(model, graph, constant, dtype).reshape(held.shape)
            scales = held.quantization.scale.reshape(-1, *[1] * (numbers.ndim - 1))
            floats = (numbers * scales).astype(np.float32).ravel()
            model.buffers.append(flatbuffer.AlignedBuffer(floats.view(np.uint8)))
            held.type, held.quantization = schema.TensorType.FLOAT32, None
            held.buffer = len(model.buffers) - 1
        outcome = tensor(graph, "right")
        kept = outcome.quantization
        outcome.name, outcome.type, outcome.quantization = name, schema.TensorType.FLOAT32, None
        back = crossed(graph, maker.outputs[0], "right", out, schema.TensorType.INT8)
        graph.tensors[back].quantization = kept
        feed(maker_of(graph, "sum"), 1, back)

    return change


def requantized(model: Any, graph: Any) -> None:
    """Numbers that leave the integers and come back between two layers."""
    into, out = code_of(model, "DEQUANTIZE"), code_of(model, "QUANTIZE")
    source = index_of(graph, "first")
    back = crossed(
        graph,
        crossed(graph, source, "first/wide", into, schema.TensorType.FLOAT32),
        "first/again",
        out,
        schema.TensorType.INT8,
    )
    graph.tensors[back].quantization = graph.tensors[source].quantization
    feed(maker_of(graph, "right/padded"), 0, back)


CHANGES: Mapping[str, Callable[[Any, Any], object]] = {
    "one weight": number("right/weight", np.int8),
    "one weight of a depthwise kernel": number("left/weight", np.int8, -1),
    "one bias": number("right/bias", np.int32),
    "one weight scale by a unit in the last place": ulp("right/weight", 2),
    "one bias scale by a unit in the last place": ulp("right/bias", 2),
    "a tensor's scale by a unit in the last place": ulp("right"),
    "the input's scale": ulp("image"),
    "the scale of what is read of the input": ulp("image/int8"),
    "a resized tensor's scale": ulp("logits"),
    "a zero point": zero_point("sum"),
    "the input's zero point": zero_point("image"),
    "the zero point of what is read of the input": zero_point("image/int8"),
    "a resized tensor's zero point": zero_point("logits"),
    "a padded tensor's zero point": zero_point("right/padded"),
    "a weight's zero point": zero_point("right/weight", 1),
    "a bias's zero point": zero_point("right/bias", 1),
    "a cell of a border": number("first/border/left", np.int8),
    "a border": one_border,
    "a border's zero point": zero_point("first/border/left"),
    "the axis of the scales": lambda m, g: setattr(
        tensor(g, "right/weight").quantization, "quantizedDimension", 3
    ),
    "two channels": swapped_channels,
    "a convolution in float under its own name": float_convolution("right/float32"),
    "a convolution in float under another name": float_convolution("wide"),
    "a crossing to float and back": requantized,
    "a cell that is in no bin": number("pool/bins", np.int8),
    "a bin's area": ulp("pool/bins"),
    "a bias of a bin": number("pool/zero", np.int32),
    "the scale of a bin's bias": ulp("pool/zero"),
    "the zero point of pooled cells": zero_point("pool/pooled"),
    "the scale of a map's cells": ulp("sum/cells"),
    "a pool that clips": lambda m, g: setattr(
        maker_of(g, "pool/pooled").builtinOptions,
        "fusedActivationFunction",
        schema.ActivationFunctionType.RELU,
    ),
    "no quantization": lambda m, g: setattr(tensor(g, "sum"), "quantization", None),
}


def different(one: Contents, other: Contents) -> set[str]:
    """The fields in which two files' contents differ."""

    def same(a: object, b: object) -> bool:
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            return a.dtype == b.dtype and np.array_equal(a, b)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
        return a == b

    return {f.name for f in fields(Contents) if not same(getattr(one, f.name), getattr(other, f.name))}


def changed(folder: Path, change: Callable[[Any, Any], object]) -> Path:
    model = flatbuffer.unpack(write.write(small(), SIZE, info_of(5)))
    change(model, model.subgraphs[0])
    path = folder / "model.tflite"
    path.write_bytes(flatbuffer.pack(model))
    return path


def test_a_file_that_is_only_packed_again_holds_the_same(tmp_path: Path) -> None:
    contents = read.read(changed(tmp_path, lambda model, graph: None))
    assert_holds(contents, small())


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_shows(tmp_path: Path, name: str) -> None:
    """In what the audit compares, or the file contradicts itself and is refused."""
    whole = read.read(changed(tmp_path, lambda model, graph: None))
    path = changed(tmp_path, CHANGES[name])
    try:
        contents = read.read(path)
    except ArtifactError:
        return
    assert different(contents, whole) - {"operators", "input", "output"}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("one weight", "weights"),
        ("one bias", "biases"),
        ("one weight scale by a unit in the last place", "scales"),
        ("one bias scale by a unit in the last place", "bias_scales"),
        ("a tensor's scale by a unit in the last place", "quants"),
        ("two channels", "weights"),
        ("a border", "borders"),
        ("a convolution in float under its own name", "floats"),
        ("a convolution in float under another name", "floats"),
        ("a crossing to float and back", "floats"),
    ],
)
def test_a_change_shows_where_it_is_looked_for(tmp_path: Path, name: str, field: str) -> None:
    whole = read.read(changed(tmp_path, lambda model, graph: None))
    assert field in different(read.read(changed(tmp_path, CHANGES[name])), whole)


def test_any_byte_of_any_constant_shows(tmp_path: Path) -> None:
    """One byte changed in each constant, somewhere."""
    data = write.write(small(), SIZE, info_of(5))
    whole = read.read(changed(tmp_path, lambda model, graph: None))
    graph = flatbuffer.unpack(data).subgraphs[0]
    buffers = sorted({t.buffer for t in graph.tensors} - {0})
    assert len(buffers) > 15
    for buffer in buffers:
        model = flatbuffer.unpack(data)
        held = model.buffers[buffer].data = np.array(model.buffers[buffer].data)
        held[np.random.default_rng(buffer).integers(len(held))] ^= 1
        path = tmp_path / "changed.tflite"
        path.write_bytes(flatbuffer.pack(model))
        try:
            contents = read.read(path)
        except ArtifactError:
            continue
        assert different(contents, whole)


def test_scales_that_would_end_the_process_are_refused(tmp_path: Path) -> None:
    """XNNPACK and the runtime's own kernels abort on some: such a file never reaches them."""

    def huge(model: Any, graph: Any) -> None:
        tensor(graph, "right").quantization.scale = np.array([1e-20], np.float32)

    with pytest.raises(ArtifactError, match="do not fit together"):
        read.read(changed(tmp_path, huge))


def test_equal_quantizations_lie_in_the_file_once() -> None:
    data = write.write(NETWORK, ODD, info_of(19))
    graph = schema.Model.GetRootAs(data, 0).Subgraphs(0)
    held = [graph.Tensors(i).Quantization() for i in range(graph.TensorsLength())]
    places = {q._tab.Pos for q in held if q is not None}
    zeros = {
        (q.ZeroPointLength(), q._tab.Vector(q._tab.Offset(10)))
        for q in held
        if q is not None and q.ScaleLength() > 1
    }
    assert len(places) < sum(q is not None for q in held)
    assert len(zeros) == len({length for length, _ in zeros})


def test_a_quantization_is_one_of_the_graphs() -> None:
    with pytest.raises(ValueError, match="2 scales"):
        Quantization.of_channels(np.ones(2, np.float32)).quant("int8")
