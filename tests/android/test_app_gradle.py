"""The Gradle project, as far as it can be read without Gradle."""

from __future__ import annotations

import re
import tomllib

from tests.android.app_project import PROJECT, SOURCES

CATALOGUE = tomllib.loads((PROJECT / "gradle" / "libs.versions.toml").read_text())
BUILD_FILES = [PROJECT / "build.gradle.kts", *sorted(PROJECT.glob("*/build.gradle.kts"))]
APP = (PROJECT / "app" / "build.gradle.kts").read_text()


def aliases() -> set[str]:
    libraries = {name.replace("-", ".") for name in CATALOGUE["libraries"]}
    plugins = {f"plugins.{name.replace('-', '.')}" for name in CATALOGUE["plugins"]}
    return libraries | plugins


def test_build_files_name_what_the_catalogue_has_and_all_of_it() -> None:
    text = "\n".join(file.read_text() for file in BUILD_FILES)
    named = set(re.findall(r"\blibs\.([\w.]+)\)", text))
    assert named == aliases()


def test_every_version_is_used_and_every_used_one_is_there() -> None:
    entries = (*CATALOGUE["libraries"].values(), *CATALOGUE["plugins"].values())
    used = {entry["version"]["ref"] for entry in entries}
    used |= set(re.findall(r"libs\.versions\.(\w+)\.get", APP))
    assert used == set(CATALOGUE["versions"])


def test_every_module_has_a_folder() -> None:
    modules = re.findall(r'":(\w+)"', (PROJECT / "settings.gradle.kts").read_text())
    assert {f"{module}/build.gradle.kts" for module in modules} == {
        str(file.relative_to(PROJECT)) for file in BUILD_FILES[1:]
    }


def test_models_are_not_compressed() -> None:
    assert re.search(r'androidResources\s*\{\s*noCompress \+= "tflite"', APP)


def test_litert_brings_its_gpu_and_the_code_knows_its_version() -> None:
    lines = {line.strip() for line in APP.splitlines()}
    assert {"implementation(libs.litert)", "implementation(libs.litert.gpu)"} <= lines
    code = (SOURCES / "mobile/fastscnn/app/LiteRtInference.kt").read_text()
    assert f'VERSION = "{CATALOGUE["versions"]["litert"]}"' in code


def test_phones_from_android_7_to_16() -> None:
    versions = CATALOGUE["versions"]
    assert (versions["minSdk"], versions["targetSdk"], versions["compileSdk"]) == ("24", "36", "36")
