"""The network that a manifest's entry says it was made from, where it is at hand: by digest, not by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from export import source
from export.bundle import digest
from export.request import Request, is_quantized
from export.source import Source
from fastscnn.console import Console
from fastscnn.data.limits import Limits
from fastscnn.errors import InputError
from fastscnn.graph import file
from fastscnn.options import size_of


class AbsentError(InputError):
    """The network of an entry is not at hand; the message says which one it is."""

    kind = "absent"


@dataclass
class Sources:
    """What the user has beside the folder, and the embedded network."""

    checkpoint: Path | None
    data: Path | None
    classes: Path | None
    console: Console
    _loaded: dict[str, Source] = field(default_factory=dict)

    def find(self, entry: Mapping[str, Any]) -> tuple[Request, Source]:
        """The request that gave an entry's file, and the network; AbsentError where it is not at hand."""
        request = self._request(entry)
        key = repr(replace(request, formats=()))
        if key not in self._loaded:
            self._loaded[key] = source.load(request, self.console)
        network = self._loaded[key]
        known = entry.get("graph_sha256")
        if known is not None and file.digest(network.graph, network.info) != known:
            raise AbsentError(
                "its integers came from another calibration: these pictures, versions or CPU give others"
                if entry["precision"] == "int8"
                else "the same checkpoint gives other numbers with these options or this version"
            )
        return request, network

    def _request(self, entry: Mapping[str, Any]) -> Request:
        wanted, precision = entry["checkpoint_sha256"], entry["precision"]
        for checkpoint in (self.checkpoint, None) if self.checkpoint is not None else (None,):
            request = requested(entry, checkpoint, self.data, self.classes)
            if checkpoint is not None and is_quantized(checkpoint):
                # says its classes itself, and needs no pictures to calibrate on
                request = replace(request, classes=None)
            if wanted == _digest(checkpoint, quantized=False):
                calibrates = precision == "int8" and not request.takes_quantized
                if calibrates and self.data is None:
                    raise AbsentError(
                        "its integers were decided in that export: --data with the same pictures decides"
                        " them again"
                    )
                return request
            if precision == "int8" and checkpoint is None and wanted == _digest(None, quantized=True):
                return replace(request, data=None)
        raise AbsentError(f"the network of sha256 {wanted} is not at hand: give it as CHECKPOINT")


def requested(
    entry: Mapping[str, Any], checkpoint: Path | None, data: Path | None, classes: Path | None
) -> Request:
    """An entry's options as they were given."""
    options = entry["options"]
    limits = Limits(**options["limits"]) if "limits" in options else Limits()
    return Request(
        formats=(entry["format"],),
        checkpoint=checkpoint,
        size=size_of(options["size"]),
        precision=options["precision"],
        input=options["input"],
        output=options["output"],
        stride=options["stride"],
        float_output=options["float_output"],
        onnx_activations=options["onnx_activations"],
        coreml_weights_only=options["coreml_weights_only"],
        plain=options["plain"],
        data=data,
        limits=limits,
        layout=options["layout"],
        variant=options["variant"],
        classes=classes,
    )


def _digest(checkpoint: Path | None, *, quantized: bool) -> str:
    if checkpoint is not None:
        return digest(checkpoint)
    embedded = source.embedded_quantized()
    return digest(embedded if quantized else embedded.with_name("camvid.safetensors"))
