"""What of a quantization is decided how: its defaults, and the file in which a user keeps others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from fastscnn import bounded
from fastscnn.errors import RecipeError
from fastscnn.graph.graph import Graph

Ranges = Literal["best", "minmax", "percentile", "histogram"]
LARGEST = 1 << 20
"""Bytes of a recipe's file."""
RANGES: tuple[Ranges, ...] = ("best", "minmax", "percentile", "histogram")


@dataclass(frozen=True)
class Recipe:
    """The defaults are what did best on training pictures: docs/quantization.md has the figures."""

    floats: tuple[str, ...] = ()
    """Layers that stay in float."""
    reduce_range: bool = False
    """Weights of 7 bits, for x86 processors whose kernels saturate."""
    ranges: Ranges = "best"
    """How a tensor's range follows from what was observed; "best" chooses for each."""
    ranges_of: Mapping[str, Ranges] = field(default_factory=dict)
    """For single tensors, by the layer that gives them."""
    equalize: bool = True
    """Whether channels of neighbouring layers are brought to equal ranges first."""
    correct_bias: bool = True
    """Whether biases take up the mean error that rounded weights make."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def check(self, graph: Graph) -> None:
        """RecipeError where it names layers that the network does not have."""
        known = [node.name for node in graph.nodes[1:]]
        unknown = [name for name in (*self.floats, *self.ranges_of) if name not in known]
        if unknown:
            raise RecipeError(
                f"The network has no layer called {', '.join(unknown)}.",
                _meant(unknown[0], known),
            )


def _meant(name: str, known: list[str]) -> str:
    """The layers that a wrong name may have meant: all of them where none is near."""
    near = get_close_matches(name, known, n=3, cutoff=0.75)
    return f"Did you mean {' or '.join(near)}?" if near else f"Its layers: {', '.join(known)}."


def load(path: Path) -> Recipe:
    """The recipe of a file; RecipeError where it is none."""
    try:
        return read(json.loads(bounded.text(path, LARGEST)))
    except (OSError, ValueError, RecursionError) as error:
        raise RecipeError(
            f"{path} cannot be read as a recipe: {error}.", "A recipe is a JSON file."
        ) from None
    except RecipeError as error:
        raise RecipeError(f"{path}: {error.message}", error.remedy) from None


def read(content: Any) -> Recipe:
    """The recipe of a JSON document, every key and value checked."""
    if not isinstance(content, dict):
        raise RecipeError("a recipe is a JSON object.", 'For instance {"floats": ["classifier.conv"]}.')
    known = {part.name for part in fields(Recipe)}
    for key, value in content.items():
        if key not in known or not _fits(key, value):
            raise RecipeError(
                f"the recipe says {json.dumps(key)}: {json.dumps(value)}.",
                "Known: floats (a list of layers), reduce_range, equalize and correct_bias (true or false),"
                f" ranges ({', '.join(RANGES)}), ranges_of (one of these by layer).",
            )
    return Recipe(**{**content, "floats": tuple(content.get("floats", ()))})


def save(recipe: Recipe, path: Path) -> None:
    path.write_text(json.dumps(recipe.as_json(), indent=2) + "\n", encoding="utf-8")


def _fits(key: str, value: Any) -> bool:
    match key:
        case "floats":
            return isinstance(value, list) and all(isinstance(name, str) for name in value)
        case "ranges":
            return value in RANGES
        case "ranges_of":
            return isinstance(value, dict) and all(method in RANGES for method in value.values())
    return isinstance(value, bool)
