"""TensorFlow's converter with post-training quantization, "integer only"."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.networks import in_tensorflow
from fastscnn.graph import file

PEER = Peer(
    title="TensorFlow's converter, PTQ",
    suffix=".tflite",
    environment="tensorflow",
    packages=("tensorflow-cpu",),
    takes="a tf.function ported from the Graph, batch norms folded",
    options="Optimize.DEFAULT, representative_dataset, TFLITE_BUILTINS_INT8, int8 in and out",
)


def write(kit: Kit, target: Path) -> None:
    import tensorflow as tf

    concrete = in_tensorflow.function(file.load(kit.graph).graph, kit.size)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([tensor] for tensor in kit.tensors())
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    target.write_bytes(converter.convert())
