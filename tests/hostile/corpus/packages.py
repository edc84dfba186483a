"""Core ML packages that lead out of their folder, or whose programs cannot end well."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hostile.corpus import sound
from tests.hostile.corpus.case import Case, Place

MANIFEST = "Manifest.json"
MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
Change = Callable[[Path, Place], None]


def _manifest(change: Callable[[dict[str, Any]], Any]) -> Change:
    """The manifest, changed or replaced."""

    def apply(package: Path, place: Place) -> None:
        content = json.loads((package / MANIFEST).read_text())
        replaced = change(content)
        (package / MANIFEST).write_text(json.dumps(content if replaced is None else replaced))

    return apply


def _model_at(path: Any) -> Change:
    def change(content: dict[str, Any]) -> None:
        content["itemInfoEntries"][content["rootModelIdentifier"]]["path"] = path

    return _manifest(change)


def _linked(inside: str, to: Callable[[Place], Path]) -> Change:
    """A part of the package is a link."""

    def apply(package: Path, place: Place) -> None:
        part = package / inside
        if part.is_dir():
            for file in sorted(part.rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            part.rmdir()
        else:
            part.unlink()
        part.symlink_to(to(place))

    return apply


def _data_elsewhere(package: Path, place: Place) -> None:
    """Everything but the manifest lies outside, behind one link."""
    (package / "Data").rename(place.outside / "Data")
    (package / "Data").symlink_to(place.outside / "Data")


def _program(change: Callable[[Any], None]) -> Change:
    """The model's protobuf, changed."""

    def apply(package: Path, place: Place) -> None:
        from export.formats.coreml.toolbox import Model_pb2

        model = Model_pb2.Model()
        model.ParseFromString((package / MODEL).read_bytes())
        change(model)
        (package / MODEL).write_bytes(model.SerializeToString())

    return apply


def _block(model: Any) -> Any:
    function = model.mlProgram.functions["main"]
    return function.block_specializations[function.opset]


def _weights_in(name: str) -> Change:
    def change(model: Any) -> None:
        for operation in _block(model).operations:
            for value in operation.attributes.values():
                if value.WhichOneof("value") == "blobFileValue":
                    value.blobFileValue.fileName = name

    return _program(change)


def _weights_from(offset: int) -> Change:
    def change(model: Any) -> None:
        for operation in _block(model).operations:
            for value in operation.attributes.values():
                if value.WhichOneof("value") == "blobFileValue":
                    value.blobFileValue.offset = offset

    return _program(change)


def _vast_types(model: Any) -> None:
    for operation in _block(model).operations:
        for side in operation.outputs[0].type.tensorType.dimensions:
            side.constant.size = 1 << 40


def _cycle(model: Any) -> None:
    operations = _block(model).operations
    last = operations[-1].outputs[0].name
    for operation in operations:
        if "x" in operation.inputs:
            operation.inputs["x"].arguments[0].name = last
            return


def _unknown_operation(model: Any) -> None:
    _block(model).operations[-1].type = "while_loop"


def _vast_resize(model: Any) -> None:
    for operation in _block(model).operations:
        name = operation.outputs[0].name
        if operation.type == "const" and "target_size" in name:
            operation.attributes["val"].immediateValue.tensor.ints.values[:] = [1 << 30]


def _bytes(inside: str, change: Callable[[bytes], bytes]) -> Change:
    def apply(package: Path, place: Place) -> None:
        path = package / inside
        path.write_bytes(change(path.read_bytes()))

    return apply


def _vast_weights(package: Path, place: Place) -> None:
    """A weight file of a terabyte, of which the disk holds nothing."""
    os.truncate(package / WEIGHTS, 1 << 40)


def _entry_of_2_60(data: bytes) -> bytes:
    changed = bytearray(data)
    struct.pack_into("<QQ", changed, 64 + 8, 1 << 60, 1 << 60)
    return bytes(changed)


CHANGED: dict[str, Change] = {
    "model-above-the-package": _model_at("../../outside/secret.bin"),
    "model-absolute": _model_at("/etc/passwd"),
    "model-with-a-nul": _model_at("model\0.mlmodel"),
    "model-of-surrogates": _model_at("\ud800\udfff\ud800"),
    "model-of-a-long-name": _model_at("m" * 5000),
    "model-is-a-list": _model_at(["a"]),
    "manifest-deeply-nested": _bytes(MANIFEST, lambda data: b"[" * 200_000),
    "manifest-is-a-list": _manifest(lambda content: [content]),
    "manifest-no-utf-8": _bytes(MANIFEST, lambda data: b"\xff\xfe" * 100),
    "manifest-of-a-gigabyte": lambda package, place: os.truncate(package / MANIFEST, 1 << 40),
    "model-is-a-link-outside": _linked(MODEL, lambda place: place.outside / "secret.bin"),
    "weights-are-a-link-outside": _linked(WEIGHTS, lambda place: place.outside / "secret.bin"),
    "weights-are-a-link-to-themselves": _linked(WEIGHTS, lambda place: Path("weight.bin")),
    "weights-are-a-device": _linked(WEIGHTS, lambda place: Path("/dev/zero")),
    "data-is-a-link-outside": _data_elsewhere,
    "weights-above-the-package": _weights_in("@model_path/../../../../outside/secret.bin"),
    "weights-absolute": _weights_in("/dev/zero"),
    "weights-of-a-long-name": _weights_in("@model_path/" + "w" * 5000),
    "weights-beyond-the-file": _weights_from(1 << 62),
    "weights-of-a-terabyte": _vast_weights,
    "weights-entry-of-2^60": _bytes(WEIGHTS, _entry_of_2_60),
    "weights-cut": _bytes(WEIGHTS, lambda data: data[:100]),
    "types-of-2^40": _program(_vast_types),
    "cycle": _program(_cycle),
    "unknown-operation": _program(_unknown_operation),
    "resize-to-2^30": _program(_vast_resize),
    "model-cut": _bytes(MODEL, lambda data: data[: len(data) // 2]),
}


EXPLAINED = ("unknown-operation", "resize-to-2^30")
"""What computes is refused where it is computed; a file may be explained that cannot be run."""


def cases() -> list[Case]:
    return [
        *(
            Case(f"mlpackage/{name}", "mlpackage", _changed(name, change), name in EXPLAINED)
            for name, change in CHANGED.items()
        ),
        Case("mlpackage/a-zip-instead-of-a-folder", "mlpackage", _file),
    ]


def _changed(name: str, change: Change) -> Callable[[Place], Path]:
    def make(place: Place) -> Path:
        package = place.folder / f"{name.replace('^', '')}.mlpackage"
        for inner, content in sound.package().items():
            (package / inner).parent.mkdir(parents=True, exist_ok=True)
            (package / inner).write_bytes(content)
        change(package, place)
        return package

    return make


def _file(place: Place) -> Path:
    path = place.folder / "archive.mlpackage"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    return path
