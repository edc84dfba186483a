"""A .tflite file on disk, ready to compute in one of the interpreters that phones have."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from export.formats.base import Contents
from export.formats.tflite import read
from export.formats.tflite.flatbuffer import with_outputs
from fastscnn.errors import ArtifactError, MissingPackageError
from fastscnn.graph.graph import Array

RuntimeName = Literal["litert", "tflite-runtime", "tensorflow"]
Delegate = Literal["xnnpack", "builtin"]
STDERR = 2


@dataclass(frozen=True)
class _Package:
    distribution: str
    module: str
    remedy: str


PACKAGES: dict[str, _Package] = {
    "litert": _Package(
        "ai-edge-litert",
        "ai_edge_litert.interpreter",
        "Install it: pip install ai-edge-litert",
    ),
    "tflite-runtime": _Package(
        "tflite-runtime",
        "tflite_runtime.interpreter",
        "Install the extra: pip install fastscnn-mobile[tflite-runtime] (Python 3.11, numpy below 2)",
    ),
    "tensorflow": _Package(
        "tensorflow-cpu",
        "tensorflow.lite.python.interpreter",
        "Install the extra: pip install fastscnn-mobile[tensorflow]",
    ),
}


@dataclass(frozen=True)
class Delegation:
    """How much of a file a delegate took."""

    partitions: int
    outside: tuple[str, ...]
    """Operators that the runtime's own kernels compute."""


def load(
    path: str | Path, *, runtime: RuntimeName = "litert", delegate: Delegate = "xnnpack", threads: int = 1
) -> Runner:
    """A runner of one file; ArtifactError where the file is none of ours or the runtime refuses it."""
    data = read.file_bytes(path)
    return Runner(path, data, read.audited(path, data), PACKAGES[runtime], delegate, threads)


class Runner:
    """See export.formats.base.Runner."""

    def __init__(
        self,
        path: str | Path,
        data: bytes,
        contents: Contents,
        package: _Package,
        delegate: Delegate,
        threads: int,
    ) -> None:
        self.input = contents.input
        self.output = contents.output
        self.contents = contents
        self.path = path
        self._package, self._delegate, self._threads = package, delegate, threads
        self._data = data
        self._tapped: tuple[str, ...] = ()
        self._interpreter = self._opened(self._data)
        kernels = "XNNPACK" if delegate == "xnnpack" else "builtin kernels"
        self.runtime = (
            f"{package.distribution} {version(package.distribution)}, {kernels}, "
            f"{threads} thread{'' if threads == 1 else 's'}"
        )

    def run(self, feed: Array, taps: Sequence[str] = ()) -> dict[str, Array]:
        if feed.shape != self.input.shape[1:]:
            raise ValueError(f"{self.path} takes {self.input.shape[1:]}, not {feed.shape}")
        if self.input.dtype != "float32" and feed.dtype != self.input.dtype:
            raise ValueError(f"{self.path} takes {self.input.dtype}, not {feed.dtype}")
        inner = tuple(dict.fromkeys(name for name in taps if name not in (self.input.name, self.output.name)))
        if inner != self._tapped:
            self._tap(inner)
        interpreter = self._interpreter
        interpreter.set_tensor(
            interpreter.get_input_details()[0]["index"], feed[None].astype(self.input.dtype, copy=False)
        )
        interpreter.invoke()
        names = (self.output.name, *inner)
        results = {
            name: _map(interpreter.get_tensor(detail["index"]))
            for name, detail in zip(names, interpreter.get_output_details(), strict=True)
        }
        return results | {name: feed for name in taps if name == self.input.name}

    def delegation(self) -> Delegation:
        """What the delegate took, seen from the output backwards."""
        operators = self._interpreter._get_ops_details()
        taken = [o for o in operators if o["op_name"] == "DELEGATE"]
        makers = {int(index): o for o in (*operators, *taken) for index in o["outputs"]}
        outside: dict[int, str] = {}
        seen: set[int] = set()
        waiting = [int(d["index"]) for d in self._interpreter.get_output_details()]
        while waiting:
            maker = makers.get(waiting.pop())
            if maker is None or maker["index"] in seen:
                continue
            seen.add(maker["index"])
            if maker["op_name"] != "DELEGATE":
                outside[maker["index"]] = maker["op_name"]
            waiting.extend(int(index) for index in maker["inputs"])
        return Delegation(len(taken), tuple(outside[index] for index in sorted(outside)))

    def _tap(self, names: tuple[str, ...]) -> None:
        # inside a delegate no tensor exists that is not an output
        try:
            data = with_outputs(self._data, names) if names else self._data
        except KeyError as error:
            raise ValueError(f"{self.path} holds no tensor {error}") from None
        self._interpreter = self._opened(data)
        self._tapped = names

    def _opened(self, data: bytes) -> Any:
        module = _module(self._package)
        kernels = module.OpResolverType
        chosen = kernels.AUTO if self._delegate == "xnnpack" else kernels.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        try:
            with _native_stderr_closed():
                interpreter = module.Interpreter(
                    model_content=data, num_threads=self._threads, experimental_op_resolver_type=chosen
                )
                interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(
                f"{self.path}: {self._package.distribution} refuses it: {error}",
                f"{read.REMEDY} fastscnn-doctor shows whether {self._package.distribution} works here.",
            ) from error
        return interpreter


@contextmanager
def _native_stderr_closed() -> Iterator[None]:
    """Runtimes announce their delegate on the process's stderr, past Python and past --quiet."""
    sys.stderr.flush()
    kept, nowhere = os.dup(STDERR), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    try:
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(nowhere)


def _map(tensor: Array) -> Array:
    """Without the batch; labels have no axis for channels in TFLite."""
    inner: Array = tensor[0]
    return inner if inner.ndim == 3 else inner[..., np.newaxis]


def _module(package: _Package) -> Any:
    try:
        return import_module(package.module)
    except ImportError as error:
        raise MissingPackageError(f"{package.distribution} is not installed.", package.remedy) from error
