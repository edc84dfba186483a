"""An export with its page, and the page as a reader or a program finds it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from export import pipeline
from export.formats import FORMATS
from export.request import Request
from fastscnn.console import Console
from fastscnn.graph.graph import Array


@dataclass
class Element:
    """One start tag."""

    tag: str
    attributes: dict[str, str | None]
    inside: list[Element] = field(default_factory=list)
    text: str = ""


VOID = {"meta", "link", "path", "line", "use", "image", "br", "img"}


class Document(HTMLParser):
    """Elements in their order, and the text outside of style and code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        for outer in self._open:
            outer.inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for outer in self._open:
            outer.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.attributes.get(k) == v for k, v in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found


@dataclass(frozen=True, eq=False)
class Exported:
    """A delivery."""

    out: Path
    report: dict[str, Any]

    @property
    def path(self) -> Path:
        return self.out / "report.html"

    @cached_property
    def page(self) -> str:
        return self.path.read_text()

    @cached_property
    def document(self) -> Document:
        return Document(self.page)

    def said(self, tag: str = "main") -> str:
        """The text of an element, blanks between words as one."""
        return " ".join(self.document.all(tag)[0].text.split())

    def artifact(self, format: str) -> dict[str, Any]:
        return next(a for a in self.report["artifacts"] if a["format"] == format)

    def code(self, format: str, language: str) -> str:
        """A snippet, as somebody copies it."""
        file = self.artifact(format)["file"]
        return self.document.one("pre", **{"data-file": file, "data-language": language}).text

    def labels(self, name: str, photograph: int = 0) -> Array:
        """A label map that the page shows, as class indices; `name`: a file, or what it is compared with."""
        tiles = self.document.all("svg", **{"aria-label": f"Labels of {name}"})
        (layer,) = [e for e in tiles[photograph].inside if e.tag == "image"]
        return decoded(layer.attributes["href"])

    @property
    def photographs(self) -> list[str]:
        """Names of those that the page shows, in its order."""
        label = "The photograph "
        labels = [tile.attributes.get("aria-label") or "" for tile in self.document.all("svg")]
        return [text.removeprefix(label) for text in labels if text.startswith(label)]


def exported(out: Path, formats: Sequence[str] = tuple(FORMATS), **wanted: Any) -> Exported:
    """An export of the embedded network, or of `checkpoint`."""
    request = Request(formats=tuple(formats), out=out, **wanted)
    return Exported(out, pipeline.export(request, Console(quiet=True)))


def decoded(address: str | None) -> Array:
    """A picture inside the page; of a palette picture its indices."""
    assert address is not None
    kind, _, content = address.partition(";base64,")
    assert kind in ("data:image/png", "data:image/jpeg")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))
