"""Traps in the folder that a command writes into, laid by who may write there too."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from tests.hostile.corpus.case import Case, Place

ARTIFACT = "fastscnn-camvid_64x96_fp32"
DOCUMENTS = ("manifest.json", "report.json", "report.html")
Trap = Callable[[Path, Place], None]


def _links_to_victim(*names: str) -> Trap:
    """What would be written is a link to a file outside."""

    def lay(out: Path, place: Place) -> None:
        for name in names:
            (out / name).symlink_to(place.outside / "victim.txt")

    return lay


def _links_to_nothing(*names: str) -> Trap:
    def lay(out: Path, place: Place) -> None:
        for name in names:
            (out / name).symlink_to(place.outside / "not-there")

    return lay


def _folder_outside(out: Path, place: Place) -> None:
    """The package's place is a link to a folder outside."""
    (out / f"{ARTIFACT}.mlpackage").symlink_to(place.outside, target_is_directory=True)


def _pipe(*names: str) -> Trap:
    def lay(out: Path, place: Place) -> None:
        for name in names:
            os.mkfifo(out / name)

    return lay


def _device(*names: str) -> Trap:
    def lay(out: Path, place: Place) -> None:
        for name in names:
            (out / name).symlink_to("/dev/zero")

    return lay


def _manifest(content: object) -> Trap:
    def lay(out: Path, place: Place) -> None:
        (out / "device").symlink_to("/dev/zero")
        (out / "secret").symlink_to(place.outside / "secret.bin")
        (out / "manifest.json").write_text(content if isinstance(content, str) else json.dumps(content))

    return lay


def _staging(out: Path, place: Place) -> None:
    """What looks like a killed run's folder is a link to a folder outside."""
    (out / ".fastscnn-staging-left").symlink_to(place.outside, target_is_directory=True)


def _parts(out: Path, place: Place) -> None:
    """The files beside, under which a document is written first, are links."""
    suffixes = (".fastscnn-part", ".part")
    names = (
        *DOCUMENTS,
        f"{ARTIFACT}.onnx",
        "net.int8.safetensors",
        "evaluation.json",
        "here.json",
        "latency.html",
    )
    for name in names:
        for suffix in suffixes:
            (out / f".{name}{suffix}").symlink_to(place.outside / "victim.txt")
            (out / f"{name}{suffix}").symlink_to(place.outside / "victim.txt")


def entries(*names: str) -> dict[str, object]:
    return {"schema": 1, "artifacts": {name: {"sha256": "0" * 64} for name in names}}


ARTIFACTS = tuple(f"{ARTIFACT}{suffix}" for suffix in (".onnx", ".tflite", ".mlpackage"))
RESULTS = ("net.int8.safetensors", "evaluation.json", "street.labels.png", "here.json")
EVERY = (*ARTIFACTS, *RESULTS)
REFUSED: dict[str, Trap] = {
    "artifacts-are-links": _links_to_victim(*EVERY),
    "artifacts-are-dangling-links": _links_to_nothing(*EVERY),
    "artifacts-are-pipes": _pipe(*EVERY),
    "artifacts-are-devices": _device(*EVERY),
}
"""Something else stands where an artifact goes: it is not replaced unasked."""
SURVIVED: dict[str, Trap] = {
    "documents-are-links": _links_to_victim(*DOCUMENTS),
    "documents-are-dangling-links": _links_to_nothing(*DOCUMENTS),
    "documents-are-pipes": _pipe(*DOCUMENTS),
    "documents-are-devices": _device(*DOCUMENTS),
    "manifest-deeply-nested": _manifest('{"artifacts":' + "[" * 200_000),
    "manifest-names-the-parent": _manifest(entries("..", ".", "../outside")),
    "manifest-names-devices": _manifest(entries("device", "secret")),
    "manifest-is-a-list": _manifest([1]),
    "staging-is-a-link": _staging,
    "parts-are-links": _parts,
}
"""Documents are brought up to date whatever stood there; what they led to is left alone."""


def _laid(trap: Trap) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        out = place.folder / "out"
        out.mkdir()
        trap(out, place)
        return out

    return make


def _dangling(place: Place) -> Path:
    out = place.folder / "out"
    out.symlink_to(place.outside / "not-there")
    return out


def _circle(place: Place) -> Path:
    out = place.folder / "out"
    out.symlink_to(out)
    return out


def _file(place: Place) -> Path:
    out = place.folder / "out"
    out.write_text("a file")
    return out


def cases() -> list[Case]:
    return [
        *(Case(f"out/{name}", "out", _laid(trap)) for name, trap in REFUSED.items()),
        *(Case(f"out/{name}", "out", _laid(trap), harmless=True) for name, trap in SURVIVED.items()),
        Case("out/package-is-a-folder-outside", "artifacts", _laid(_folder_outside)),
        Case("out/dangling", "out", _dangling),
        Case("out/circle", "out", _circle),
        Case("out/file", "out", _file),
    ]
