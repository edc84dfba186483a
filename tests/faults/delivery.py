"""Two deliveries under the same names, what they are when nothing disturbs them, and what a folder holds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from export.bundle import digest
from tests.sandbox.client import Outcome, Run, Sandbox

SUFFIXES = (".onnx", ".tflite", ".mlpackage")
LEFT = (".fastscnn-", ".part")
"""In the names of what is written beside, and must not stay."""
DOCUMENTS = ("manifest.json", "report.json", "report.html")
Digests = Mapping[str, str]


@dataclass(frozen=True)
class Delivery:
    """An export: what is asked for, its artifacts' digests, and how long it takes."""

    words: tuple[str, ...]
    digests: Digests
    seconds: float


class Workbench:
    """A folder for outputs, one warm process, and two deliveries that differ in every artifact."""

    def __init__(self, root: Path, sandbox: Sandbox) -> None:
        self.root = root
        self.sandbox = sandbox
        self.streams = 0
        names = root / "names.txt"
        names.write_text("".join(f"another {number}\n" for number in range(11)))
        self.old = self._reference("old", ())
        self.new = self._reference("new", ("--classes", str(names)))
        assert all(self.old.digests[name] != self.new.digests[name] for name in self.old.digests)

    def folder(self, *, holding: Delivery | None = None) -> Path:
        """An empty folder, or one that holds a delivery."""
        out = self.root / "out"
        shutil.rmtree(out, ignore_errors=True)
        if holding is not None:
            source = self.root / ("old" if holding is self.old else "new")
            shutil.copytree(source, out)
        return out

    def start(self, delivery: Delivery, out: Path, **options: object) -> Run:
        """An export begun, whatever stands in the folder."""
        return self._start(delivery.words, out, **options)

    def complete(self, delivery: Delivery, out: Path, **options: object) -> Outcome:
        """An export to its end."""
        return self.start(delivery, out, **options).outcome()

    def complaints(self, out: Path, *, clean: bool) -> list[str]:
        """What is not whole in a folder; `clean`: a run has ended there, so nothing may lie beside."""
        found = []
        for name, held in artifacts(out).items():
            if held not in (self.old.digests.get(name), self.new.digests.get(name)):
                found.append(f"{name} is neither the old one nor the new one")
        for name in DOCUMENTS:
            path = out / name
            if path.suffix == ".json" and path.exists():
                try:
                    json.loads(path.read_text())
                except ValueError:
                    found.append(f"{name} is cut")
            elif path.exists() and not path.read_text().rstrip().endswith("</html>"):
                found.append(f"{name} is cut")
        if clean:
            found += [f"{path.name} was left" for path in beside(out)]
            found += unnamed(out)
        return found

    def _reference(self, name: str, words: tuple[str, ...]) -> Delivery:
        out = self.root / name
        wanted = ("--size", "64x96", "--name", "net", "--force", "--quiet", *words)
        outcome = self._start(wanted, out).outcome()
        assert outcome.code == 0, outcome.stderr
        return Delivery(wanted, artifacts(out), outcome.seconds)

    def _start(self, words: tuple[str, ...], out: Path, **options: object) -> Run:
        self.streams += 1
        streams = self.root / "streams" / str(self.streams % 8)
        return self.sandbox.start("fastscnn-export", [*words, "--out", out], streams, **options)  # type: ignore[arg-type]


def artifacts(out: Path) -> dict[str, str]:
    """Digests of the artifacts that stand in a folder, by name."""
    return {path.name: digest(path) for path in sorted(out.glob("*")) if path.suffix in SUFFIXES}


def beside(out: Path) -> list[Path]:
    """What a run writes before it renames."""
    return [path for path in out.glob(".*") if any(part in path.name for part in LEFT)]


def unnamed(out: Path) -> list[str]:
    """Artifacts that the manifest does not name, or names with another digest."""
    if not (out / "manifest.json").exists():
        return [f"{name} without a manifest" for name in artifacts(out)]
    entries = json.loads((out / "manifest.json").read_text())["artifacts"]
    return [
        f"{name} is not as the manifest says"
        for name, held in artifacts(out).items()
        if entries.get(name, {}).get("sha256") != held
    ]
