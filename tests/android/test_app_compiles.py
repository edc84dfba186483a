"""The application's Kotlin against the framework's API as Debian has it, and stubs of its libraries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from android_demo.stubs.framework import Framework, framework
from fastscnn.errors import BoardError
from tests.android import kotlin
from tests.android.app_project import PROJECT, SOURCES, STUBS, r_class
from tests.android.core import compiled_core

LOGIC = SOURCES / "mobile" / "fastscnn" / "app" / "logic"
TESTS = PROJECT / "app" / "src" / "test" / "kotlin"
WRONG = """\
import android.content.Context
import com.google.ai.edge.litert.CompiledModel

fun right(context: Context, name: String) = context.assets.openFd(name)

fun unknown(context: Context, name: String) = context.assets.openFileDescriptor(name)
fun nothing(context: Context) = context.assets.openFd(null)
fun mistaken(name: String) = CompiledModel.create(name.length)
"""
"""A right call, then: no such method, null where the API takes none, an argument of another type."""


@pytest.fixture(scope="module")
def core() -> Path:
    if reason := kotlin.missing():
        pytest.skip(reason)
    return compiled_core()


@pytest.fixture(scope="module")
def logic(core: Path) -> Path:
    return kotlin.compile("logic", [LOGIC], [core])


@pytest.mark.slow
def test_the_logic_needs_no_android_and_does_what_it_says(core: Path, logic: Path) -> None:
    if reason := kotlin.missing_junit():
        pytest.skip(reason)
    tests = kotlin.compile("logic-tests", [TESTS], [logic, core, *kotlin.JUNIT], java_8=False)
    done = kotlin.junit([tests, logic, core], kotlin.classes(tests, "Test"))
    assert done.returncode == 0, done.stdout
    ran = re.search(r"OK \((\d+) tests\)", done.stdout)
    assert ran
    assert int(ran[1]) == sum(path.read_text().count("@Test") for path in TESTS.rglob("*.kt"))


@pytest.fixture(scope="module")
def android() -> Framework:
    try:
        return framework(print)
    except BoardError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def libraries(android: Framework, core: Path) -> list[Path]:
    """Everything that the application is compiled against."""
    stubs = kotlin.compile("libraries", [STUBS / "libraries"], [android.stubs])
    return [core, android.stubs, stubs]


@pytest.fixture
def names() -> Path:
    """R, as Kotlin reads it from Java's source; where it stays, so that equal ones are compiled once."""
    path = kotlin.CACHE / "names" / "mobile" / "fastscnn" / "app" / "R.java"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(r_class())
    return path


@pytest.mark.slow
def test_the_application_compiles(libraries: list[Path], logic: Path, names: Path) -> None:
    screen = [path for path in SOURCES.rglob("*.kt") if LOGIC not in path.parents]
    jar = kotlin.compile("app", [*sorted(screen), names], [*libraries, logic])
    compiled = set(kotlin.classes(jar))
    assert {"mobile.fastscnn.app.MainActivity", "mobile.fastscnn.app.MainViewModel"} <= compiled


@pytest.mark.slow
def test_calls_that_android_does_not_have_do_not_compile(libraries: list[Path], tmp_path: Path) -> None:
    source = tmp_path / "Wrong.kt"
    source.write_text(WRONG)
    with pytest.raises(AssertionError) as refused:
        kotlin.compile("wrong", [source], libraries)
    errors = re.findall(r"Wrong\.kt:(\d+):\d+: error: (.*)", str(refused.value))
    assert [int(line) for line, _ in errors] == [6, 7, 8], errors
