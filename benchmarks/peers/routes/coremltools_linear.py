"""coremltools' own route: its LinearQuantizer on the PyTorch network, then its converter."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Facts, Kit, Peer
from benchmarks.peers.networks import in_torch
from benchmarks.peers.networks.of_packages import counted

PEER = Peer(
    title="coremltools, LinearQuantizer",
    suffix=".mlpackage",
    environment="coremltools",
    packages=("coremltools", "torch"),
    takes="the PyTorch network",
    options="symmetric, weights per channel, activations quint8, calibrated without training, for iOS 17",
)


def write(kit: Kit, target: Path) -> Facts:
    import coremltools as ct
    import torch
    from coremltools.optimize.torch.quantization import LinearQuantizer, LinearQuantizerConfig

    example = torch.zeros(1, 3, *kit.size)
    config = LinearQuantizerConfig.from_dict({"global_config": {"quantization_scheme": "symmetric"}})
    quantizer = LinearQuantizer(in_torch.network(), config)
    # no training: its batch norms keep what they know
    prepared = quantizer.prepare(example_inputs=(example,)).eval()
    prepared.apply(torch.ao.quantization.disable_fake_quant)
    prepared.apply(torch.ao.quantization.enable_observer)
    with torch.no_grad():
        for tensor in kit.planar():
            prepared(torch.from_numpy(tensor))
    quantized = quantizer.finalize()
    traced = torch.jit.trace(quantized, example)  # type: ignore[no-untyped-call]
    package = ct.convert(
        traced,
        inputs=[ct.TensorType(name="input", shape=example.shape)],
        minimum_deployment_target=ct.target.iOS17,
    )
    package.save(str(target))
    return counted(package)
