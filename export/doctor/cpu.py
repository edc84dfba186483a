"""What this CPU does with int8, and what that means for figures that are measured here."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib import resources
from typing import Any

from export import machine
from export.doctor.finding import Finding

CHECK = "cpu"


def findings() -> Iterator[Finding]:
    flags = machine.features()
    family = _family(platform.machine())
    if flags is None or family is None:
        message = "this system does not say what its CPU can do; int8 figures of it cannot be explained."
        yield Finding(CHECK, machine.model(), "note", message)
        return
    for name, known_as in family["features"].items():
        yield Finding(CHECK, name, "ok", "present" if flags & set(known_as) else "absent")
    meaning = next(one for one in family["meanings"] if not one["any"] or flags & set(one["any"]))
    yield Finding(CHECK, machine.model(), meaning["state"], meaning["message"])


def _family(architecture: str) -> dict[str, Any] | None:
    families = json.loads(resources.files("export.doctor").joinpath("cpu.json").read_text())["families"]
    return next((family for family in families if architecture in family["machines"]), None)
