"""coremltools, imported in silence and without the frameworks that it would pull in."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FRAMEWORKS = ("tensorflow", "torch", "torchvision", "torchaudio", "torchao", "sklearn", "xgboost")
"""coremltools imports every framework it finds, to convert from it: 10 seconds, and none serves us."""


@contextmanager
def _quiet(logger: str) -> Iterator[None]:
    log = logging.getLogger(logger)
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


@contextmanager
def _hidden(names: tuple[str, ...]) -> Iterator[None]:
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    # None in sys.modules is Python's way to say "cannot be imported"
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)


if "coremltools" not in sys.modules:
    with _quiet("coremltools"), _hidden(FRAMEWORKS):
        import coremltools

import coremltools  # noqa: E402
from coremltools.converters.mil.backend.mil.load import load as to_protobuf  # noqa: E402
from coremltools.converters.mil.mil import Builder, Function, Program, types  # noqa: E402
from coremltools.proto import FeatureTypes_pb2, MIL_pb2, Model_pb2  # noqa: E402

__all__ = [
    "Builder",
    "FeatureTypes_pb2",
    "Function",
    "MIL_pb2",
    "Model_pb2",
    "Program",
    "coremltools",
    "to_protobuf",
    "types",
]
