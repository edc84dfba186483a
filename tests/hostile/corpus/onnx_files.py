"""ONNX files that reach outside, never end, or ask for all of a machine's memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.hostile.corpus import sound
from tests.hostile.corpus.case import Case, Place

if TYPE_CHECKING:
    from onnx import ModelProto

Change = Callable[["ModelProto", Place], None]
VAST = 1 << 17


def _external(where: Callable[[Place], str]) -> Change:
    """The first weight's bytes lie in another file."""

    def change(model: ModelProto, place: Place) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = 1
        tensor.external_data.add(key="location", value=where(place))
        tensor.external_data.add(key="offset", value="0")

    return change


def _external_in_a_function(model: ModelProto, place: Place) -> None:
    """A local function whose constant lies in another file."""
    from onnx import TensorProto, helper

    tensor = TensorProto(name="hidden", data_type=1, dims=[4], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../outside/secret.bin")
    constant = helper.make_node("Constant", [], ["value"], value=tensor)
    body = helper.make_function(
        "ours", "Leak", ["x"], ["x_out"], [constant, helper.make_node("Identity", ["x"], ["x_out"])], []
    )
    model.functions.append(body)
    model.opset_import.add(domain="ours", version=1)
    _behind_the_input(model, "Leak", domain="ours")


def _behind_the_input(model: ModelProto, kind: str, *, domain: str = "", **attributes: Any) -> None:
    """A node between the input and those that take it."""
    from onnx import helper

    name = model.graph.input[0].name
    for node in model.graph.node:
        for place, taken in enumerate(node.input):
            if taken == name:
                node.input[place] = "between"
    first = helper.make_node(kind, [name], ["between"], name="between", domain=domain, **attributes)
    model.graph.node.insert(0, first)


def _endless_loop(model: ModelProto, place: Place) -> None:
    """A loop that has no reason to end, its result added to the input."""
    from onnx import TensorProto, helper

    true = helper.make_tensor("true", TensorProto.BOOL, [], [True])
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["still"]), helper.make_node("Identity", ["x"], ["x_next"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x_next", TensorProto.FLOAT, None),
        ],
    )
    name = model.graph.input[0].name
    for node in model.graph.node:
        for at, taken in enumerate(node.input):
            if taken == name:
                node.input[at] = "between"
    model.graph.node.insert(0, helper.make_node("Loop", ["", "true", name], ["between"], body=body))
    model.graph.initializer.append(true)


def _vast_constant(model: ModelProto, place: Place) -> None:
    """Sixty-four gigabytes of zeros from two numbers, summed up and added to the input."""
    import numpy as np
    from onnx import helper, numpy_helper

    model.graph.initializer.append(numpy_helper.from_array(np.array([VAST, VAST], np.int64), "vast"))
    nodes = [
        helper.make_node("ConstantOfShape", ["vast"], ["zeros"]),
        helper.make_node("ReduceMax", ["zeros"], ["zero"], keepdims=0),
    ]
    _behind_the_input(model, "Identity")
    model.graph.node[0].CopyFrom(helper.make_node("Add", [model.graph.input[0].name, "zero"], ["between"]))
    for node in reversed(nodes):
        model.graph.node.insert(0, node)


def _dims(*dims: int) -> Change:
    def change(model: ModelProto, place: Place) -> None:
        del model.graph.initializer[0].dims[:]
        model.graph.initializer[0].dims.extend(dims)

    return change


def _border_of(which: str, *dims: int) -> Change:
    """A declared size of the input or output."""

    def change(model: ModelProto, place: Place) -> None:
        (value,) = getattr(model.graph, which)
        for axis, size in zip(value.type.tensor_type.shape.dim, dims, strict=True):
            axis.dim_value = size

    return change


def _info(text: str) -> Change:
    def change(model: ModelProto, place: Place) -> None:
        for entry in model.metadata_props:
            if entry.key == "fastscnn.info":
                entry.value = text

    return change


def _cycle(model: ModelProto, place: Place) -> None:
    nodes = model.graph.node
    nodes[0].input[0] = nodes[-1].output[0]


def _resized_vastly(model: ModelProto, place: Place) -> None:
    import numpy as np
    from onnx import numpy_helper

    sizes = next(node.input[3] for node in model.graph.node if node.op_type == "Resize")
    for tensor in model.graph.initializer:
        if tensor.name == sizes:
            _, channels, *_ = numpy_helper.to_array(tensor)
            new = np.array([1, channels, VAST, VAST], np.int64)
            tensor.CopyFrom(numpy_helper.from_array(new, sizes))


def _custom_operator(model: ModelProto, place: Place) -> None:
    model.opset_import.add(domain="com.example", version=1)
    _behind_the_input(model, "RunShell", domain="com.example", command=f"touch {place.canary}")


CHANGED: dict[str, Change] = {
    "external-data-above": _external(lambda place: "../outside/secret.bin"),
    "external-data-absolute": _external(lambda place: str(place.outside / "secret.bin")),
    "external-data-device": _external(lambda place: "/dev/zero"),
    "external-data-in-a-function": _external_in_a_function,
    "endless-loop": _endless_loop,
    "constant-of-64-gigabytes": _vast_constant,
    "weight-of-2^62": _dims(1 << 31, 1 << 31),
    "weight-of-minus-one": _dims(-1),
    "weight-of-nothing-times-2^62": _dims(0, 1 << 62),
    "input-of-2^40": _border_of("input", 1, 3, 1 << 20, 1 << 20),
    "output-of-2^62": _border_of("output", 1, 11, 1 << 31, 1 << 31),
    "resize-to-2^34": _resized_vastly,
    "cycle": _cycle,
    "custom-operator": _custom_operator,
    "description-deeply-nested": _info("[" * 100_000 + "]" * 100_000),
    "description-of-nothing": _info("{}"),
    "description-is-a-number": _info("1e400"),
}


def _varint(value: int) -> bytes:
    raw = b""
    while value > 127:
        raw += bytes([value & 127 | 128])
        value >>= 7
    return raw + bytes([value])


def _nested_graphs(depth: int) -> bytes:
    """Graphs in attributes of nodes of graphs, as bytes: no writer makes so many."""
    inner = b""
    for _ in range(depth):
        attribute = b"\x0a\x01g" + b"\x32" + _varint(len(inner)) + inner
        node = b"\x22\x01N" + b"\x2a" + _varint(len(attribute)) + attribute
        inner = b"\x0a" + _varint(len(node)) + node
    return b"\x08\x0a\x3a" + _varint(len(inner)) + inner


RAW: dict[str, Callable[[], bytes]] = {
    "graphs-in-graphs": lambda: _nested_graphs(5_000),
    "length-beyond-the-file": lambda: b"\x08\x0a\x3a" + _varint(1 << 40),
    "truncated": lambda: sound.file("onnx")[: len(sound.file("onnx")) // 2],
    "empty": lambda: b"",
    "another-file": lambda: sound.file("tflite"),
}


def cases() -> list[Case]:
    return [
        *(Case(f"onnx/{name}", "onnx", _changed(name, change)) for name, change in CHANGED.items()),
        *(Case(f"onnx/{name}", "onnx", _raw(name, data)) for name, data in RAW.items()),
    ]


def _changed(name: str, change: Change) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        from onnx import ModelProto

        model = ModelProto()
        model.ParseFromString(sound.file("onnx"))
        change(model, place)
        path = place.folder / f"{name.replace('^', '')}.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return make


def _raw(name: str, data: Callable[[], bytes]) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        path = place.folder / f"{name}.onnx"
        path.write_bytes(data())
        return path

    return make
