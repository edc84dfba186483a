"""The ARM cores that are emulated, and what each says of itself in /proc/cpuinfo."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.arm.architectures import ARM64, ARMHF, Architecture

_ARMV8 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid"
_ARMV7 = "half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm"


@dataclass(frozen=True)
class Core:
    """`emulation` is qemu's name for it; by `part`, the number of its design, runtimes choose kernels."""

    name: str
    title: str
    emulation: str
    part: int
    features: str
    architecture: Architecture = ARM64

    def cpuinfo(self, count: int) -> str:
        """The kernel's table. Without it runtimes read the host's, and some crash: it names no ARM core."""
        return "".join(
            f"processor\t: {index}\n"
            "BogoMIPS\t: 48.00\n"
            f"Features\t: {self.features}\n"
            "CPU implementer\t: 0x41\n"
            f"CPU architecture: {8 if self.architecture is ARM64 else 7}\n"
            "CPU variant\t: 0x0\n"
            f"CPU part\t: 0x{self.part:03x}\n"
            "CPU revision\t: 4\n\n"
            for index in range(count)
        )


CORES = {
    core.name: core
    for core in (
        Core("cortex-a53", "Cortex-A53", "cortex-a53", 0xD03, _ARMV8),
        Core("armv8", "another Armv8.0", "cortex-a53", 0xFFF, _ARMV8),
        Core("cortex-a72", "Cortex-A72", "cortex-a72", 0xD08, _ARMV8),
        Core(
            "cortex-a76",
            "Cortex-A76",
            "cortex-a76",
            0xD0B,
            f"{_ARMV8} atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp ssbs",
        ),
        Core("cortex-a7", "Cortex-A7 (32-bit)", "cortex-a7", 0xC07, _ARMV7, ARMHF),
    )
}
"""`armv8` computes as a Cortex-A53 does, but no runtime knows its design: its kernels are the common ones."""
