"""The table of golden cases: every input form, output form, precision, stride and alignment at least once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from export.forms import Form
from fastscnn.info import ModelInfo, Preprocessing, Size
from tests.android.golden.frames import Fit, Layout

UPRIGHT = Layout()
Network = Literal["embedded", "tensor int8"]


@dataclass(frozen=True)
class Case:
    """One frame through one model."""

    name: str
    form: Form
    frame: Size
    """Upright."""
    fit: Fit = "letterbox"
    layout: Layout = UPRIGHT
    photograph: int = 0
    align_corners: bool = True
    changed: ModelInfo | None = None
    """Instead of the embedded network's description; its classes and colours stay."""
    network: Network = "embedded"

    def info(self, known: ModelInfo) -> ModelInfo:
        """What the file says of itself."""
        info = replace(known, align_corners=self.align_corners)
        if self.changed is None:
            return info
        return replace(info, preprocessing=self.changed.preprocessing, classes=self.changed.classes)


ACCENTS = tuple(f"Straße {i} \u8def" for i in range(11))
BGR = ModelInfo("", ACCENTS, (), Preprocessing("bgr", (103.5, 116.5, 124.25), (57.0, 58.5, 1.0)))
ODD_ROWS = Layout(90, row_padding=37, pixel_stride=4)
WIDE_PIXELS = Layout(270, row_padding=3, pixel_stride=5)

CASES = (
    Case("phone", Form((48, 64), "int8", "rgba", stride=8), (96, 72), "letterbox", ODD_ROWS),
    Case("phone_crop", Form((64, 128), "int8", "rgba", stride=8), (97, 61), "crop", Layout(180, 12), 1),
    Case(
        "phone_half_pixel",
        Form((45, 60), "int8", "rgba", stride=8),
        (61, 97),
        "squash",
        WIDE_PIXELS,
        2,
        align_corners=False,
    ),
    Case("int8_full", Form((45, 60), "int8"), (72, 96), "crop", Layout(0, 8), 3),
    Case(
        "int8_full_half_pixel", Form((48, 64), "int8"), (72, 96), "squash", Layout(270), align_corners=False
    ),
    Case("int8_labels", Form((48, 64), "int8", output="labels"), (40, 50), "letterbox", Layout(180, 1), 1),
    Case(
        "int8_coarse_labels",
        Form((64, 128), "int8", "rgba", "labels", 8),
        (90, 60),
        "letterbox",
        Layout(90),
        2,
    ),
    Case(
        "int8_coarse_labels_half_pixel",
        Form((45, 60), "int8", "image", "labels", 8),
        (90, 60),
        "crop",
        Layout(90, 5),
        2,
        align_corners=False,
    ),
    Case(
        "int8_float_output",
        Form((64, 128), "int8", "rgba", stride=8, float_output=True),
        (54, 96),
        "squash",
        Layout(),
        3,
    ),
    Case("fp32", Form((45, 60), stride=8), (54, 96), "letterbox", Layout(0, 4, 6), 2),
    Case(
        "fp32_half_pixel",
        Form((48, 64), stride=8),
        (54, 96),
        "crop",
        Layout(270),
        2,
        align_corners=False,
    ),
    Case("fp32_full", Form((32, 40), input="rgba"), (48, 60), "letterbox", Layout(90, 2), 1),
    Case("fp32_labels", Form((48, 64), input="tensor", output="labels"), (61, 47), "crop", Layout(), 3),
    Case("fp16", Form((45, 60), "fp16", "rgba", stride=8), (96, 96), "letterbox", Layout(180)),
    Case("tensor", Form((48, 64), input="tensor", stride=8), (96, 72), "letterbox", Layout(270, 9), 1),
    Case(
        "tensor_bgr", Form((45, 60), input="tensor", stride=8), (72, 96), "letterbox", Layout(), changed=BGR
    ),
    Case(
        "tensor_int8",
        Form((48, 64), "int8", "tensor", stride=8),
        (50, 90),
        "letterbox",
        Layout(90, 7),
        2,
        network="tensor int8",
    ),
)
