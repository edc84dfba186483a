"""The Kotlin compiler and the JVM, where they are: `compile(...)` gives a jar, `java(...)` runs one.

The compiler is the one inside the PyPI package kotlin-jupyter-kernel; `make android-kotlin` puts it into
build/kotlin. Everything is compiled for Java 8, against Java 8's own library: what Android's minSdk 24 has.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPILER = ROOT / "build" / "kotlin"
CACHE = ROOT / "build" / "android"
MAIN = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"
WITH_COMPILER = "kotlin-jupyter-kernel"
LANGUAGE = "2.3"
"""Of the plugin in android_demo/gradle/libs.versions.toml; the compiler here may be newer."""
JVM_TARGET = "1.8"
QUICK = ("-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""A JVM that lives for seconds has no time to optimise itself."""
JUNIT = [Path("/usr/share/java/junit4.jar"), Path("/usr/share/java/hamcrest-core.jar")]
"""Of Debian's package junit4."""


def missing() -> str:
    """Why no Kotlin can be compiled and run here; empty where it can."""
    if not shutil.which("java"):
        return "no java: apt-get install openjdk-17-jdk-headless"
    if not _compiler_jars():
        return "no Kotlin compiler in build/kotlin: make android-kotlin"
    return ""


def missing_junit() -> str:
    """Why no JUnit tests can be run here; empty where they can."""
    absent = [path.name for path in JUNIT if not path.exists()]
    return missing() or (f"no {absent[0]}: apt-get install junit4" if absent else "")


def compile(
    name: str,
    sources: Sequence[Path],
    classpath: Sequence[Path] = (),
    *,
    friends: Sequence[Path] = (),
    java_8: bool = True,
) -> Path:
    """A jar of Kotlin sources (files or folders); compiled again only where something in them changed.

    `friends` are jars whose internals the sources may use. Warnings are errors. `java_8` False: the library
    of the JDK that is here, for tests and benchmarks. AssertionError with the compiler's words on refusal.
    """
    files = _files(sources)
    options = [
        "-language-version",
        LANGUAGE,
        "-api-version",
        LANGUAGE,
        "-jvm-target",
        JVM_TARGET,
        *(["-Xjdk-release=" + JVM_TARGET] if java_8 else []),
        "-no-stdlib",
        "-no-reflect",
        "-Werror",
        "-module-name",
        name,
        *([f"-Xfriend-paths={_joined(friends, ',')}"] if friends else []),
        "-classpath",
        _joined([*stdlib(), *friends, *classpath]),
    ]
    jar = CACHE / f"{name}-{_digest(files, [*friends, *classpath], options)}.jar"
    if jar.exists():
        return jar
    jar.parent.mkdir(parents=True, exist_ok=True)
    for old in jar.parent.glob(f"{name}-????????????????.jar"):
        old.unlink()
    unfinished = jar.with_suffix(f".{os.getpid()}.jar")
    words = ["java", *QUICK, "-cp", _joined(_compiler_jars()), MAIN]
    done = subprocess.run(
        [*words, *options, "-d", str(unfinished), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    unfinished.replace(jar)
    return jar


def java(
    classpath: Sequence[Path], main: str, *arguments: str, options: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """A class's main, with Kotlin's library beside the jars."""
    words = ["java", *options, "-cp", _joined([*classpath, *stdlib()]), main, *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def jvm() -> str:
    """The virtual machine's own line about itself."""
    done = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    return done.stderr.splitlines()[-1]


def junit(classpath: Sequence[Path], tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """JUnit 4 on these classes."""
    return java([*classpath, *JUNIT], "org.junit.runner.JUnitCore", *tests)


def classes(jar: Path, suffix: str = "") -> list[str]:
    """The names of a jar's classes, inner ones left out."""
    with zipfile.ZipFile(jar) as archive:
        names = [name.removesuffix(".class") for name in archive.namelist() if name.endswith(".class")]
    return sorted(name.replace("/", ".") for name in names if "$" not in name and name.endswith(suffix))


@cache
def stdlib() -> list[Path]:
    """Kotlin's library, as the compiler was shipped with it."""
    return [jar for jar in _compiler_jars() if jar.name.startswith(("kotlin-stdlib", "annotations-"))]


@cache
def _compiler_jars() -> list[Path]:
    jars = sorted(COMPILER.rglob("*.jar"))
    return jars if any(jar.name.startswith(WITH_COMPILER) for jar in jars) else []


def _files(places: Sequence[Path]) -> list[Path]:
    found = [
        file for place in places for file in (sorted(place.rglob("*.kt")) if place.is_dir() else [place])
    ]
    assert found, f"no Kotlin in {', '.join(map(str, places))}"
    return found


def _digest(files: Sequence[Path], jars: Sequence[Path], options: Sequence[str]) -> str:
    found = hashlib.sha256("\0".join(options).encode())
    for file in (*files, *jars):
        found.update(str(file).encode() + file.read_bytes())
    return found.hexdigest()[:16]


def _joined(paths: Sequence[Path], between: str = os.pathsep) -> str:
    return between.join(map(str, paths))
