"""Resources, manifest and assets as Android's own resource compiler packs them."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from android_demo.stubs.framework import Framework, framework
from fastscnn.errors import BoardError
from tests.android.app_project import PACKAGE, RESOURCES, declared, manifest

SCHEMA = "http://schemas.android.com/apk/res/android"
APPLICATION = "mobile.fastscnn.demo"
MODEL = b"\0" * 4096
"""Anything that compresses well."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def android() -> Framework:
    try:
        return framework(print)
    except BoardError as error:
        pytest.skip(str(error))


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "street.tflite").write_bytes(MODEL)
    return folder


def link(
    android: Framework, folder: Path, resources: Path, assets: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """What Gradle's plugin does with them: compile each file, then link all into a package."""
    compiled = android.aapt2("compile", "--dir", str(resources), "-o", str(folder / "compiled.zip"))
    if compiled.returncode != 0:
        return compiled
    return android.aapt2(
        *("link", "-I", str(android.resources), "--manifest", str(merged(folder)), "-A", str(assets)),
        *("--java", str(folder / "java"), "--min-sdk-version", "24", "--target-sdk-version", "36"),
        *(*options, "-o", str(folder / "app.apk"), str(folder / "compiled.zip")),
    )


def merged(folder: Path) -> Path:
    """The manifest with what Gradle fills in."""
    ElementTree.register_namespace("android", SCHEMA)
    root = manifest()
    root.set("package", PACKAGE)
    text = ElementTree.tostring(root, encoding="unicode").replace("${applicationId}", APPLICATION)
    path = folder / "AndroidManifest.xml"
    path.write_text(text)
    return path


def test_resources_and_manifest_link_against_the_framework(
    android: Framework, assets: Path, tmp_path: Path
) -> None:
    done = link(android, tmp_path, RESOURCES, assets, "-0", ".tflite")
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr
    told = android.aapt2("dump", "badging", str(tmp_path / "app.apk")).stdout
    assert re.findall(r"uses-permission: name='(.*)'", told) == ["android.permission.CAMERA"]
    assert "targetSdkVersion:'36'" in told
    assert re.search(rf"launchable-activity: name='{PACKAGE}\.MainActivity'", told)
    assert "'de'" in told


def test_android_names_the_resources_as_our_checks_do(
    android: Framework, assets: Path, tmp_path: Path
) -> None:
    assert link(android, tmp_path, RESOURCES, assets).returncode == 0
    text = (tmp_path / "java" / Path(*PACKAGE.split(".")) / "R.java").read_text()
    kinds = {
        kind: set(re.findall(r"int (\w+)=", body))
        for kind, body in re.findall(r"static final class (\w+) \{(.*?)\n  \}", text, re.DOTALL)
    }
    ours: dict[str, set[str]] = {}
    for resource in declared():
        ours.setdefault(resource.kind, set()).add(resource.name.replace(".", "_"))
    assert kinds == ours


def test_models_stay_uncompressed_and_the_dot_matters(
    android: Framework, assets: Path, tmp_path: Path
) -> None:
    for option, packed in ((".tflite", zipfile.ZIP_STORED), ("tflite_", zipfile.ZIP_DEFLATED)):
        assert link(android, tmp_path, RESOURCES, assets, "-0", option).returncode == 0
        with zipfile.ZipFile(tmp_path / "app.apk") as package:
            assert package.getinfo("assets/street.tflite").compress_type == packed


def test_a_resource_that_is_not_there_does_not_link(android: Framework, assets: Path, tmp_path: Path) -> None:
    resources = tmp_path / "res"
    shutil.copytree(RESOURCES, resources)
    dimensions = resources / "values" / "dimens.xml"
    dimensions.write_text(dimensions.read_text().replace('name="touch"', 'name="another"'))
    done = link(android, tmp_path, resources, assets)
    assert done.returncode != 0
    assert "dimen/touch" in done.stderr
