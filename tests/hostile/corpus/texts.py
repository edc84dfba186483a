"""Lists of classes, recipes, measurements and saved trainings that are not what a person wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from tests.hostile.corpus.case import Case, Kind, Place
from tests.hostile.corpus.pickles import assembled
from tests.hostile.corpus.pictures import png, small

REST = [f"class {number}" for number in range(10)]
"""The embedded network has eleven classes."""
DEEP = "[" * 200_000


def listed(*names: str) -> bytes:
    return "\n".join([*names, *REST[: 11 - len(names)]]).encode("utf-8", "surrogatepass")


CLASSES: dict[str, bytes] = {
    "escapes": listed("\x1b[2J\x1b]0;owned\x07"),
    "nul": listed("road\0"),
    "right-to-left": listed("sky\u202egpj.exe"),
    "zero-width": listed("ro\u200bad"),
    "surrogates": listed("road\ud800"),
    "path-above": listed("../../../outside/victim.txt"),
    "path-absolute": listed("/etc/passwd"),
    "path-windows": listed("C:\\Windows\\System32"),
    "script": listed("<script>alert(1)</script>"),
    "image": listed("<img src=x onerror=alert(1)>"),
    "ten-megabytes": listed("x" * 10_000_000),
    "half-a-megabyte": listed("x" * 500_000),
    "json-deeply-nested": DEEP.encode(),
    "json-of-numbers": json.dumps([*range(11)]).encode(),
    "json-of-tables": json.dumps([{"name": ["a"], "color": "red"}] * 11).encode(),
    "colour-beyond": json.dumps([{"name": f"c{i}", "color": [10**30, -1, 0]} for i in range(11)]).encode(),
    "not-utf-8": b"\xff\xfe\x00road\n" * 11,
}
SOUND_CLASSES: dict[str, bytes] = {
    "slash": listed("tv/monitor"),
    "less-than": listed("height < 2 m & wide"),
    "quotes": listed("\"car\", 'truck' `van`"),
}
"""Unusual names that people do give."""

RECIPES: dict[str, bytes] = {
    "deeply-nested": DEEP.encode(),
    "list": b"[]",
    "number": b"1e400",
    "unknown-key": b'{"command": "touch canary"}',
    "escapes": b'{"\\u001b[2J": 1}',
    "layer-with-escapes": b'{"floats": ["\\u001b[2J\\u202e"]}',
    "million-layers": json.dumps({"floats": [f"layer{i}" for i in range(1_000_000)]}).encode(),
    "ranges-of-lists": b'{"ranges_of": {"a": [[]]}}',
    "not-utf-8": b"\xff\xfe{}",
    "long-number": b'{"reduce_range": ' + b"9" * 100_000 + b"}",
}

SOUND_RESULT: dict[str, Any] = {
    "file": "net.tflite",
    "precision": "fp32",
    "inputs": [{"shape": [1, 64, 96, 3]}],
    "bytes": 1000,
    "threads": 1,
    "cores": "all",
    "latency_ms": {"p50": 1.0, "p90": 1.1, "p99": 1.2},
    "sha256": "0" * 64,
}


def measured(**changes: Any) -> bytes:
    """A document of latency.py, one of its results changed."""
    result = {**SOUND_RESULT, **changes}
    machine = {"board": None, "cpu": "a CPU"}
    return json.dumps({"machine": machine, "results": [result], "verdict": [{"text": "fast"}]}).encode()


RESULTS: dict[str, bytes] = {
    "deeply-nested": b'{"results":' + DEEP.encode(),
    "latency-is-text": measured(latency_ms={"p50": "fast", "p90": None, "p99": None}),
    "latency-is-infinite": measured(latency_ms={"p50": float("inf"), "p90": None, "p99": None}),
    "latency-is-nan": measured(latency_ms={"p50": float("nan"), "p90": None, "p99": None}),
    "tail-is-text": measured(latency_ms={"p50": 1.0, "p90": "slow", "p99": [1]}),
    "latency-of-1e308": measured(latency_ms={"p50": 1e308, "p90": 1e308, "p99": 1e308}),
    "threads-of-1e400": measured(threads=float("inf")),
    "file-is-a-number": measured(file=7),
    "file-is-a-list": measured(file=["a"]),
    "precision-is-a-list": measured(precision=["fp32"]),
    "cores-are-a-number": measured(cores=4),
    "sha-is-a-list": measured(sha256=[]),
    "shape-is-text": measured(inputs=[{"shape": "1234"}]),
    "shape-of-text": measured(inputs=[{"shape": ["a", "b", "c", "d"]}]),
    "inputs-are-numbers": measured(inputs=[1]),
    "miou-is-text": measured(miou="high"),
    "result-is-a-number": json.dumps({"machine": {}, "results": [7], "verdict": []}).encode(),
    "verdict-is-text": json.dumps({"machine": {}, "results": [], "verdict": "fast"}).encode(),
    "name-of-ten-megabytes": measured(file="x" * 10_000_000),
    "not-utf-8": b"\xff\xfe{}",
}
SOUND_RESULTS: dict[str, bytes] = {
    "dollars": measured(file="$\\frac{"),
    "script": measured(file="<script>alert(1)</script>", cores="<img src=x onerror=alert(1)>"),
}

DATASETS: dict[str, tuple[bytes, bytes | None]] = {
    "class-with-escapes": (b"road\n\x1b[2Jsky\n", None),
    "class-right-to-left": ("road\nsky\u202egpj.exe\n".encode(), None),
    "ten-megabyte-class": (b"road\n" + b"x" * 10_000_000, None),
    "million-classes": (b"".join(b"c%d\n" % i for i in range(1_000_000)), None),
    "classes-not-utf-8": (b"\xff\xfe" * 100, None),
    "mask-50000x50000": (b"road\nsky\n", png(50_000, 50_000, body=bytes(1 << 20))),
    "mask-of-nothing": (b"road\nsky\n", b""),
    "mask-of-another-size": (b"road\nsky\n", small("PNG")),
}
"""classes.txt, and a mask instead of a sound one."""
TRAININGS: tuple[str, ...] = ("reduce-os-system", "reduce-exec", "nested-a-million-deep", "build-setstate")
"""Payloads in the place of a saved training."""


def _vast(suffix: str) -> Callable[[Place], Path]:
    """A file of a terabyte, of which the disk holds nothing."""

    def make(place: Place) -> Path:
        path = place.folder / f"vast{suffix}"
        path.touch()
        os.truncate(path, 1 << 40)
        return path

    return make


def _pipe(suffix: str) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        path = place.folder / f"pipe{suffix}"
        os.mkfifo(path)
        return path

    return make


def _device(suffix: str) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        path = place.folder / f"device{suffix}"
        path.symlink_to("/dev/zero")
        return path

    return make


SUFFIXES: dict[Kind, str] = {
    "checkpoint": ".pth",
    "quantized": ".int8.safetensors",
    "onnx": ".onnx",
    "tflite": ".tflite",
    "classes": ".txt",
    "recipe": ".json",
    "results": ".json",
}
NO_FILES = {"vast": _vast, "pipe": _pipe, "device": _device}


def _text(name: str, content: bytes, suffix: str) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        path = place.folder / f"{name}{suffix}"
        path.write_bytes(content)
        return path

    return make


def _training(name: str) -> Callable[[Place], Path]:
    return lambda place: _text("net", assembled(place)[name], ".training")(place)


def _emptied(keys: dict[str, Any]) -> Callable[[Place], Path]:
    """A saved training that loads, and lacks what a training has."""

    def make(place: Place) -> Path:
        import torch

        path = place.folder / "net.training"
        torch.save(keys, path)
        return path

    return make


def _dataset(classes: bytes, mask: bytes | None) -> Callable[[Place], Path]:
    """A data set of ten pictures, as folders have it."""

    def make(place: Place) -> Path:
        root = place.folder / "set"
        for part in ("images", "masks"):
            (root / part).mkdir(parents=True)
        for number in range(10):
            Image.effect_noise((48, 32), 60.0).convert("RGB").save(root / "images" / f"{number}.png")
            Image.new("L", (48, 32)).save(root / "masks" / f"{number}.png")
            if mask is not None:
                (root / "masks" / f"{number}.png").write_bytes(mask)
        (root / "classes.txt").write_bytes(classes)
        return root

    return make


def cases() -> list[Case]:
    tables: tuple[tuple[Kind, str, dict[str, bytes], bool], ...] = (
        ("classes", ".txt", CLASSES, False),
        ("classes", ".txt", SOUND_CLASSES, True),
        ("recipe", ".json", RECIPES, False),
        ("results", ".json", RESULTS, False),
        ("results", ".json", SOUND_RESULTS, True),
    )
    kinds: tuple[Kind, ...] = ("training", "qat")
    return [
        *(
            Case(f"{kind}/{name}", kind, _text(name, content, suffix), harmless)
            for kind, suffix, table, harmless in tables
            for name, content in table.items()
        ),
        *(
            Case(f"{kind}/{name}", kind, make(suffix))
            for kind, suffix in SUFFIXES.items()
            for name, make in NO_FILES.items()
        ),
        *(Case(f"dataset/{name}", "dataset", _dataset(*parts)) for name, parts in DATASETS.items()),
        *(Case(f"{kind}/{name}", kind, _training(name)) for name in TRAININGS for kind in kinds),
        *(Case(f"{kind}/empty", kind, _emptied({})) for kind in kinds),
        *(
            Case(f"{kind}/of-other-things", kind, _emptied({"recipe": "[]", "run": "[]", "classes": 7}))
            for kind in kinds
        ),
    ]
