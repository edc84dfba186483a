"""onnx2tf: an ONNX file through TensorFlow."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.peers.contract import Array, Kit, Peer

PEER = Peer(
    title="onnx2tf",
    suffix=".tflite",
    environment="onnx2tf",
    packages=("onnx2tf", "tensorflow"),
    takes="our float ONNX file, and our pictures instead of the samples that it fetches",
    options="-oiqt with calibration data of its own, quant_type per-channel: its full_integer_quant file",
)


SAMPLES = "calibration_image_sample_data_20x128x128x3_float32.npy"
"""What it checks its layers on: fetched from the web where the working folder does not hold it."""


def samples(kit: Kit) -> Array:
    """Twenty of our own pictures in its place, every so many pixels of them."""
    rows, columns = (np.arange(128) * length // 128 for length in kit.size)
    shown = [np.asarray(pixels)[rows][:, columns] for pixels in kit.pixels()]
    return np.stack([shown[number % len(shown)] for number in range(20)]).astype(np.float32) / 255


def write(kit: Kit, target: Path) -> None:
    import onnx2tf

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        np.save(SAMPLES, samples(kit))
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
