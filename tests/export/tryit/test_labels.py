"""The page's labels and its resizing, in node, against Python's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fastscnn.graph import labels
from fastscnn.graph.graph import Array, Pair

SOURCES = Path(__file__).parents[3] / "export" / "tryit" / "sources"
SIZES: tuple[tuple[Pair, Pair], ...] = (
    ((45, 60), (360, 480)),
    ((12, 16), (96, 128)),
    ((7, 5), (50, 41)),
    ((1, 6), (8, 48)),
    ((6, 1), (47, 9)),
    ((1, 1), (3, 2)),
    ((9, 11), (9, 11)),
    ((20, 30), (11, 13)),
)
LABELS = """
import { readFileSync, writeFileSync } from "node:fs";
import { labelsOf } from "SOURCES/labels.js";
const cases = JSON.parse(readFileSync("cases.json", "utf8"));
cases.forEach(({ shape, size, alignCorners }, place) => {
  const bytes = readFileSync(`${place}.logits`);
  const logits = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  writeFileSync(`${place}.labels`, labelsOf(logits, shape, size, alignCorners));
});
"""
RESIZED = """
import { readFileSync, writeFileSync } from "node:fs";
import { resized } from "SOURCES/resize.js";
const cases = JSON.parse(readFileSync("cases.json", "utf8"));
cases.forEach(({ width, height, size }, place) => {
  const data = new Uint8ClampedArray(readFileSync(`${place}.pixels`));
  writeFileSync(`${place}.resized`, resized({ data, width, height }, size));
});
"""


def in_node(script: str, cases: list[dict[str, Any]], folder: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here: apt-get install nodejs")
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "run.mjs").write_text(script.replace("SOURCES", SOURCES.as_uri()))
    subprocess.run([node, "run.mjs"], cwd=folder, check=True, timeout=120)


def logits_of(kind: str, shape: Pair, classes: int) -> Array:
    """Noise has borders in every cell, smooth maps have few; few levels tie, so do a float's neighbours."""
    generator = np.random.default_rng(len(kind) + shape[0] * 31 + classes)
    noise = generator.normal(size=(*shape, classes)).astype(np.float32)
    if kind == "smooth":
        coarse = generator.normal(size=(3, 3, classes)).astype(np.float32)
        rows, columns = (np.linspace(0, 2, length).round().astype(int) for length in shape)
        return coarse[rows][:, columns] * 4 + noise / 10
    if kind == "few levels":
        return np.round(noise * 2) * np.float32(0.1875)
    if kind == "a bit apart":
        return np.nextafter(np.float32(1.7), np.where(noise > 0, np.float32(9), np.float32(-9)))
    return noise


@pytest.mark.parametrize("kind", ["noise", "smooth", "few levels", "a bit apart"])
def test_labels_are_those_of_python_in_every_pixel(kind: str, tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = []
    wanted = []
    for shape, size in SIZES:
        for classes in (11, 19, 1):
            for align_corners in (False, True):
                logits = logits_of(kind, shape, classes)
                (tmp_path / f"{len(cases)}.logits").write_bytes(logits.tobytes())
                cases.append(
                    {
                        "shape": {"rows": shape[0], "columns": shape[1], "classes": classes},
                        "size": {"height": size[0], "width": size[1]},
                        "alignCorners": align_corners,
                    }
                )
                wanted.append(labels.from_logits(logits, size, align_corners))
    in_node(LABELS, cases, tmp_path)
    for place, (case, expected) in enumerate(zip(cases, wanted, strict=True)):
        found = np.frombuffer((tmp_path / f"{place}.labels").read_bytes(), np.uint8).reshape(expected.shape)
        assert (found != expected).sum() == 0, case


def test_pictures_are_resized_as_pillow_resizes_them(tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    """Either pass first, as Pillow 13 chooses."""
    cases: list[dict[str, Any]] = []
    wanted = []
    for (height, width), (high, wide) in (
        ((72, 128), (36, 48)),
        ((50, 61), (96, 128)),
        ((33, 48), (33, 96)),
        ((97, 48), (32, 48)),
        ((40, 30), (40, 30)),
        ((1, 1), (5, 4)),
        ((301, 7), (8, 16)),
        ((54, 96), (51, 102)),
        ((128, 72), (36, 48)),
        ((73, 48), (8, 16)),
        ((72, 48), (8, 16)),
    ):
        pixels = generator.integers(0, 256, (height, width, 3), np.uint8)
        opaque = np.dstack([pixels, np.full((height, width), 255, np.uint8)])
        (tmp_path / f"{len(cases)}.pixels").write_bytes(opaque.tobytes())
        cases.append({"width": width, "height": height, "size": {"height": high, "width": wide}})
        wanted.append(Image.fromarray(pixels).resize((wide, high), Image.Resampling.BILINEAR))
    in_node(RESIZED, cases, tmp_path)
    for place, (case, expected) in enumerate(zip(cases, wanted, strict=True)):
        size = (expected.height, expected.width, 4)
        found = np.frombuffer((tmp_path / f"{place}.resized").read_bytes(), np.uint8).reshape(size)
        assert (found[:, :, :3] != np.asarray(expected)).sum() == 0, case
        assert (found[:, :, 3] == 255).all()
