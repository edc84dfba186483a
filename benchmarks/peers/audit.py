"""What a file holds: its operators, how many compute in float, and which of our integers it has."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.latency import Facts
from fastscnn.graph import file as graph_file
from fastscnn.graph.graph import Conv

Array = np.ndarray
AXES = {"CONV_2D": (0, 3, 1, 2), "DEPTHWISE_CONV_2D": (3, 0, 1, 2)}
"""Of a stored weight, those that make (out, in / groups, height, width)."""
CROSSINGS = ("QuantizeLinear", "DequantizeLinear")


def audited(file: Path, integers: Path) -> Facts:
    """The file's operators, and how many of our quantized convolutions it has, number by number."""
    seen = (_onnx if file.suffix == ".onnx" else _tflite)(file)
    ours = [conv for _, conv in graph_file.load(integers).graph.of(Conv)]
    return {
        "operators": sum(seen["operators"].values()),
        "kinds": dict(sorted(seen["operators"].items())),
        "in_float": seen["in_float"],
        "convolutions": len(ours),
        "weights_alike": _alike([conv.weight for conv in ours], seen["weights"]),
        "biases_alike": _alike([conv.bias for conv in ours], seen["biases"]),
    }


def _alike(ours: Sequence[Array], theirs: Sequence[Array]) -> int:
    """How many of ours are among theirs; each of theirs counts once."""
    left, found = list(theirs), 0
    for mine in ours:
        place = next((i for i, other in enumerate(left) if _equal(mine, other)), None)
        if place is not None:
            found += 1
            del left[place]
    return found


def _equal(mine: Array, other: Array) -> bool:
    return mine.dtype == other.dtype and np.array_equal(mine, other)


def _tflite(file: Path) -> Facts:
    module = import_module("ai_edge_litert.interpreter")
    interpreter = module.Interpreter(
        model_path=str(file),
        experimental_op_resolver_type=module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    types = {detail["index"]: np.dtype(detail["dtype"]) for detail in interpreter.get_tensor_details()}
    operators = interpreter._get_ops_details()
    held = [
        (interpreter.get_tensor(weight).transpose(AXES[operator["op_name"]]), interpreter.get_tensor(bias))
        for operator in operators
        if operator["op_name"] in AXES
        for _, weight, bias in [operator["inputs"]]
    ]
    return {
        "operators": Counter(operator["op_name"] for operator in operators),
        "in_float": sum(_computes_in_float(operator, types) for operator in operators),
        "weights": [weight for weight, _ in held],
        "biases": [bias for _, bias in held],
    }


def _computes_in_float(operator: Facts, types: dict[int, Any]) -> bool:
    return operator["op_name"] != "DEQUANTIZE" and any(
        types[index].kind == "f" for index in operator["outputs"]
    )


def _onnx(file: Path) -> Facts:
    """Its operators without those that only cross between float and int8; in float, by what runs."""
    onnx = import_module("onnx")
    graph = onnx.load(str(file)).graph
    stored = [onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer]
    return {
        "operators": Counter(node.op_type for node in graph.node if node.op_type not in CROSSINGS),
        "in_float": sum(1 for name in _optimised(file) if not name.startswith("Q") and name not in CROSSINGS),
        "weights": [array for array in stored if array.dtype == np.int8 and array.ndim == 4],
        "biases": [array for array in stored if array.dtype == np.int32 and array.ndim == 1],
    }


def _optimised(file: Path) -> Iterator[str]:
    """The operators that onnxruntime makes of the file on this CPU."""
    onnx, runtime = import_module("onnx"), import_module("onnxruntime")
    with tempfile.TemporaryDirectory() as folder:
        options, target = runtime.SessionOptions(), Path(folder) / "optimised.onnx"
        options.optimized_model_filepath, options.log_severity_level = str(target), 4
        runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        yield from (node.op_type for node in onnx.load(str(target)).graph.node)
