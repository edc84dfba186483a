"""Recipes: a file with what is decided otherwise, every word of it checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastscnn.errors import RecipeError
from quantize import recipe
from quantize.recipe import Recipe
from tests.graphs import fast_scnn


def test_a_recipe_survives_its_file(tmp_path: Path) -> None:
    made = Recipe(
        floats=("classifier.conv",),
        reduce_range=True,
        ranges="percentile",
        ranges_of={"fusion.add": "minmax"},
        equalize=False,
        correct_bias=False,
    )
    recipe.save(made, tmp_path / "recipe.json")
    assert recipe.load(tmp_path / "recipe.json") == made


def test_what_a_file_does_not_say_is_as_usual(tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text('{"floats": ["classifier.conv"]}')
    assert recipe.load(tmp_path / "recipe.json") == Recipe(floats=("classifier.conv",))


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"float": ["classifier.conv"]},
        {"floats": "classifier.conv"},
        {"floats": [1]},
        {"ranges": "median"},
        {"ranges": ["minmax"]},
        {"ranges_of": {"classifier.conv": "median"}},
        {"ranges_of": ["minmax"]},
        {"equalize": 1},
        {"reduce_range": None},
    ],
    ids=str,
)
def test_what_no_recipe_says_is_refused(tmp_path: Path, content: Any) -> None:
    (tmp_path / "recipe.json").write_text(json.dumps(content))
    with pytest.raises(RecipeError, match=r"recipe\.json") as caught:
        recipe.load(tmp_path / "recipe.json")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"floats": NaN}'])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "recipe.json").write_bytes(content)
    with pytest.raises(RecipeError):
        recipe.load(tmp_path / "recipe.json")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError):
        recipe.load(tmp_path / "recipe.json")


@pytest.mark.parametrize(
    "named", [Recipe(floats=("fusion.sum",)), Recipe(ranges_of={"fusion.sum": "minmax"})]
)
def test_layers_that_the_network_does_not_have_are_named(named: Recipe) -> None:
    with pytest.raises(RecipeError, match=r"fusion\.sum") as caught:
        named.check(fast_scnn())
    assert "fusion.add" in caught.value.remedy


def test_the_input_is_no_layer() -> None:
    with pytest.raises(RecipeError, match="image"):
        Recipe(floats=("image",)).check(fast_scnn())
