"""android_demo/core on the JVM: what it computes is Python's, and Python reads what it writes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks import latency, results
from tests.android import kotlin
from tests.android.core import FOLDER, RESOURCES, compiled_core, compiled_tests

PACKAGE = "mobile.fastscnn.core"
ANDROID_24 = re.compile(
    r"(java\.lang|java\.lang\.invoke|java\.io|java\.math|java\.nio|java\.nio\.charset|java\.util"
    r"|java\.util\.(zip|regex|concurrent)|kotlin(\..+)?|org\.jetbrains\.annotations|mobile\.fastscnn\.core)"
)
"""Packages that Android 7 has in full, Kotlin's library, and our own; java.lang.invoke is the builder's."""

needs_kotlin = pytest.mark.skipif(bool(kotlin.missing()), reason=kotlin.missing())
needs_junit = pytest.mark.skipif(bool(kotlin.missing_junit()), reason=kotlin.missing_junit())


def printed(main: str) -> str:
    """What one of the tests' small programs prints."""
    done = kotlin.java([compiled_tests(), compiled_core()], f"{PACKAGE}.{main}")
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_junit
def test_every_test_of_core_passes_on_the_jvm() -> None:
    jar = compiled_tests()
    tests = kotlin.classes(jar, "Test")
    assert len(tests) == len(list((FOLDER / "src" / "test").rglob("*Test.kt")))
    done = kotlin.junit([jar, compiled_core(), RESOURCES], tests)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@needs_kotlin
def test_core_needs_no_more_of_java_than_android_24_has() -> None:
    if not shutil.which("jdeps"):
        pytest.skip("no jdeps: apt-get install openjdk-17-jdk-headless")
    words = ["jdeps", "--multi-release", "base", "-verbose:package", "-cp", str(kotlin.stdlib()[0])]
    done = subprocess.run([*words, str(compiled_core())], capture_output=True, text=True, check=True)
    used = set(re.findall(r"^ +\S+ +-> (\S+)", done.stdout, re.MULTILINE))
    assert "java.nio" in used
    assert [name for name in sorted(used) if not ANDROID_24.fullmatch(name)] == []


@needs_junit
def test_fastscnn_bench_reads_a_phones_record(tmp_path: Path) -> None:
    text = printed("RecordPrinter")
    (tmp_path / "phone.json").write_text(text)
    read = results.read([tmp_path])
    (row,) = read.rows
    assert (row.board, row.cpu, row.precision, row.size) == ("phone", "A Phone", "int8", (360, 480))
    ((_, sentences),) = read.verdicts
    assert any("thermal status was severe" in sentence for sentence in sentences)
    assert "A Phone: 2 x Cortex-A510; asimd, asimddp; 8 cores" in latency.table(json.loads(text))


@needs_junit
def test_a_records_figures_are_those_of_latency_py() -> None:
    document = json.loads(printed("RecordPrinter"))
    taken = [17_000_000 + place * place * 7919 % 5_000_011 for place in range(150)]
    (result,) = document["results"]
    assert result["latency_ms"] == pytest.approx(latency.summary([n / 1e9 for n in taken]), abs=1.1e-4)


@needs_junit
def test_a_records_keys_are_those_of_latency_py() -> None:
    """The application leaves out nothing that readers of such documents look for."""
    from tests.benchmarks import documents

    document = json.loads(printed("RecordPrinter"))
    expected = documents.document(documents.result())
    assert set(expected) <= set(document)
    assert set(expected["machine"]) <= set(document["machine"])
    assert set(expected["results"][0]) <= set(document["results"][0])
    assert set(expected["results"][0]["latency_ms"]) <= set(document["results"][0]["latency_ms"])


@needs_junit
def test_cpus_and_their_features_are_called_what_latency_py_calls_them() -> None:
    tables = json.loads(printed("TablePrinter"))
    assert tables["parts"] == {str(number): name for number, name in latency.ARM_PARTS.items()}
    assert (tuple(tables["arm"]), tuple(tables["x86"])) == (latency.FEATURES["arm"], latency.FEATURES["x86"])
