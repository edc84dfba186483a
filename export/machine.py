"""What this machine's CPU is, as far as it matters for the speed and the arithmetic of int8."""

from __future__ import annotations

import platform
from pathlib import Path

FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")


def cpu() -> str:
    """The model and the features that matter, where the system tells."""
    try:
        fields = dict(
            line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line
        )
    except OSError:
        return platform.machine()
    values = {key.strip(): value.strip() for key, value in fields.items()}
    flags = set(values.get("flags", values.get("Features", "")).split())
    present = [feature for feature in FEATURES if feature in flags]
    return f"{values.get('model name', platform.machine())} ({', '.join(present) or 'no SIMD of note'})"
