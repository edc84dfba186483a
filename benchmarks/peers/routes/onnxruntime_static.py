"""ONNX Runtime's own quantizer: QDQ, u8 activations, s8 weights per channel."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.peers.contract import Kit, Peer

PEER = Peer(
    title="ONNX Runtime, quantize_static",
    suffix=".onnx",
    environment="onnxruntime",
    packages=("onnxruntime", "onnx"),
    takes="our float ONNX file",
    options="quant_pre_process, then QDQ with activations QUInt8, weights QInt8 per channel, MinMax",
)


class Pictures:
    """A CalibrationDataReader."""

    def __init__(self, kit: Kit) -> None:
        self._tensors = kit.planar()

    def get_next(self) -> dict[str, Any] | None:
        tensor = next(self._tensors, None)
        return None if tensor is None else {"input": tensor}


def write(kit: Kit, target: Path) -> None:
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
        shape_inference,
    )

    CalibrationDataReader.register(Pictures)
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        shape_inference.quant_pre_process(str(kit.onnx), str(prepared))
        quantize_static(
            str(prepared),
            str(target),
            Pictures(kit),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
