"""latency.py stands alone: one file, old Python, nothing of ours."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.scripts import SCRIPT, SHORT, measured

MAY = {"numpy"}
OLDEST = (3, 8)
NEWER = {
    # what a grammar check does not see, because it is a name and no syntax
    "removeprefix",
    "removesuffix",
    "bit_count",
    "pairwise",
    "file_digest",
    "tomllib",
    "zoneinfo",
}


def tree() -> ast.Module:
    return ast.parse(SCRIPT.read_text(), feature_version=OLDEST)


def test_it_is_written_in_the_grammar_of_python_3_8() -> None:
    names = {node.attr for node in ast.walk(tree()) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree()) if isinstance(node, ast.Name)}
    assert not names & NEWER
    strict = [
        node
        for node in ast.walk(tree())
        if isinstance(node, ast.Call) and any(word.arg == "strict" for word in node.keywords)
    ]
    assert not strict, "zip(strict=) came with Python 3.10"


def test_it_imports_the_standard_library_and_numpy() -> None:
    for node in ast.walk(tree()):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            assert name.split(".")[0] in sys.stdlib_module_names | MAY, name


def test_an_older_python_runs_it_where_one_is_installed() -> None:
    for name in ("python3.8", "python3.9", "python3.10"):
        older = shutil.which(name)
        if older is None:
            continue
        ended = subprocess.run([older, str(SCRIPT), "--help"], capture_output=True, text=True, check=False)
        # a shim may stand there for a Python that is not installed
        if ended.returncode == 0:
            assert "--compare" in ended.stdout
        else:
            assert "Error" not in ended.stderr.split(":")[0], ended.stderr


def test_copied_into_an_empty_folder_it_works(tflite: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copy(SCRIPT, tmp_path))
    artifact = Path(shutil.copy(tflite, tmp_path))
    document = measured(artifact, *SHORT, script=copied, switches=("-I",))
    assert document["results"][0]["file"] == tflite.name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([SCRIPT.name, tflite.name])
