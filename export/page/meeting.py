"""How a program meets an artifact: its entry in the report, in the terms that code is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

C_TYPES = {"float32": "float", "int8": "int8_t", "uint8": "uint8_t", "int32": "int32_t"}
C_LABELS = {"float32": "f32", "int8": "i8", "uint8": "u8", "int32": ""}
SWIFT_TYPES = {"float32": "Float", "int8": "Int8", "uint8": "UInt8", "int32": "Int32"}
KOTLIN_TYPES = {"float32": "float", "int8": "int8", "uint8": "uint8", "int32": "int"}
ONNX_TYPES = {"float32": "FLOAT", "int8": "INT8", "uint8": "UINT8"}
BYTES = {"float32": 4, "int32": 4, "int8": 1, "uint8": 1}
LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "float32": (0, 0)}
PICTURE = "RGB image"
"""The layout of Core ML's own image type."""


@dataclass(frozen=True)
class Meeting:
    """What the snippets' templates ask of an artifact."""

    file: str
    classes: tuple[str, ...]
    form: str
    """image, rgba or tensor."""
    input: str
    input_type: str
    input_shape: tuple[int, ...]
    input_scale: float | None
    input_zero: int | None
    pictured: bool
    """The runtime takes a picture, not numbers."""
    planar_in: bool
    height: int
    width: int
    channels: int
    order: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    output: str
    output_type: str
    output_scale: float | None
    output_zero: int | None
    planar_out: bool
    gives_labels: bool
    rows: int
    columns: int
    align_corners: bool

    @property
    def class_count(self) -> int:
        return len(self.classes)

    @property
    def eighth(self) -> bool:
        """The output is at the network's own 1/8."""
        return (self.rows, self.columns) != (self.height, self.width)

    @property
    def bytes_in(self) -> bool:
        """A picture's bytes go in as they are."""
        return self.form != "tensor" and self.input_type == "uint8"

    @property
    def quantized_in(self) -> bool:
        return self.form == "tensor" and self.input_type != "float32"

    @property
    def quantized_out(self) -> bool:
        return not self.gives_labels and self.output_type != "float32"

    @property
    def least(self) -> int:
        return LIMITS[self.input_type][0]

    @property
    def most(self) -> int:
        return LIMITS[self.input_type][1]

    @property
    def input_bytes(self) -> int:
        return self.height * self.width * self.channels * BYTES[self.input_type]

    @property
    def output_bytes(self) -> int:
        values = 1 if self.gives_labels else self.class_count
        return self.rows * self.columns * values * BYTES[self.output_type]

    @property
    def c_in(self) -> str:
        return C_TYPES[self.input_type]

    @property
    def c_out(self) -> str:
        return C_TYPES[self.output_type]

    @property
    def c_labels(self) -> str:
        """Which of the header's functions takes this output."""
        return C_LABELS[self.output_type]

    @property
    def c_flags(self) -> str:
        flags = {
            "FASTSCNN_ALIGN_CORNERS": self.align_corners,
            "FASTSCNN_PLANAR": self.planar_out,
        }
        return " | ".join(name for name, wanted in flags.items() if wanted) or "0"

    @property
    def swift_in(self) -> str:
        return SWIFT_TYPES[self.input_type]

    @property
    def swift_out(self) -> str:
        return SWIFT_TYPES[self.output_type]

    @property
    def kotlin_out(self) -> str:
        return KOTLIN_TYPES[self.output_type]

    @property
    def kotlin_put(self) -> str:
        """ByteBuffer's method for one number of the input."""
        return "putFloat" if self.input_type == "float32" else "put"

    @property
    def onnx_in(self) -> str:
        return ONNX_TYPES[self.input_type]


def meeting(artifact: Mapping[str, Any], model: Mapping[str, Any], form: str) -> Meeting:
    """`artifact` and `model` as the report has them; `form` is its option `input`."""
    given, taken = artifact["input"], artifact["output"]
    ins, outs = _sides(given), _sides(taken)
    prepared = model["preprocessing"]
    return Meeting(
        file=artifact["file"],
        classes=tuple(model["classes"]),
        form=form,
        input=given["name"],
        input_type=given["dtype"],
        input_shape=tuple(given["shape"]),
        input_scale=given["scale"],
        input_zero=given["zero_point"],
        pictured=given["layout"] == PICTURE,
        planar_in=given["layout"] == "NCHW",
        height=ins["H"],
        width=ins["W"],
        channels=ins["C"],
        order=prepared["order"],
        mean=tuple(prepared["mean"]),
        std=tuple(prepared["std"]),
        output=taken["name"],
        output_type=taken["dtype"],
        output_scale=taken["scale"],
        output_zero=taken["zero_point"],
        planar_out=taken["layout"] == "NCHW",
        gives_labels="C" not in outs,
        rows=outs["H"],
        columns=outs["W"],
        align_corners=model["align_corners"],
    )


def _sides(tensor: Mapping[str, Any]) -> dict[str, int]:
    axes = "NCHW" if tensor["layout"] == PICTURE else tensor["layout"]
    return dict(zip(axes, tensor["shape"], strict=True))
