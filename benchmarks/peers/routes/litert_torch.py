"""litert-torch with PT2E quantization."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.networks import in_torch

PEER = Peer(
    title="litert-torch, PT2E",
    suffix=".tflite",
    environment="litert_torch",
    packages=("litert-torch", "torch", "torchao"),
    takes="the PyTorch network",
    options="to_channel_last_io, PT2EQuantizer with get_symmetric_quantization_config(is_per_channel=True),"
    " convert",
)


def write(kit: Kit, target: Path) -> None:
    import litert_torch
    import torch
    from litert_torch.quantize.pt2e_quantizer import PT2EQuantizer, get_symmetric_quantization_config
    from litert_torch.quantize.quant_config import QuantConfig
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    example = (torch.zeros(1, *kit.size, 3),)
    network = litert_torch.to_channel_last_io(in_torch.network(), args=[0], outputs=[0])
    quantizer = PT2EQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    exported = torch.export.export(network, example).module()
    prepared = prepare_pt2e(exported, quantizer)
    with torch.no_grad():
        for tensor in kit.tensors():
            prepared(torch.from_numpy(tensor))
    quantized = convert_pt2e(prepared, fold_quantize=False)
    own = litert_torch.convert(quantized, example, quant_config=QuantConfig(pt2e_quantizer=quantizer))
    own.export(str(target))
