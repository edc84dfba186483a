"""Which runtimes can be checked here: each opens and computes a network of one layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from export.doctor.child import Answer
from export.doctor.finding import Finding, State
from export.formats import FORMATS, Format

CHECK = "runtimes"
FLOAT_LIMIT = 1e-5
"""Of the range: the limit that float artifacts are held to."""
MOST_STEPS = 1
"""Of the integers."""
MACOS = "Apple's runtime"


def questions() -> list[tuple[str, ...]]:
    return [
        ("runtime", format.name, str(number))
        for format in FORMATS.values()
        for number in range(len(format.gates) + len(format.reported))
    ]


def findings(answers: Mapping[tuple[str, ...], Answer], needed: Sequence[str]) -> Iterator[Finding]:
    for question in questions():
        format, number = FORMATS[question[1]], int(question[2])
        gates = number < len(format.gates)
        yield _judged(format, number, gates and is_needed(format, needed), answers[question])
        evaluated = "not Apple" in str(answers[question].value)
        if evaluated:
            yield Finding(
                CHECK,
                MACOS,
                "note",
                "Core ML's predict runs on macOS alone: here packages are evaluated by our reading of MIL.",
                "on a Mac: fastscnn-export --verify DIR",
            )


def is_needed(format: Format, needed: Sequence[str]) -> bool:
    """Whether the package without extras brings it, or the user asked for it."""
    return format.name in needed or not any("[" in target for target in format.packages.values())


def _judged(format: Format, number: int, needed: bool, answer: Answer) -> Finding:
    options = (*format.gates, *format.reported)[number]
    name = " ".join([format.name, *(f"{key}={value}" for key, value in options.items())])
    trouble: State = "broken" if needed else "warning"
    again = " ".join(f"'{target}'" for target in dict.fromkeys(format.packages.values()))
    if not answer.good:
        remedy = f"pip install --force-reinstall {again}"
        return Finding(CHECK, name, trouble, f"does not work here: {answer.error}", remedy)
    found: Mapping[str, Any] = answer.value
    if "missing" in found:
        state: State = "broken" if needed else "missing"
        return Finding(CHECK, name, state, found["missing"], found["remedy"].partition(" (")[0])
    runtime, floats, integers = found["runtime"], found["float"], found["int8"]
    if floats["greatest"] > FLOAT_LIMIT:
        message = f"computes one convolution wrong, by {floats['greatest']:.1e} of its range."
        return Finding(CHECK, runtime, trouble, message, f"pip install --force-reinstall {again}")
    if integers["greatest"] > MOST_STEPS:
        return _saturating(runtime, integers, trouble if number == 0 else "warning")
    off = f"{integers['differing']} of {integers['values']} a step off" if integers["differing"] else "exact"
    return Finding(CHECK, runtime, "ok", f"opens and computes a small network (int8: {off})")


def _saturating(runtime: str, integers: Mapping[str, Any], state: State) -> Finding:
    return Finding(
        CHECK,
        runtime,
        state,
        f"its int8 kernels saturate on this CPU: on a network of large sums {integers['differing']} of"
        f" {integers['values']} values are off, by up to {integers['greatest']:.0f} steps of 255. Files are"
        " right, and run right without optimisation and on phones.",
        "fastscnn-quantize --reduce-range makes weights of 7 bits, which do not saturate",
    )
