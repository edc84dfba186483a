"""What is in a file, counted from the file itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from export import borders, bundle, source
from export.explanation import beside
from export.explanation.subject import Artifact, Network
from export.formats.base import Tensor
from export.held import held
from fastscnn.graph.graph import NAMES, Array, Conv, Graph
from fastscnn.info import ModelInfo


def explain(subject: Artifact | Network) -> dict[str, Any]:
    """The document of a file."""
    return _artifact(subject) if isinstance(subject, Artifact) else _network(subject)


def _artifact(file: Artifact) -> dict[str, Any]:
    contents = file.contents
    found = beside.look(file.path, file.sha256)
    arrays = [*contents.weights.values(), *contents.biases.values()]
    integers = {**held(contents), **_bytes(arrays)}
    return {
        "schema": 1,
        "kind": "artifact",
        "file": str(file.path),
        "format": file.format.name,
        "sha256": file.sha256,
        "bytes": bundle.size(file.path),
        "precision": precision(integers, contents.weights.values()),
        "integers": integers,
        "operators": dict(sorted(contents.operators.items())),
        "input": _tensor(contents.input),
        "output": _tensor(contents.output),
        "stride": borders.extent(contents.input)[0] // borders.extent(contents.output)[0],
        "model": _model(contents.info),
        "made_by": contents.version or _version(found),
        "manifest": {"named": found.entry is not None, "matches": found.matches, "said": found.said()},
        "parity": None if found.report is None else found.report["parity"],
    }


def _network(network: Network) -> dict[str, Any]:
    graph = network.graph
    arrays = [array for _, conv in graph.of(Conv) for array in (conv.weight, conv.bias)]
    integers = {**held_in(graph), **_bytes(arrays)}
    return {
        "schema": 1,
        "kind": "quantized" if graph.quantized else "checkpoint",
        "file": network.name,
        "format": None,
        "sha256": network.sha256,
        "bytes": _size(network),
        "precision": precision(integers, [conv.weight for _, conv in graph.of(Conv)]),
        "integers": integers,
        "operators": dict(sorted(Counter(NAMES[type(node.operator)] for node in graph).items())),
        "model": _model(network.info),
        "assumptions": list(network.assumptions),
        "quantization": dict(network.record) or None,
        "layers": [node.name for node in graph.nodes[1:]],
    }


def held_in(graph: Graph) -> dict[str, Any]:
    """What `held` counts in a file, of a Graph."""
    kinds = [conv.weight.dtype for _, conv in graph.of(Conv)]
    return {
        "convolutions": len(kinds),
        "int8_convolutions": sum(kind == np.int8 for kind in kinds),
        "int8_tensors": sum(node.quant is not None for node in graph),
        "float_layers": sorted(node.name for node in graph if graph.computes_in_float(node))
        if graph.quantized
        else [],
    }


def precision(integers: dict[str, Any], weights: Iterable[Array]) -> str:
    """The plain answer to: is it really int8?"""
    total, count = integers["convolutions"], integers["int8_convolutions"]
    share = f"{integers['int8_bytes'] / max(1, integers['weight_bytes']):.1%} of the weights' bytes"
    if not count:
        half = any(weight.dtype == np.float16 for weight in weights)
        return "float: weights stored in float16" if half else "float: float32 throughout"
    if not integers["int8_tensors"]:
        return f"int8 weights only ({count} of {total} convolutions, {share}): it computes in float"
    rest = integers["float_layers"]
    if rest:
        layers = "layer" if len(rest) == 1 else "layers"
        return f"int8 but for {len(rest)} {layers} in float ({count} of {total} convolutions, {share})"
    return f"int8 throughout: all {total} convolutions, {share}, and every map between them"


def _bytes(arrays: Iterable[Array]) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for array in arrays:
        sizes["int8" if array.dtype == np.int8 else "other"] += array.nbytes
    return {"weight_bytes": sizes["int8"] + sizes["other"], "int8_bytes": sizes["int8"]}


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {**asdict(tensor), "shape": list(tensor.shape)}


def _model(info: ModelInfo) -> dict[str, Any]:
    embedded = source.embedded_quantized().with_name("camvid.safetensors")
    ours = info.checkpoint_sha256 == bundle.digest(embedded)
    return {
        "layout": info.layout,
        "classes": list(info.classes),
        "preprocessing": asdict(info.preprocessing),
        "align_corners": info.align_corners,
        "trained": info.trained,
        "variant": info.variant,
        "notes": info.notes,
        "checkpoint_sha256": info.checkpoint_sha256,
        "checkpoint": "the embedded network" if ours else None,
    }


def _version(found: beside.Beside) -> str | None:
    """What the manifest says, where the file itself says nothing."""
    if not found.matches or found.entry is None:
        return None
    versions = found.entry.get("versions")
    version = versions.get("fastscnn-mobile") if isinstance(versions, dict) else None
    return None if version is None else f"{version} (by the manifest)"


def _size(network: Network) -> int:
    path: Path = network.path if network.path is not None else source.embedded_quantized()
    return bundle.size(path)
