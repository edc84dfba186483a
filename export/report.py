"""report.json and the manifest's entries: what was done, from what, and how well it agrees."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from export import seen
from export.bundle import Staged
from export.formats.base import Contents, Tensor
from export.forms import Form
from export.held import held
from export.views import View
from fastscnn import __version__
from fastscnn.graph import file
from fastscnn.graph.cost import estimate
from fastscnn.graph.graph import Graph

if TYPE_CHECKING:
    from export.request import Request
    from export.source import Source

SCHEMA = 1
PACKAGES = (
    "torch",
    "numpy",
    "onnx",
    "onnxruntime",
    "ai-edge-litert",
    "tflite-runtime",
    "coremltools",
)
UNTRAINED = "This network is UNTRAINED: its labels mean nothing."


def compose(
    request: Request,
    form: Form,
    source: Source,
    staged: Mapping[str, Staged],
    contents: Mapping[str, Contents],
    graphs: Mapping[str, Graph],
    parity: Mapping[str, Any],
    views: Sequence[View],
    timings: Mapping[str, float],
) -> dict[str, Any]:
    """The content of report.json."""
    return {
        "schema": SCHEMA,
        "out": str(request.out),
        "dry_run": request.dry_run,
        "model": {
            "checkpoint": source.file,
            **_model(source),
        },
        "options": _options(request, form),
        "artifacts": [
            {
                "file": artifact.name,
                "format": name,
                "precision": form.precision,
                "sha256": artifact.sha256,
                "bytes": artifact.size,
                "input": _tensor(contents[name].input),
                "output": _tensor(contents[name].output),
                "operators": dict(sorted(contents[name].operators.items())),
                "held": held(contents[name]),
                "cost": asdict(estimate(graphs[name], form.size)),
                "parity": parity[name],
                "seen": [
                    seen.record(view.picture, view.found[name], source.info.classes)
                    for view in views
                    if name in view.found
                ],
            }
            for name, artifact in staged.items()
        ],
        "timings": dict(timings),
        "versions": versions(),
    }


def manifest_entries(report: Mapping[str, Any]) -> dict[str, Any]:
    """One entry an artifact, by its name in the output folder."""
    return {
        artifact["file"]: {
            "sha256": artifact["sha256"],
            "bytes": artifact["bytes"],
            "format": artifact["format"],
            "precision": artifact["precision"],
            "checkpoint_sha256": report["model"]["sha256"],
            "graph_sha256": report["model"]["graph_sha256"],
            "options": report["options"],
            "versions": report["versions"],
            "parity": artifact["parity"]["verdict"],
            "seen": artifact["seen"],
        }
        for artifact in report["artifacts"]
    }


def versions() -> dict[str, str]:
    """This package's, Python's, and those of the packages that write or run artifacts."""
    found = {"fastscnn-mobile": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _model(source: Source) -> dict[str, Any]:
    info = source.info
    return {
        "sha256": source.sha256,
        "graph_sha256": file.digest(source.graph, info),
        "layout": info.layout,
        "variant": info.variant,
        "classes": list(info.classes),
        "colors": [list(color) for color in info.colors],
        "preprocessing": asdict(info.preprocessing),
        "align_corners": info.align_corners,
        "trained": info.trained,
        "assumptions": list(source.assumptions),
        "warnings": [*source.warnings, *([] if info.trained else [UNTRAINED])],
        "notes": info.notes,
        "quantization": dict(source.record) or None,
    }


def _options(request: Request, form: Form) -> dict[str, Any]:
    return {
        "size": f"{form.size[0]}x{form.size[1]}",
        "precision": form.precision,
        "input": form.input,
        "output": form.output,
        "stride": form.stride,
        "float_output": form.float_output,
        "onnx_activations": form.onnx_activations,
        "coreml_weights_only": form.coreml_weights_only,
        "plain": form.plain,
        "layout": request.layout,
        "variant": dict(request.variant),
        "limits": asdict(request.limits),
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {**asdict(tensor), "shape": list(tensor.shape)}
