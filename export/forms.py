"""What an artifact takes and gives: the forms a user may ask for, and a picture brought into each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fastscnn.graph.graph import Array
from fastscnn.info import Preprocessing, Size

InputForm = Literal["image", "rgba", "tensor"]
OutputForm = Literal["logits", "labels"]
Precision = Literal["fp32", "fp16", "int8"]


@dataclass(frozen=True)
class Form:
    """One spelling of the network, apart from the file format."""

    size: Size
    precision: Precision = "fp32"
    input: InputForm = "image"
    output: OutputForm = "logits"
    stride: Literal[1, 8] = 1

    def file_stem(self, name: str) -> str:
        """`name` with the suffixes that tell this form from the default."""
        parts = [name, f"{self.size[0]}x{self.size[1]}", self.precision]
        if self.input != "image":
            parts.append(self.input)
        if self.output != "logits":
            parts.append(self.output)
        if self.stride != 1:
            parts.append(f"s{self.stride}")
        return "_".join(parts)


def normalised(pixels: Array, preprocessing: Preprocessing) -> Array:
    """RGB pixels as the torch network wants them: its channel order, mean and standard deviation."""
    ordered = pixels[:, :, ::-1] if preprocessing.order == "bgr" else pixels
    mean = np.asarray(preprocessing.mean, np.float32)
    std = np.asarray(preprocessing.std, np.float32)
    tensor: Array = (ordered.astype(np.float32) - mean) / std
    return tensor


def feed(pixels: Array, form: InputForm, preprocessing: Preprocessing) -> Array:
    """RGB pixels (height, width, 3; uint8) as an artifact of this input form takes them, float32."""
    if form == "tensor":
        return normalised(pixels, preprocessing)
    if form == "rgba":
        opaque = np.full((*pixels.shape[:2], 1), 255, pixels.dtype)
        pixels = np.concatenate([pixels, opaque], axis=2)
    return pixels.astype(np.float32)
