"""Numbers and strange text in the form that people read."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from markupsafe import Markup, escape

KEPT = "\n\t"
PICTURES = 0x2400
"""Where Unicode's visible forms of the control characters begin."""
UNKNOWN = "\ufffd"


def visible(value: object) -> object:
    """Text from elsewhere with nothing in it that acts instead of being seen; what is no text stays."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "".join(c if c.isprintable() or c in KEPT else _shown(c) for c in value)
    return value


def _shown(character: str) -> str:
    return chr(PICTURES + ord(character)) if character < " " else UNKNOWN


TITLES = {"onnx": "ONNX", "tflite": "TFLite", "coreml": "Core ML"}


def title_of(format: str) -> str:
    """As its owners write it."""
    return TITLES.get(format, format)


def counted(value: float) -> str:
    """1,740,000,000 as 1.74 billion; small numbers as they are."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {word}"
    return f"{value:,.0f}"


def megabytes(value: float) -> str:
    return f"{value / 1e6:.2f} MB" if value < 1e8 else f"{value / 1e6:.0f} MB"


def percent(share: float) -> str:
    """Never 100 % where something is missing, never 0 % where something is there."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    for digits in (2, 3, 4, 5):
        text = f"{share:.{digits}%}"
        if float(text[:-1]) not in (0.0, 100.0):
            return text
    return "less than 0.00001%" if share < 0.5 else "more than 99.99999%"


def scientific(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"


def power(value: float, percent: bool) -> str:
    """A power of ten at an axis, in full as percent."""
    if not percent:
        return f"{value:.0e}"
    return f"{100 * value:.10f}".rstrip("0").rstrip(".") + "%"


def points(change: float) -> str:
    """A change of an IoU, in points, with its sign."""
    return f"{100 * change:+.2f}"


def address(name: str) -> str:
    """Of a file beside the page."""
    return quote(name, safe="", errors="replace")


def ticked(text: str) -> Markup:
    """What stands between backticks becomes code."""
    return Markup("").join(_parts(str(visible(text))))


def _parts(text: str) -> Iterator[Markup]:
    for place, part in enumerate(text.split("`")):
        yield Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
