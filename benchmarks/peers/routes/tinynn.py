"""TinyNN: PyTorch's eager quantization, and a converter of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.networks import in_torch

PEER = Peer(
    title="TinyNN",
    suffix=".tflite",
    environment="tinynn",
    packages=("tinyneuralnetwork", "torch"),
    clone="TINYNN",
    takes="the PyTorch network",
    options="PostQuantizer, asymmetric, per channel, then TFLiteConverter with quantize_target_type int8",
)


def write(kit: Kit, target: Path) -> None:
    import torch
    from tinynn.converter import TFLiteConverter
    from tinynn.graph.quantization.quantizer import PostQuantizer

    network, example = in_torch.network(), torch.zeros(1, 3, *kit.size)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        quantizer = PostQuantizer(
            network, example, work_dir=folder, config={"asymmetric": True, "per_tensor": False}
        )
        prepared = quantizer.quantize()
        prepared.apply(torch.ao.quantization.disable_fake_quant)
        prepared.apply(torch.ao.quantization.enable_observer)
        for tensor in kit.planar():
            prepared(torch.from_numpy(tensor))
        quantized = quantizer.convert(prepared).eval()
        torch.backends.quantized.engine = quantizer.backend
        TFLiteConverter(
            quantized, example, tflite_path=str(target), quantize_target_type="int8", fuse_quant_dequant=True
        ).convert()
