"""What an artifact takes and gives: the forms a user may ask for, and a picture brought into each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fastscnn.graph.first_layer import normalised
from fastscnn.graph.graph import Array
from fastscnn.info import Preprocessing, Size

InputForm = Literal["image", "rgba", "tensor"]
OutputForm = Literal["logits", "labels"]
Precision = Literal["fp32", "fp16", "int8"]
Activations = Literal["uint8", "int8"]


@dataclass(frozen=True)
class Form:
    """One spelling of the network, apart from the file format."""

    size: Size
    precision: Precision = "fp32"
    input: InputForm = "image"
    output: OutputForm = "logits"
    stride: Literal[1, 8] = 1
    float_output: bool = False
    """Of an int8 file: its logits leave as float32."""
    onnx_activations: Activations = "uint8"
    """How an int8 ONNX file spells its activations; the numbers are the same."""
    coreml_weights_only: bool = False
    """An int8 Core ML package stores int8 weights and computes in float, for targets before iOS 17."""
    plain: bool = False
    """No rewrites for speed: every layer is the same in each format."""

    def file_stem(self, name: str, format: str) -> str:
        """`name` with the suffixes that tell this form from the format's default."""
        parts = [name, f"{self.size[0]}x{self.size[1]}", self.precision]
        if self.input != "image":
            parts.append(self.input)
        if self.output != "logits":
            parts.append(self.output)
        if self.stride != 1:
            parts.append(f"s{self.stride}")
        if self.precision == "int8" and self.float_output and self.output == "logits":
            parts.append("f32out")
        if self.precision == "int8" and format == "onnx" and self.onnx_activations == "int8":
            parts.append("i8")
        if self.precision == "int8" and format == "coreml" and self.coreml_weights_only:
            parts.append("w8")
        if self.plain and format == "tflite":
            parts.append("plain")
        return "_".join(parts)


def feed(pixels: Array, form: InputForm, preprocessing: Preprocessing) -> Array:
    """RGB pixels (height, width, 3; uint8) as an artifact of this input form takes them, float32."""
    if form == "tensor":
        return normalised(pixels, preprocessing)
    if form == "rgba":
        opaque = np.full((*pixels.shape[:2], 1), 255, pixels.dtype)
        pixels = np.concatenate([pixels, opaque], axis=2)
    return pixels.astype(np.float32)
