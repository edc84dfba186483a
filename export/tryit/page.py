"""The page as text: the network, the runtime, the scripts and sample photographs, all inside."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from export import pictures
from export.bundle import Staged
from export.tryit.network import BrowserNetwork

FOLDER = Path(str(resources.files("export.tryit")))
BUILT = FOLDER / "built"
RUNTIMES = ("relaxed", "compatible")
"""Builds of LiteRT.js: browsers with relaxed SIMD run the first, others the second."""


class Part(NamedTuple):
    """Base64 that the page's scripts find by its id."""

    id: str
    text: str


def build(network: BrowserNetwork, delivered: Sequence[Staged]) -> str:
    """The whole document. The same network and files are the same text."""
    environment = Environment(
        loader=PackageLoader("export.tryit", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    assert environment.loader is not None
    photographs = pictures.embedded()
    facts = _facts(network, photographs)
    return environment.get_template("tryit.html").render(
        name=network.name,
        facts=facts,
        embedded=Markup(json.dumps(facts, sort_keys=True).replace("<", "\\u003c")),
        delivered=delivered,
        photographs=photographs,
        parts=list(_parts(network, photographs)),
        litert=json.loads((FOLDER / "package.json").read_text())["dependencies"]["@litertjs/core"],
        licences={
            "runtime": (FOLDER / "LICENSE.litert").read_text(),
            "photographs": (photographs[0].parent / "LICENSE").read_text(),
        },
        style=Markup(environment.loader.get_source(environment, "tryit.css")[0]),
        script=Markup((BUILT / "page.js").read_text().replace("</", "<\\/")),
    )


def _facts(network: BrowserNetwork, photographs: Sequence[Path]) -> dict[str, Any]:
    """What the scripts go by."""
    rows, columns, classes = network.logits
    return {
        "sha256": network.sha256,
        "height": network.size[0],
        "width": network.size[1],
        "logits": {"rows": rows, "columns": columns, "classes": classes},
        "alignCorners": network.info.align_corners,
        "classes": network.info.classes,
        "colors": network.info.colors,
        "photographs": [path.name for path in photographs],
    }


def _parts(network: BrowserNetwork, photographs: Sequence[Path]) -> Iterator[Part]:
    yield _part("network", gzip.compress(network.model, mtime=0))
    for name in RUNTIMES:
        yield _part(f"{name}-code", (BUILT / f"{name}.js.gz").read_bytes())
        yield _part(f"{name}-wasm", (BUILT / f"{name}.wasm.gz").read_bytes())
    yield _part("worker", (BUILT / "worker.js").read_bytes())
    for place, path in enumerate(photographs):
        yield _part(f"photograph-{place}", path.read_bytes())


def _part(id: str, content: bytes) -> Part:
    return Part(id, base64.b64encode(content).decode())
