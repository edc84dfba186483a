"""Parity again: delivered files against the network that they were made from, by the gates of an export."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export import bundle, pictures, spelling
from export.bundle import Staged
from export.check import check
from export.formats import FORMATS
from export.forms import Form
from export.request import Request, form_of
from export.source import Source
from export.timings import Timings
from export.verification import alone
from export.verification.difference import Difference
from export.verification.sources import AbsentError, Sources
from fastscnn.console import Console
from fastscnn.errors import FastscnnError, MissingPackageError

Entries = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Proof:
    """What was shown of one file, and what was not."""

    file: str
    proved: tuple[str, ...]
    not_proved: tuple[str, ...]
    parity: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "proved": list(self.proved),
            "not_proved": list(self.not_proved),
            "parity": self.parity,
        }


def prove(folder: Path, entries: Entries, sources: Sources, console: Console) -> Iterator[Proof | Difference]:
    """Every artifact that is there; those that differ from their network as differences."""
    for names in grouped(entries):
        together = {name: entries[name] for name in names}
        try:
            request, network = sources.find(entries[names[0]])
        except AbsentError as error:
            for name, entry in together.items():
                yield from _by_itself(folder, name, entry, error.message, console)
            continue
        yield from _against(folder, together, request, network, console)


def grouped(entries: Entries) -> list[list[str]]:
    """Files of one network in one form, each format once: they are compared together."""
    groups: dict[str, list[str]] = {}
    for name, entry in sorted(entries.items()):
        key = json.dumps([entry["checkpoint_sha256"], entry["options"]], sort_keys=True)
        while any(entries[other]["format"] == entry["format"] for other in groups.get(key, ())):
            key += "+"
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def _against(
    folder: Path, entries: Entries, request: Request, network: Source, console: Console
) -> Iterator[Proof | Difference]:
    """All together; where one fails, each by itself, so that it is known which."""
    try:
        yield from _compared(folder, entries, request, network, console)
    except MissingPackageError as error:
        for name in entries:
            yield Proof(name, (), (f"not opened: {error}",))
    except FastscnnError as error:
        if len(entries) == 1:
            yield Difference(next(iter(entries)), error.message)
            return
        for name, entry in entries.items():
            yield from _against(folder, {name: entry}, request, network, console)


def _compared(
    folder: Path, entries: Entries, request: Request, network: Source, console: Console
) -> list[Proof]:
    form = form_of(request, network.info)
    formats = {entry["format"]: name for name, entry in entries.items()}
    graphs = {format: spelling.spelled(network.graph, network.info, form, format) for format in formats}
    staged = {format: _standing(folder, name) for format, name in formats.items()}
    shown = pictures.load(request.data, form.size, console)
    _, verdicts, _ = check(request, network, form, staged, graphs, shown, console, Timings())
    return [
        Proof(
            name,
            (
                f"made of {_called(network)}",
                *_written_again(staged[format], graphs[format], form, network, format),
                f"compared with {verdicts[format]['against']} on {len(shown)} pictures",
            ),
            (),
            verdicts[format],
        )
        for format, name in formats.items()
    ]


def _written_again(artifact: Staged, graph: Any, form: Form, network: Source, format: str) -> Sequence[str]:
    """Whether this version writes the very same bytes from the network."""
    with tempfile.TemporaryDirectory(prefix="fastscnn-") as again:
        files = (
            FORMATS[format]
            .room("write")
            .write(graph, form.size, network.info, **spelling.writing(form, format))
        )
        same = bundle.stage(Path(again), artifact.name, files).sha256 == artifact.sha256
    return ["written again, it is the same bytes"] if same else []


def _by_itself(
    folder: Path, name: str, entry: Mapping[str, Any], why: str, console: Console
) -> Iterator[Proof | Difference]:
    try:
        proved = alone.prove(folder / name, entry, console)
    except MissingPackageError as error:
        yield Proof(name, (), (f"not opened: {error}",))
    except FastscnnError as error:
        yield Difference(name, error.message)
    else:
        yield Proof(name, tuple(proved), (f"parity with its network: {why}",))


def _standing(folder: Path, name: str) -> Staged:
    path = folder / name
    return Staged(name, path, bundle.digest(path), bundle.size(path))


def _called(network: Source) -> str:
    return f"{'the embedded network' if network.file == 'embedded' else network.file}, by its sha256"
