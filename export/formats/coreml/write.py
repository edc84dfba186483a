"""A Graph as a Core ML package: an ML Program built with coremltools' MIL builder, for iOS 16 and later, or
for iOS 17 and later where activations are quantized.

The program is serialised as it was built: none of coremltools' passes sees it, and no clock or
random identifier enters it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from export.formats.coreml import metadata, package, quantization
from export.formats.coreml.layer import Layer, Var
from export.formats.coreml.names import Names
from export.formats.coreml.operators import WRITERS
from export.formats.coreml.toolbox import (
    Builder,
    FeatureTypes_pb2,
    Function,
    Model_pb2,
    Program,
    coremltools,
    to_protobuf,
    types,
)
from fastscnn.graph.graph import Argmax, Graph, Pair
from fastscnn.graph.shapes import Shape, resolve
from fastscnn.info import ModelInfo

TARGET = coremltools.target.iOS16
QUANTIZED_TARGET = coremltools.target.iOS17
"""The first that knows `quantize` and `dequantize`."""
OPAQUE = 255
"""A camera frame's fourth byte."""


def write(graph: Graph, size: Pair, info: ModelInfo) -> dict[str, bytes]:
    """The package's files, by their path inside it.

    Core ML has no int8 outputs: a quantized graph ends with a dequantize or an argmax.
    """
    if graph[graph.output].quant is not None:
        raise ValueError(f"the output {graph.output!r} is int8")
    shapes = resolve(graph, size)
    output = output_name(graph)
    program, nodes = _program(graph, shapes, output)
    with TemporaryDirectory() as folder:
        spec = to_protobuf(
            program,
            folder,
            specification_version=_target(graph).value,
            model_description=_description(graph, shapes, info, nodes),
        )
        weights = Path(folder, "weight.bin")
        content = weights.read_bytes() if weights.exists() else b""
    # maps are in hash order otherwise
    return package.files(spec.SerializeToString(deterministic=True), content)


def _target(graph: Graph) -> Any:
    return QUANTIZED_TARGET if graph.quantized else TARGET


def output_name(graph: Graph) -> str:
    return "labels" if isinstance(graph[graph.output].operator, Argmax) else "logits"


def takes_picture(graph: Graph) -> bool:
    """Whether the input is Core ML's RGB image type; its fourth channel, if any, is constant."""
    return graph.input.name == "image" and _channels(graph) in (3, 4)


def _channels(graph: Graph) -> int:
    return int(graph.input.operator.channels)  # type: ignore[attr-defined]


def _program(graph: Graph, shapes: dict[str, Shape], output: str) -> tuple[Any, dict[str, list[str]]]:
    """The MIL program, and the tensors that each node became."""
    height, width, channels = shapes[graph.input.name]
    fed = 3 if takes_picture(graph) else channels
    # the builder numbers constants of one name through the life of the process
    Builder.name_count.clear()
    names = Names({output} if graph.half or graph.output != output else set())
    dtype = np.float16 if graph.half else np.float32
    name = names.take(graph.input.name)
    placeholder = Builder.placeholder(shape=(1, fed, height, width), dtype=types.fp32)
    written: dict[str, list[Var]] = {}
    with Function({name: placeholder}, opset_version=_target(graph)) as function:
        for node in graph:
            sources = tuple(shapes[source] for source in node.inputs)
            quants = tuple(graph[source].quant for source in node.inputs)
            layer = Layer(node, shapes[node.name], sources, quants, dtype, names)
            if node is graph.input:
                layer.written.append(function.inputs[name])
                _picture(layer, channels - fed)
            else:
                _operate(layer, [written[source][-1] for source in node.inputs])
            written[node.name] = layer.written
        _finish(written[graph.output], output, names)
        function.set_outputs([written[graph.output][-1]])
    program = Program()
    program.add_function("main", function)
    return program, {node: [var.name for var in tensors] for node, tensors in written.items()}


def _operate(layer: Layer, sources: list[Var]) -> None:
    """A node's operation; of a quantized one, from int8 and to int8."""
    node = layer.node
    result = WRITERS[type(node.operator)](layer, node.operator, *quantization.entered(layer, sources))
    if node.quant is not None:
        quantization.to_int8(layer, "", result, node.quant)


def _picture(layer: Layer, missing: int) -> None:
    """From the float32 input to what the network takes: its precision, the alpha channel, int8."""
    x = layer.written[-1]
    if layer.dtype == np.float16:
        x = layer.emit("cast", "half", x=x, dtype="fp16")
    if missing:
        x = layer.emit(
            "pad",
            "alpha",
            x=x,
            pad=[0, 0, 0, missing, 0, 0, 0, 0],
            mode="constant",
            constant_val=layer.dtype(OPAQUE),
        )
    if layer.node.quant is not None:
        quantization.to_int8(layer, "int8", x, layer.node.quant)


def _finish(tensors: list[Var], output: str, names: Names) -> None:
    """The last tensor leaves as float32 or int32, under the output's name."""
    last = tensors[-1]
    if last.dtype == types.fp16:
        tensors.append(Builder.cast(x=last, dtype="fp32", name=output))
        return
    for var in tensors:
        if var is not last and var.name == output:
            var.name = names.take(f"{output}.linear")
    last.name = output


def _description(graph: Graph, shapes: dict[str, Shape], info: ModelInfo, nodes: dict[str, list[str]]) -> Any:
    """The model's interface and what it says of itself."""
    description = Model_pb2.ModelDescription()
    height, width, channels = shapes[graph.input.name]
    fed = description.input.add(name=nodes[graph.input.name][0])
    if takes_picture(graph):
        image = fed.type.imageType
        image.height, image.width = height, width
        image.colorSpace = FeatureTypes_pb2.ImageFeatureType.RGB
        fed.shortDescription = f"A picture, {width} wide and {height} high"
    else:
        fed.type.multiArrayType.shape.extend((1, channels, height, width))
        fed.type.multiArrayType.dataType = FeatureTypes_pb2.ArrayFeatureType.FLOAT32
        fed.shortDescription = "What the torch network takes: 1 x channels x height x width"
    height, width, channels = shapes[graph.output]
    given = description.output.add(name=nodes[graph.output][-1])
    array = given.type.multiArrayType
    if isinstance(graph[graph.output].operator, Argmax):
        array.shape.extend((1, height, width))
        array.dataType = FeatureTypes_pb2.ArrayFeatureType.INT32
        given.shortDescription = "The class of each pixel"
    else:
        array.shape.extend((1, channels, height, width))
        array.dataType = FeatureTypes_pb2.ArrayFeatureType.FLOAT32
        given.shortDescription = "A score for each class and pixel; the greatest is the class"
    description.metadata.shortDescription = metadata.description(info)
    for key, value in metadata.user_metadata(info, nodes).items():
        description.metadata.userDefined[key] = value
    return description
