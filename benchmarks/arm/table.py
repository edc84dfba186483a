"""What was found on ARM cores, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.arm.architectures import ARM64, ARMHF, SUITE
from benchmarks.arm.proof import FLOAT_LIMIT, ROUNDED_LIMIT, Finding

HEAD = f"""# On ARM, emulated

Written by `make arm`. The cores are emulated: qemu-user over packages of Debian {SUITE}, unpacked into
`build/arm`. Outputs and numbers of instructions are right there, times are not. Each core's Python is a
command:

```
build/arm/cortex-a76/python3 benchmarks/latency.py net.tflite
```

Runtimes: {", ".join(pinned.replace("==", " ") for pinned in ARM64.runtimes)}; on 32 bits
{", ".join(pinned.replace("==", " ") for pinned in ARMHF.runtimes)}, the one that has a wheel there.
"""
COUNTS = """## Instructions per inference

In millions, one thread, without start-up: counted by a plugin of the emulator from the beginning to the end
of one call of the runtime (`benchmarks/arm/counter.c`).
"""
CHOICE = """Runtimes choose kernels by the core's design, which they read from `/proc/cpuinfo`. For the
Cortex-A53 they have some of their own, made for its pipeline, with more instructions. On a core that computes
the same and that they do not know ("another Armv8.0") they take the common ones. Only the Cortex-A76 has int8
dot products (`sdot`), and there int8 saves most.
"""
OUTPUTS = f"""## Outputs, compared with x86

The same picture, Python, numpy and runtime on both sides. Demanded:

- of int8 files in ai-edge-litert: every bit;
- of float files: {FLOAT_LIMIT:.0e} of the outputs' range;
- of int8 files in onnxruntime: {ROUNDED_LIMIT} steps, with its optimisation off on both sides. It then
  computes convolutions in float and rounds them: two CPUs that add in another order round a value on the edge
  to neighbouring integers. (Optimised, its kernels for x86 CPUs without VNNI saturate, and no ARM core's do.)
- of int8 files in tflite-runtime: {ROUNDED_LIMIT} steps. Its own kernels round halves otherwise on ARM.
"""


def page(findings: Sequence[Finding]) -> str:
    counts = _table(findings, lambda found: _millions(found.instructions))
    outputs = _table(findings, lambda found: f"{found.difference}{'' if found.holds else ' **(too much)**'}")
    return "\n".join([HEAD, COUNTS, counts, "", CHOICE, OUTPUTS, outputs]) + "\n"


def _table(findings: Sequence[Finding], cell: Callable[[Finding], str]) -> str:
    """A row an artifact and runtime, a column a core."""
    cores = list(dict.fromkeys(found.core for found in findings))
    rows = list(dict.fromkeys((found.job.artifact.name, found.job.runtime) for found in findings))
    cells = {(found.job.artifact.name, found.job.runtime, found.core): cell(found) for found in findings}
    lines = [f"| file | runtime | {' | '.join(cores)} |", f"|---|---|{'---|' * len(cores)}"]
    for name, runtime in rows:
        values = (cells.get((name, runtime, core), "") for core in cores)
        lines.append(f"| {name} | {runtime} | {' | '.join(values)} |")
    return "\n".join(lines)


def _millions(instructions: int | None) -> str:
    return "" if instructions is None else f"{instructions / 1e6:.1f}"
