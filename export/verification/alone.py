"""What a file proves by itself, where the network that it was made from is not at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from export import borders, pictures, seen, views
from export.formats import FORMATS, Format
from export.formats.base import THREADS, Contents
from export.forms import feed
from export.held import held
from export.request import form_of
from export.verification.difference import VerificationError
from export.verification.sources import requested
from fastscnn.console import Console
from fastscnn.options import size_of

APART = 0.05
"""Share of pixels that another CPU's kernels may label otherwise, those that saturate among them."""


def prove(path: Path, entry: Mapping[str, Any], console: Console) -> list[str]:
    """What was shown, a line each; VerificationError where the file is not what its entry says."""
    format = FORMATS[entry["format"]]
    contents: Contents = format.room("read").read(path)
    for what, found, wanted in _facts(path, contents, entry):
        if found != wanted:
            raise VerificationError(f"has the {what} {found} where the manifest says {wanted}")
    shown = [
        "it is whole and consistent in itself: operators, types, scales and zero points",
        "its precision, size, input and output are those of the manifest",
    ]
    return [*shown, *_run(path, format, contents, entry, console)]


def _run(
    path: Path, format: Format, contents: Contents, entry: Mapping[str, Any], console: Console
) -> Iterator[str]:
    """On the pictures whose labels the manifest has, where they are at hand; in every runtime that gates."""
    form = form_of(requested(entry, None, None, None), contents.info)
    shown = pictures.load(None, form.size, console)
    found: dict[str, list[dict[str, Any]]] = {}
    for options in format.gates:
        runner = format.room("run").load(path, threads=THREADS, **options)
        yield f"it runs in {runner.runtime}"
        for picture in shown:
            given = borders.quantized(
                feed(picture.pixels, form.input, contents.info.preprocessing), contents.input
            )
            output = runner.run(given)[contents.output.name]
            if not np.isfinite(output).all():
                raise VerificationError(f"gives values on {picture.name} that are no numbers")
            labels = views.of_output(output, form, contents.info, runner.output)
            record = seen.record(picture, labels, contents.info.classes)
            found.setdefault(record["pixels_sha256"], []).append(record)
    try:
        for before in entry.get("seen") or ():
            if before["pixels_sha256"] in found:
                yield _compared(before, found[before["pixels_sha256"]], trained=contents.info.trained)
    except (LookupError, TypeError, AttributeError):
        raise VerificationError("has an entry whose labels cannot be read") from None


def _compared(before: Mapping[str, Any], after: Sequence[Mapping[str, Any]], *, trained: bool) -> str:
    """In the runtime that comes nearest: on other CPUs another one may round as the recorded one did."""
    picture = before["picture"]
    if any(one["labels_sha256"] == before["labels_sha256"] for one in after):
        return f"on {picture} it gives the very labels that the manifest records"
    apart = min(seen.distance(before, one) for one in after)
    if trained and apart > APART:
        raise VerificationError(
            f"labels {picture} otherwise than the manifest records: at least {apart:.1%} of its pixels are of"
            " another class"
        )
    return (
        f"on {picture} its classes have the shares that the manifest records, within {apart:.2%}"
        " (another CPU or runtime rounds otherwise)"
    )


def _facts(path: Path, contents: Contents, entry: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    options = entry["options"]
    yield "size", borders.extent(contents.input), size_of(options["size"])
    yield "input", borders.input_form(path, contents.input), _input(entry)
    yield "output", borders.output_form(path, contents), options["output"]
    yield "precision", _precision(contents), entry["precision"]


def _input(entry: Mapping[str, Any]) -> str:
    """Core ML's image type has no fourth channel: a package for `rgba` takes an image."""
    wanted = str(entry["options"]["input"])
    return "image" if wanted == "rgba" and entry["format"] == "coreml" else wanted


def _precision(contents: Contents) -> str:
    if held(contents)["int8_convolutions"]:
        return "int8"
    halves = any(weight.dtype == np.float16 for weight in contents.weights.values())
    return "fp16" if halves else "fp32"
