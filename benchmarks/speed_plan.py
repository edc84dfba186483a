"""What docs/speed.md compares: rewrites of a file, one at a time, and ways from a frame to labels."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.frames import After, Before

SIZE = "512x1024"
THREADS = (1, 2)
OWN_CLASSES, MORE_CLASSES = 11, 19
"""The embedded network's, and Cityscapes': large logits cost what their classes cost."""
USUAL = ("usual",)
"""Instead of options: the file with normalised floats in and full-size float logits out."""
INT8, FP32, EIGHTH, RGBA = ("--int8",), ("--fp32",), ("--stride", "8"), ("--input", "rgba")
Options = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One rewrite: the options of fastscnn-export for the same file without it and with it."""

    name: str
    format: str
    before: Options
    after: Options

    @property
    def precision(self) -> str:
        return self.after[0].removeprefix("--")


PAIRS = "first convolution on pairs of columns"
BORDER = "normalisation in the first convolution, the mean as its border"
ALPHA = "normalisation in the first convolution, the mean in alpha (`rgba`)"
BYTES = "bytes in instead of normalised floats"
FOUR = "four bytes a pixel instead of three (`rgba`)"
SMALL = "logits at 1/8"

CHANGES = (
    Change(f"{PAIRS}, `image`", "tflite", (*INT8, *EIGHTH, "--plain"), (*INT8, *EIGHTH)),
    Change(f"{PAIRS}, `rgba`", "tflite", (*INT8, *EIGHTH, *RGBA, "--plain"), (*INT8, *EIGHTH, *RGBA)),
    Change(BORDER, "tflite", (*FP32, *EIGHTH, "--plain"), (*FP32, *EIGHTH)),
    Change(ALPHA, "tflite", (*FP32, *EIGHTH, "--plain"), (*FP32, *EIGHTH, *RGBA)),
    Change(BYTES, "tflite", USUAL, (*INT8, "--float-output", "--plain")),
    Change(BYTES, "onnx", USUAL, (*INT8, "--float-output")),
    Change(FOUR, "onnx", (*INT8, *EIGHTH), (*INT8, *EIGHTH, *RGBA)),
    Change(SMALL, "tflite", INT8, (*INT8, *EIGHTH)),
    Change(SMALL, "tflite", FP32, (*FP32, *EIGHTH)),
    Change(SMALL, "onnx", INT8, (*INT8, *EIGHTH)),
    Change(SMALL, "onnx", FP32, (*FP32, *EIGHTH)),
)


@dataclass(frozen=True)
class Family:
    """Ways that are compared with one another: ours, and the usual ones around a file of the same network."""

    precision: Options
    classes: int

    @property
    def name(self) -> str:
        return f"{self.precision[0].removeprefix('--')}, {self.classes} classes"


FAMILIES = (Family(INT8, OWN_CLASSES), Family(INT8, MORE_CLASSES), Family(FP32, OWN_CLASSES))
OUR_STEPS: tuple[After, ...] = ("labels in C", "labels in numpy")
USUAL_STEPS: tuple[tuple[Before, After], ...] = (
    ("normalised in numpy", "argmax in numpy"),
    ("normalised in C", "argmax in C"),
)

TRIED = (
    "the input declared as height x width/2 x 6 instead of a RESHAPE inside: the RESHAPE is delegated, the"
    " difference is below the noise, and clients would meet another shape",
    "the RESHAPE before the DEQUANTIZE, or between it and the QUANTIZE: the same to 0.01",
    "pairs for onnxruntime: the same time; groups of four columns with twice the output channels (its fast"
    " int8 kernel takes multiples of four channels): 0.95 to 0.98 for `image`, for twice the multiplications."
    " `rgba` has four channels as it is",
    "the first convolution as two of a kernel 3x1 over groups of four columns, one for even and one for odd"
    " columns: 2 % of the whole at best, before the copies that it needs",
    "channels that never leave zero, found by intervals: the embedded network has none",
    "the mean as a border instead of a multiplication and an addition, for onnxruntime in float: no gain",
)
"""Measured once, on AVX2 without VNNI."""
