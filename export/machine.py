"""What this machine's CPU is, as far as it matters for the speed and the arithmetic of int8."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""By Linux's names."""
APPLE = {
    "hw.optional.avx2_0": "avx2",
    "hw.optional.avx512vnni": "avx512_vnni",
    "hw.optional.arm.FEAT_DotProd": "asimddp",
    "hw.optional.arm.FEAT_I8MM": "i8mm",
}
"""What macOS calls them."""


def cpu() -> str:
    """The model and the features that matter, where the system tells."""
    found = features()
    if found is None:
        return model()
    present = [feature for feature in FEATURES if feature in found]
    return f"{model()} ({', '.join(present) or 'no SIMD of note'})"


def model() -> str:
    """What the CPU calls itself, else its architecture."""
    return _linux().get("model name") or platform.machine()


def features() -> frozenset[str] | None:
    """All that the system says the CPU can do, by Linux's names; None where it does not say."""
    if sys.platform == "darwin":
        return _apple()
    said = _linux()
    flags = said.get("flags", said.get("Features"))
    return None if flags is None else frozenset(flags.split())


def _linux() -> dict[str, str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _apple() -> frozenset[str] | None:
    try:
        asked = subprocess.run(
            ["sysctl", "hw.optional"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    pairs = (line.split(":", 1) for line in asked.stdout.splitlines() if ":" in line)
    return frozenset(APPLE[key] for key, value in pairs if key in APPLE and value.strip() == "1")
