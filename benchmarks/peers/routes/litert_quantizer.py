"""AI Edge Quantizer, which is called LiteRT Quantizer now: a float .tflite in, an int8 one out."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer

PEER = Peer(
    title="AI Edge Quantizer (now LiteRT Quantizer)",
    suffix=".tflite",
    environment="litert_quantizer",
    packages=("litert-quantizer",),
    takes="our float TFLite file",
    options="recipe static_wi8_ai8",
)


def write(kit: Kit, target: Path) -> None:
    from litert_quantizer import quantizer, recipe

    own = quantizer.Quantizer(str(kit.tflite))
    own.load_quantization_recipe(recipe.static_wi8_ai8())
    seen = own.calibrate({"serving_default": [{"input": tensor} for tensor in kit.tensors()]})
    own.quantize(seen).export_model(str(target))
