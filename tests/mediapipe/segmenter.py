"""Runs in .venv-mediapipe: opens a file with ImageSegmenter as any client does, and prints what it found.

usage: python segmenter.py MODEL.tflite PIXELS.npy RESULTS.npz
"""

import json
import sys

import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from mediapipe.tasks.python.metadata.metadata import MetadataDisplayer


def main(model: str, pixels: str, results: str) -> None:
    options = vision.ImageSegmenterOptions(
        base_options=BaseOptions(model_asset_path=model),
        output_category_mask=True,
        output_confidence_masks=True,
    )
    picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.load(pixels))
    with vision.ImageSegmenter.create_from_options(options) as segmenter:
        found = segmenter.segment(picture)
        labels = list(segmenter.labels)
    np.savez(
        results,
        categories=found.category_mask.numpy_view(),
        confidences=np.stack([mask.numpy_view() for mask in found.confidence_masks]),
    )
    with open(model, "rb") as file:  # noqa: PTH123 - this file is a client, not ours
        displayer = MetadataDisplayer.with_model_buffer(bytearray(file.read()))
    print(
        json.dumps(
            {
                "labels": labels,
                "metadata": json.loads(displayer.get_metadata_json()),
                "files": displayer.get_packed_associated_file_list(),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
