"""An ONNX file on disk -> what it really holds. Nothing outside the file is ever opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import ModelProto, TensorProto, ValueInfoProto, helper, numpy_helper

from export.formats.base import Contents, Tensor
from export.formats.onnx import soundness
from export.formats.onnx.floats import floats
from export.formats.onnx.metadata import INFO_KEY, PRODUCER
from export.formats.onnx.quants import quants
from export.formats.onnx.storage import shift
from export.formats.onnx.weights import convolutions
from export.formats.onnx.wiring import Wiring
from fastscnn import bounded
from fastscnn.errors import ArtifactError
from fastscnn.graph.graph import Array, Quant
from fastscnn.info import ModelInfo

REMEDY = "Export it again with fastscnn-export --format onnx."


def read(path: Path | str) -> Contents:
    """Tensors, ModelInfo, operators and numbers of one of our files."""
    model = parse(path)
    info = _info(model, path)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError) as error:
        raise _broken(path, str(error).strip().splitlines()[0]) from error
    wiring = wired(model, path)
    source, result = borders(wiring, path)
    vast = soundness.vast(model)
    if vast is not None:
        raise _broken(path, f"its tensor {vast!r} has no size that a map can have")
    operators = Counter(node.op_type for node in wiring.nodes)
    return Contents(
        source,
        result,
        info,
        dict(sorted(operators.items())),
        **vars(convolutions(wiring)),
        quants=quants(wiring),
        floats=floats(wiring),
        version=model.producer_version if model.producer_name == PRODUCER else "",
    )


def parse(path: Path | str) -> ModelProto:
    """The model in a file, complete in itself; raises ArtifactError for anything else."""
    try:
        data = bounded.read(Path(path), bounded.NETWORK)
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read: {error.strerror}.", "Name an ONNX file.") from error
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, RecursionError) as error:
        raise _broken(path, "it is no ONNX file, or was cut") from error
    if not model.graph.node or not model.opset_import:
        raise _broken(path, "it is no ONNX file, or was cut")
    for tensor in _tensors(model.graph):
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            raise ArtifactError(
                f"{path} keeps the tensor {tensor.name!r} in another file, which is never opened.",
                "Save the model with its weights inside.",
            )
    complaint = soundness.complaint(model)
    if complaint is not None:
        raise _broken(path, complaint)
    return model


def wired(model: ModelProto, path: Path | str) -> Wiring:
    """The tensors of a model that a checker or a runtime has found sound, and who gives and takes them."""
    return Wiring(model, {tensor.name: _array(tensor, path) for tensor in model.graph.initializer})


def borders(wiring: Wiring, path: Path | str) -> tuple[Tensor, Tensor]:
    """The one input and the one output."""
    if len(wiring.inputs) != 1 or len(wiring.outputs) != 1:
        raise _broken(
            path, f"it has {len(wiring.inputs)} inputs and {len(wiring.outputs)} outputs, not one of each"
        )
    (source,), (result,) = wiring.inputs, wiring.outputs
    bytes_in = any(node.op_type == "Transpose" for node in wiring.takers[source.name])
    stated = quants(wiring)
    return (
        _tensor(source, path, "NHWC" if bytes_in else "NCHW", stated.get(source.name)),
        _tensor(result, path, "NCHW", stated.get(result.name)),
    )


def _tensor(value: ValueInfoProto, path: Path | str, layout: str, quant: Quant | None) -> Tensor:
    stated = value.type.tensor_type
    shape = tuple(axis.dim_value for axis in stated.shape.dim)
    if len(shape) not in (3, 4) or shape[0] != 1 or min(shape) < 1:
        raise _broken(path, f"its tensor {value.name!r} has no fixed shape of batch 1")
    try:
        dtype = helper.tensor_dtype_to_np_dtype(stated.elem_type).name
    except (KeyError, ValueError) as error:
        raise _broken(path, f"its tensor {value.name!r} has an unknown type") from error
    layout = layout if len(shape) == 4 else "NHW"
    if quant is None:
        return Tensor(value.name, shape, dtype, layout)
    return Tensor(value.name, shape, dtype, layout, quant.scale, quant.zero_point + shift(np.dtype(dtype)))


def _info(model: ModelProto, path: Path | str) -> ModelInfo:
    properties = {entry.key: entry.value for entry in model.metadata_props}
    if INFO_KEY not in properties:
        raise ArtifactError(f"{path} is an ONNX file, but not one of ours: it lacks {INFO_KEY}.", REMEDY)
    try:
        return ModelInfo.from_json(properties[INFO_KEY])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise _broken(path, f"its {INFO_KEY} cannot be read") from error


def _array(tensor: TensorProto, path: Path | str) -> Array:
    try:
        array: Array = np.asarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError, KeyError) as error:
        raise _broken(path, f"its tensor {tensor.name!r} is incomplete") from error
    return array


def _tensors(graph: onnx.GraphProto) -> Iterator[TensorProto]:
    """Every stored tensor, in subgraphs too."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)


def _broken(path: Path | str, reason: str) -> ArtifactError:
    return ArtifactError(f"{path} cannot be used: {reason}.", REMEDY)
