"""onnx2tf: an ONNX file through TensorFlow."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.peers.contract import Kit, Peer

PEER = Peer(
    title="onnx2tf",
    suffix=".tflite",
    environment="onnx2tf",
    packages=("onnx2tf", "tensorflow"),
    takes="our float ONNX file",
    options="-oiqt with calibration data of its own, quant_type per-channel: its full_integer_quant file",
)


def write(kit: Kit, target: Path) -> None:
    import onnx2tf

    with tempfile.TemporaryDirectory() as folder:
        # it normalises what it calibrates on: (data / 255 - mean) / std, with mean and std per channel
        pictures, known = Path(folder) / "pictures.npy", kit.preprocessing
        np.save(pictures, np.stack([pixels / np.float32(255) for pixels in kit.pixels()]).astype(np.float32))
        mean, std = ([value / 255 for value in values] for values in (known.mean, known.std))
        onnx2tf.convert(
            input_onnx_file_path=str(kit.onnx),
            output_folder_path=folder,
            output_integer_quantized_tflite=True,
            quant_type="per-channel",
            custom_input_op_name_np_data_path=[["input", str(pictures), [[[mean]]], [[[std]]]]],
            non_verbose=True,
        )
        (made,) = Path(folder).glob("*_full_integer_quant.tflite")
        shutil.move(made, target)
