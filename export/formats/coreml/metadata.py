"""What a Core ML model says of itself: ModelInfo, the segmenter's preview, and where nodes are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastscnn import __version__
from fastscnn.info import ModelInfo

INFO = "fastscnn.info"
VERSION = "fastscnn.version"
NODES = "fastscnn.nodes"
"""JSON: of each node of the Graph, the MIL tensors it became; the last is its result."""
PREVIEW_TYPE = "com.apple.coreml.model.preview.type"
PREVIEW_PARAMETERS = "com.apple.coreml.model.preview.params"


def user_metadata(info: ModelInfo, nodes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """User-defined metadata; Xcode reads the preview's two."""
    preview = {
        "labels": list(info.classes),
        "colors": ["#{:02x}{:02x}{:02x}".format(*color) for color in info.colors],
    }
    return {
        INFO: info.to_json(),
        VERSION: __version__,
        NODES: _json({name: list(tensors) for name, tensors in nodes.items()}),
        PREVIEW_TYPE: "imageSegmenter",
        PREVIEW_PARAMETERS: _json(preview),
    }


def description(info: ModelInfo) -> str:
    trained = "" if info.trained else ", untrained: its labels mean nothing"
    return f"Fast-SCNN ({info.layout}{trained}): semantic segmentation into {len(info.classes)} classes"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
