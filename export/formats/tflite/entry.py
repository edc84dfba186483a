"""Where the picture enters."""

from __future__ import annotations

from export.formats.tflite.builder import options
from export.formats.tflite.quantization import Quantization
from export.formats.tflite.sheet import Sheet
from fastscnn.graph.graph import Input, Node
from quantize.pixels import INPUT, PIXELS


def enter(sheet: Sheet, node: Node, operator: Input) -> int:
    """The client's tensor, or what the network reads of it.

    Pixels come as bytes, since clients refuse int8 ones. They become int8 by way of float32, which is exact:
    XNNPACK takes no QUANTIZE from one integer type to another.
    """
    if node.quant != PIXELS or node.name != INPUT:
        sheet.source = sheet.result(node)
        return sheet.source
    model, shape = sheet.model, sheet.shape(node.name)
    sheet.source = model.tensor(node.name, shape, "uint8", quantization=Quantization.of_bytes(PIXELS))
    wide = model.tensor(f"{node.name}/float32", shape)
    model.operator("DEQUANTIZE", [sheet.source], wide, options("Dequantize"))
    numbers = model.tensor(f"{node.name}/int8", shape, "int8", quantization=Quantization.of_tensor(PIXELS))
    return model.operator("QUANTIZE", [wide], numbers, options("Quantize"))
