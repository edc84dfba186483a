"""onnxruntime, imported so that it stays on this machine."""

from __future__ import annotations

import os

# its wheels for Linux would write a device's id into the user's cache, and report what they run
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["onnxruntime"]
