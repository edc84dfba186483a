"""From the API's text to Java that compiles: what the application's checks stand on."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from android_demo.stubs import api_text, framework, java_source, missing
from android_demo.stubs.api_text import Declared, Type

TEXT = Path(__file__).with_name("small_api.txt").read_text()


@pytest.fixture
def classes() -> list[Declared]:
    return api_text.read(TEXT)


def test_classes_are_found_inside_each_other(classes: list[Declared]) -> None:
    assert [name for name, _ in api_text.everything(classes)] == [
        "android.app.Screen",
        "android.app.Screen.Mode",
        "android.app.Watcher",
        "android.app.Base",
        "android.app.Mark",
        "android.content.Context",
    ]


def test_members_are_read_with_their_types_and_what_may_be_null(classes: list[Declared]) -> None:
    created, names, first, seen, *fields = classes[0].members
    assert created.parameters == (Type("android.content.Context", False), Type("int"))
    assert names.returns == Type("java.util.List<java.lang.String>", False)
    assert names.parameters[1] == Type("String...", True)
    assert names.throws == "java.io.IOException"
    assert (first.generics, first.returns.nullable) == ("<T extends java.lang.Comparable<T>>", True)
    assert first.modifiers == ("protected", "static")
    assert seen.name == "seen"
    assert [field.value for field in fields] == ['"a = \\"b\\"; c"', "3", None]


def test_a_line_that_is_not_understood_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 is not understood"):
        api_text.read("package a {\n  what is this;\n}\n")


def test_what_other_modules_declare_is_made_up_empty(classes: list[Declared]) -> None:
    made_up = missing.Missing(classes).classes()
    assert [name for name, _ in api_text.everything(made_up)] == [
        "android.elsewhere.Thing",
        "android.elsewhere.Other",
    ]
    assert made_up[0].generics == "<T0>"
    assert made_up[0].members == []


def test_methods_throw_and_constants_keep_their_values(classes: list[Declared]) -> None:
    text = java_source.source(classes[0])
    assert "throw new RuntimeException();" in text
    assert "public static final int SIZE = 3;" in text
    assert "@android.annotation.Nullable String... p1" in text


@pytest.mark.slow
def test_the_java_compiles(tmp_path: Path) -> None:
    if not shutil.which("javac"):
        pytest.skip("no javac here")
    jar = tmp_path / "android.jar"
    framework.compile_stubs(TEXT, tmp_path, jar)
    assert "android/app/Screen$Mode.class" in zipfile.ZipFile(jar).namelist()
    told = subprocess.run(
        ["javap", "-cp", str(jar), "-constants", "android.app.Screen"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "public static final int SIZE = 3;" in told
    assert (
        "java.util.List<java.lang.String> names(int, java.lang.String...) throws java.io.IOException;" in told
    )
