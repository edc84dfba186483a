"""What runs on each kind of machine: Debian's packages, and the pinned runtimes' wheels."""

from __future__ import annotations

from dataclasses import dataclass

SUITE = "bookworm"
"""Its Python is 3.11, which tflite-runtime needs; counter.c is written for its qemu, 7.2."""
PYTHON = "3.11"
PACKAGES = ("python3-numpy", "libstdc++6")

LITERT, ONNXRUNTIME, TFLITE_RUNTIME = "ai-edge-litert==2.1.6", "onnxruntime==1.32.0", "tflite-runtime==2.14.0"


@dataclass(frozen=True)
class Architecture:
    """A processor's family, by Debian's name for it."""

    name: str
    libraries: str
    """The folder of its libraries in lib and usr/lib."""
    wheels: tuple[str, ...]
    """Platforms of the wheels that run there, in pip's words."""
    runtimes: tuple[str, ...] = (LITERT, ONNXRUNTIME, TFLITE_RUNTIME)
    emulator: str | None = None
    """qemu's command for it; none where it is this machine's own."""
    packages: tuple[str, ...] = PACKAGES


def _manylinux(machine: str) -> tuple[str, ...]:
    return (f"manylinux2014_{machine}", *(f"manylinux_2_{minor}_{machine}" for minor in (17, 27, 28, 34)))


AMD64 = Architecture("amd64", "x86_64-linux-gnu", _manylinux("x86_64"), packages=(*PACKAGES, "qemu-user"))
ARM64 = Architecture("arm64", "aarch64-linux-gnu", _manylinux("aarch64"), emulator="qemu-aarch64")
ARMHF = Architecture(
    "armhf",
    "arm-linux-gnueabihf",
    _manylinux("armv7l"),
    runtimes=(TFLITE_RUNTIME,),  # the others have no wheels for 32 bits
    emulator="qemu-arm",
)
