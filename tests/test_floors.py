"""The house stands: a floor imports only floors below it, and each knows only its own heavy packages."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STANDARD = set(sys.stdlib_module_names)

GROUND = (
    *("fastscnn.info", "fastscnn.errors", "fastscnn.console", "fastscnn.options", "fastscnn.__init__"),
    *("fastscnn.bounded", "fastscnn.described", "fastscnn.naming", "fastscnn.whole"),
)
ALLOWED: dict[str, tuple[set[str], tuple[str, ...]]] = {
    # floor: packages from outside, and our own modules that it may import
    "fastscnn.graph": ({"numpy", "safetensors"}, ("fastscnn.graph",)),
    "fastscnn.data": ({"numpy", "PIL"}, ("fastscnn.data",)),
    "fastscnn.network": (
        {"numpy", "torch", "safetensors", "PIL", "matplotlib"},
        ("fastscnn.network", "fastscnn.data", "fastscnn.weights"),
    ),
    "fastscnn.weights": (set(), ()),
    "quantize": ({"numpy", "torch", "safetensors", "PIL", "matplotlib"}, ("quantize", "fastscnn")),
    "export": (
        {
            "numpy",
            "torch",
            "PIL",
            "safetensors",
            "onnx",
            "onnxruntime",
            "flatbuffers",
            "ai_edge_litert",
            "tflite_runtime",
            "coremltools",
            "av",
            "google",
            "packaging",
            "jinja2",
            "markupsafe",
        },
        ("export", "quantize", "fastscnn"),
    ),
    # a side floor: artifacts on disk and the runtimes that open them
    "benchmarks": ({"numpy", "matplotlib"}, ("benchmarks", "fastscnn.graph")),
    # other people's converters; theirs are also data sets and scores
    "benchmarks.peers": ({"numpy"}, ("benchmarks", "fastscnn.graph", "fastscnn.data")),
    # these two run in the environments of the peers
    "benchmarks.peers.networks": (
        {"numpy", "tensorflow"},
        ("benchmarks.peers", "fastscnn.graph", "fastscnn.network"),
    ),
    "benchmarks.peers.routes": (
        {
            *("numpy", "torch", "torchao", "tensorflow", "onnxruntime"),
            *("litert_quantizer", "coremltools", "litert_torch", "onnx2tf", "tinynn"),
        },
        ("benchmarks.peers", "fastscnn.graph"),
    ),
}
NEVER = {
    "fastscnn.graph": ("torch",),
    "export": ("fastscnn.network.train", "fastscnn.network.losses", "fastscnn.network.augmentation"),
}
EXCEPTIONS = {"fastscnn.graph.from_torch": {"torch"}}


def modules() -> list[str]:
    files = [
        path
        for folder in ("fastscnn", "export", "quantize", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]


def imports(module: str) -> Iterator[str]:
    tree = ast.parse((ROOT / Path(*module.split("."))).with_suffix(".py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the floor"
            assert node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(module: str) -> str:
    return max((floor for floor in ALLOWED if f"{module}.".startswith(f"{floor}.")), key=len)


def starts(name: str, prefix: str) -> bool:
    return f"{name}.".startswith(f"{prefix}.")


@pytest.mark.parametrize("module", [m for m in modules() if m in GROUND])
def test_the_ground_floor_needs_the_standard_library_alone(module: str) -> None:
    for name in imports(module):
        known = (*GROUND, "fastscnn.__version__")
        assert name.split(".")[0] in STANDARD or any(starts(name, ground) for ground in known), name


@pytest.mark.parametrize("module", [m for m in modules() if m not in GROUND])
def test_a_floor_imports_only_floors_below(module: str) -> None:
    floor = floor_of(module)
    outside, ours = ALLOWED[floor]
    outside = outside | EXCEPTIONS.get(module, set())
    for name in imports(module):
        top = name.split(".")[0]
        if top in ("fastscnn", "export", "quantize", "benchmarks", "tests"):
            allowed = (*ours, *GROUND, "fastscnn.__version__", "fastscnn.console", "fastscnn.errors")
            assert any(starts(name, prefix) for prefix in allowed), f"{module} imports {name}"
        else:
            assert top in STANDARD | outside, f"{module} imports {name}"
    for forbidden in NEVER.get(floor, ()):
        if forbidden not in outside:
            assert not any(starts(name, forbidden) for name in imports(module)), f"{module}: {forbidden}"


def test_only_one_file_of_the_graph_floor_sees_torch() -> None:
    seen = {
        m for m in modules() if m.startswith("fastscnn.graph") and any(starts(n, "torch") for n in imports(m))
    }
    assert seen == {"fastscnn.graph.from_torch"}
