"""A report as report.json has it, small, for tests that change a fact of it."""

from __future__ import annotations

import copy
from typing import Any

PARITY: dict[str, Any] = {
    "verdict": "passed",
    "against": "the integer oracle, layer by layer",
    "limit": 1,
    "max_difference": 1.0,
    "differing_share": 0.0002,
    "label_agreement": 0.9941,
    "label_agreement_against": "PyTorch, float32",
    "layers": [
        {
            "layer": "conv",
            "operator": "conv",
            "values": 1000,
            "differing": 0,
            "greatest": 0.0,
            "unit": "steps",
        },
        {
            "layer": "grow",
            "operator": "resize",
            "values": 1000,
            "differing": 40,
            "greatest": 1.0,
            "unit": "steps",
        },
        {"layer": "sum", "operator": "add", "values": 1000, "differing": 1, "greatest": 1.0, "unit": "steps"},
    ],
    "worst_layers": ["grow", "sum"],
    "runtimes": [
        {
            "runtime": "ai-edge-litert 2.3.0, XNNPACK, 2 threads",
            "gate": True,
            "verdict": "passed",
            "pictures": [
                {"picture": "a.jpg", "label_agreement_oracle": 1.0, "label_agreement_float": 0.9941},
                {"picture": "b.jpg", "label_agreement_oracle": 1.0, "label_agreement_float": 0.9999},
            ],
        }
    ],
}
ARTIFACT: dict[str, Any] = {
    "file": "net_32x64_int8.tflite",
    "format": "tflite",
    "precision": "int8",
    "sha256": "0" * 64,
    "bytes": 1_337_477,
    "input": {
        "name": "image",
        "shape": [1, 32, 64, 3],
        "dtype": "uint8",
        "layout": "NHWC",
        "scale": 1.0,
        "zero_point": 0,
    },
    "output": {
        "name": "logits",
        "shape": [1, 32, 64, 3],
        "dtype": "int8",
        "layout": "NHWC",
        "scale": 0.05,
        "zero_point": -3,
    },
    "operators": {"ADD": 1, "CONV_2D": 2},
    "held": {"convolutions": 2, "int8_convolutions": 2, "int8_tensors": 4, "float_layers": []},
    "cost": {"macs": 1_738_000_000, "parameters": 1_111_000, "peak_bytes": 4_300_000, "peak_at": "grow"},
    "parity": PARITY,
}
REPORT: dict[str, Any] = {
    "schema": 1,
    "out": "out",
    "dry_run": False,
    "model": {
        "checkpoint": "net.pth",
        "sha256": "1" * 64,
        "layout": "tramac",
        "variant": {"first_padding": "0"},
        "classes": ["sky", "road", "car"],
        "colors": [[70, 130, 180], [128, 64, 128], [0, 0, 142]],
        "preprocessing": {"order": "rgb", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
        "align_corners": True,
        "trained": True,
        "assumptions": ["The layout is tramac (Tramac/Fast-SCNN-pytorch), by its keys."],
        "warnings": [],
        "notes": {"licence": "MIT"},
        "quantization": None,
    },
    "artifacts": [ARTIFACT],
    "options": {
        "size": "32x64",
        "precision": "int8",
        "input": "image",
        "output": "logits",
        "stride": 1,
        "float_output": False,
        "layout": None,
        "variant": {},
    },
    "timings": {},
    "versions": {"fastscnn-mobile": "0.1.0", "python": "3.11.7"},
}


def report() -> dict[str, Any]:
    """One's own copy."""
    return copy.deepcopy(REPORT)
