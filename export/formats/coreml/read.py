"""What a saved Core ML package really holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from export.formats.base import Contents, Tensor
from export.formats.coreml.convolutions import convolutions
from export.formats.coreml.metadata import VERSION
from export.formats.coreml.nodes import Nodes
from export.formats.coreml.program import MilProgram, read_program
from export.formats.coreml.toolbox import FeatureTypes_pb2
from fastscnn.graph.graph import LEAST

ARRAY_TYPES = {
    FeatureTypes_pb2.ArrayFeatureType.FLOAT32: "float32",
    FeatureTypes_pb2.ArrayFeatureType.INT32: "int32",
}


def read(path: Path) -> Contents:
    """The interface, the numbers and the operators of a package."""
    program = read_program(Path(path))
    nodes = Nodes(program)
    found = convolutions(program, nodes)
    return Contents(
        input=input_of(program),
        output=output_of(program),
        info=program.info,
        operators=Counter(operation.kind for operation in program.operations),
        weights=found.weights,
        biases=found.biases,
        scales=found.scales,
        bias_scales=found.bias_scales,
        quants=nodes.quants(),
        floats=nodes.floats(),
        version=program.description.metadata.userDefined.get(VERSION, ""),
    )


def input_of(program: MilProgram) -> Tensor:
    """As a client meets it. An array is float32 even where the program quantizes it first, to this scale."""
    nodes = Nodes(program)
    quant = nodes.quants().get(nodes.of(program.input))
    scale, zero_point = (None, None) if quant is None else (quant.scale, quant.zero_point)
    if len(program.description.input) != 1 or program.description.input[0].name != program.input:
        raise program.refused("its interface and its program have different inputs")
    kind = program.description.input[0].type
    declared = program.types[program.input]
    if declared.dtype != "float32" or len(declared.shape) != 4 or declared.shape[0] != 1:
        raise program.refused("its program does not take one float32 map")
    if kind.WhichOneof("Type") == "imageType":
        image = kind.imageType
        if image.colorSpace != FeatureTypes_pb2.ImageFeatureType.RGB or declared.shape[1:] != (
            3,
            image.height,
            image.width,
        ):
            raise program.refused("its input is not an RGB picture of its program's size")
        # a picture's bytes are uint8: 128 more than the program's int8 numbers
        return Tensor(
            program.input,
            declared.shape,
            "uint8",
            "RGB image",
            scale,
            None if zero_point is None else zero_point - LEAST,
        )
    if tuple(kind.multiArrayType.shape) != declared.shape:
        raise program.refused("its interface and its program take different sizes")
    if ARRAY_TYPES.get(kind.multiArrayType.dataType) != declared.dtype:
        raise program.refused("its interface and its program take different types")
    return Tensor(program.input, declared.shape, declared.dtype, "NCHW", scale, zero_point)


def output_of(program: MilProgram) -> Tensor:
    if len(program.description.output) != 1 or program.description.output[0].name != program.output:
        raise program.refused("its interface and its program have different outputs")
    array = program.description.output[0].type.multiArrayType
    declared = program.types[program.output]
    if tuple(array.shape) != declared.shape or ARRAY_TYPES.get(array.dataType) != declared.dtype:
        raise program.refused("its interface and its program give different tensors")
    if len(declared.shape) not in (3, 4) or declared.shape[0] != 1:
        raise program.refused("its output is not one map")
    return Tensor(
        program.output, declared.shape, declared.dtype, "NCHW" if len(declared.shape) == 4 else "NHW"
    )
