"""android_demo/core, compiled."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.android import kotlin

FOLDER = kotlin.ROOT / "android_demo" / "core"
RESOURCES = FOLDER / "src" / "test" / "resources"


@cache
def compiled_core() -> Path:
    return kotlin.compile("core", [FOLDER / "src" / "main" / "kotlin"])


@cache
def compiled_tests() -> Path:
    """Its tests; they may use its internals, JUnit and all of the JDK."""
    sources = [FOLDER / "src" / "test" / "kotlin"]
    return kotlin.compile("core-tests", sources, kotlin.JUNIT, friends=[compiled_core()], java_8=False)
