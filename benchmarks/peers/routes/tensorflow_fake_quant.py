"""TensorFlow's converter on a network with fake quantizations, which hold the scales that we decided."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.networks import in_tensorflow
from fastscnn.graph import file

PEER = Peer(
    title="TensorFlow's converter, fake-quantized with our scales",
    suffix=".tflite",
    environment="tensorflow",
    packages=("tensorflow-cpu",),
    takes="a tf.function ported from our quantized Graph, RGB bytes in",
    options="Optimize.DEFAULT over fake_quant_with_min_max_args, uint8 in, int8 out",
    pixels=True,
)


def write(kit: Kit, target: Path) -> None:
    import tensorflow as tf

    concrete = in_tensorflow.function(file.load(kit.integers).graph, kit.size)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type, converter.inference_output_type = tf.uint8, tf.int8
    target.write_bytes(converter.convert())
