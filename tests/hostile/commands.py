"""Which of our commands read a file of each kind, and how they are called on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.corpus.case import Kind

Word = str | Path
SIZE = "64x96"


@dataclass(frozen=True)
class Given:
    """What lies around a hostile file in an arena."""

    file: Path
    out: Path
    """A folder that is not there yet."""
    results: Path
    """An empty one."""
    data: Path
    """A sound data set."""
    picture: Path
    artifact: Path
    """A sound .tflite file."""


@dataclass(frozen=True)
class Call:
    """One command line."""

    command: str
    words: Callable[[Given], list[Word]]


def export(*more: Word, checkpoint: bool = True) -> Call:
    return Call(
        "fastscnn-export",
        lambda given: [
            *([given.file] if checkpoint else []),
            *("--format", "tflite", "--size", SIZE, "--out", given.out),
            *more,
        ],
    )


def predict(*more: Word) -> Call:
    return Call("fastscnn-predict", lambda given: [given.file, given.picture, "--out", given.out, *more])


def evaluate(*more: Word) -> Call:
    return Call("fastscnn-eval", lambda given: [given.file, "--data", given.data, "--out", given.out, *more])


def quantize(*more: Word) -> Call:
    return Call(
        "fastscnn-quantize",
        lambda given: [
            *(given.file, "--data", given.data, "--size", SIZE),
            *("--out", given.results / "net.int8.safetensors", *more),
        ],
    )


def bench() -> Call:
    return Call(
        "fastscnn-bench",
        lambda given: [given.file, "--threads", "1", "--seconds", "0.2", "--runs", "20", "--out", given.out],
    )


def _train(given: Given, beside: Path) -> list[Word]:
    return [given.data, "--out", beside / "net.safetensors", "--size", SIZE, "--epochs", "1"]


def _quantize(given: Given, beside: Path) -> list[Word]:
    return ["--data", given.data, "--size", SIZE, "--out", beside / "net.int8.safetensors"]


def _embedded(given: Given) -> list[Word]:
    return ["--format", "tflite", "--size", SIZE, "--out", given.out]


EXPLAIN = Call("fastscnn-export", lambda given: ["--explain", given.file])
CHECKPOINT = (
    export(),
    predict("--size", SIZE),
    evaluate("--size", SIZE),
    quantize(),
    bench(),
    Call("fastscnn-train", lambda given: [*_train(given, given.results), "--init", given.file]),
    Call("fastscnn-train", lambda given: [*_train(given, given.results), "--teacher", given.file]),
)
PICTURE = (
    Call("fastscnn-predict", lambda given: [given.file, "--size", SIZE, "--out", given.out]),
    Call("fastscnn-predict", lambda given: [given.file.parent, "--size", SIZE, "--out", given.out]),
    Call("fastscnn-export", lambda given: [*_embedded(given), "--data", given.file.parent]),
)
OUT = (
    Call(
        "fastscnn-export",
        lambda given: ["--format", "onnx", "--format", "coreml", "--size", SIZE, "--out", given.file],
    ),
    Call("fastscnn-predict", lambda given: [given.picture, "--size", SIZE, "--out", given.file]),
    Call("fastscnn-eval", lambda given: ["--data", given.data, "--size", SIZE, "--out", given.file]),
    Call(
        "fastscnn-quantize",
        lambda given: ["--data", given.data, "--size", SIZE, "--out", given.file / "net.int8.safetensors"],
    ),
    Call(
        "fastscnn-bench",
        lambda given: [
            *(given.artifact, "--threads", "1", "--seconds", "0.2", "--runs", "20", "--no-profile"),
            *("--out", given.file),
        ],
    ),
)
CALLS: Mapping[Kind, tuple[Call, ...]] = {
    "checkpoint": CHECKPOINT,
    "quantized": (export(), predict(), evaluate(), quantize(), EXPLAIN),
    "onnx": (predict(), evaluate(), bench(), EXPLAIN),
    "tflite": (predict(), evaluate(), bench(), EXPLAIN),
    "mlpackage": (predict(), evaluate(), bench(), EXPLAIN),
    "picture": PICTURE,
    "video": (Call("fastscnn-predict", lambda given: [given.file, "--size", SIZE, "--out", given.out]),),
    "classes": (
        Call("fastscnn-export", lambda given: [*_embedded(given), "--classes", given.file]),
        Call(
            "fastscnn-predict",
            lambda given: [given.picture, "--size", SIZE, "--out", given.out, "--classes", given.file],
        ),
    ),
    "dataset": (
        Call("fastscnn-eval", lambda given: ["--data", given.file, "--size", SIZE, "--out", given.out]),
        Call(
            "fastscnn-train",
            lambda given: [given.file, "--out", given.results / "net.safetensors", "--size", SIZE],
        ),
    ),
    "recipe": (
        Call("fastscnn-quantize", lambda given: [*_quantize(given, given.results), "--recipe", given.file]),
    ),
    "results": (Call("fastscnn-bench", lambda given: ["report", given.file, "--out", given.out]),),
    "training": (Call("fastscnn-train", lambda given: [*_train(given, given.file.parent), "--resume"]),),
    "qat": (
        Call(
            "fastscnn-quantize",
            lambda given: [*_quantize(given, given.file.parent), "--qat", "--epochs", "1", "--resume"],
        ),
    ),
    "out": OUT,
    "artifacts": OUT[:1],
}
