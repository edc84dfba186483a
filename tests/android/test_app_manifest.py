"""What the application asks for and what it lets in."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from tests.android.app_project import (
    ANDROID,
    MANIFEST,
    PACKAGE,
    RESOURCES,
    SOURCES,
    TOOLS,
    classes,
    layouts,
    manifest,
)

COMPONENTS = ("activity", "service", "receiver", "provider")


def components() -> list[ElementTree.Element]:
    return [element for element in manifest().iter() if element.tag in COMPONENTS]


def test_the_camera_is_the_only_permission() -> None:
    asked = [e.attrib[f"{ANDROID}name"] for e in manifest().iter() if e.tag.startswith("uses-permission")]
    assert asked == ["android.permission.CAMERA"]


def test_libraries_cannot_bring_the_network_in() -> None:
    removed = {
        element.attrib[f"{ANDROID}name"]
        for element in ElementTree.parse(MANIFEST).iter("uses-permission")
        if element.attrib.get(f"{TOOLS}node") == "remove"
    }
    assert removed == {"android.permission.INTERNET", "android.permission.ACCESS_NETWORK_STATE"}


def test_a_phone_without_a_camera_may_have_it_too() -> None:
    features = list(manifest().iter("uses-feature"))
    assert features
    assert all(feature.attrib[f"{ANDROID}required"] == "false" for feature in features)


def test_only_the_screen_is_open_to_others() -> None:
    exported = {e.attrib[f"{ANDROID}name"]: e.attrib[f"{ANDROID}exported"] for e in components()}
    assert exported == {".MainActivity": "true", "androidx.core.content.FileProvider": "false"}


def test_every_class_of_the_manifest_exists() -> None:
    for element in components():
        name = element.attrib[f"{ANDROID}name"]
        assert (PACKAGE + name if name.startswith(".") else name) in classes()


def test_every_view_of_ours_in_a_layout_exists() -> None:
    ours = {element.tag for _, element in layouts() if "." in element.tag}
    assert ours
    assert ours <= classes()


def test_models_can_be_shared_into_it() -> None:
    filters = {
        action.attrib[f"{ANDROID}name"].rpartition(".")[2]: [
            data.attrib.get(f"{ANDROID}mimeType") for data in found.iter("data")
        ]
        for found in manifest().iter("intent-filter")
        for action in found.iter("action")
    }
    assert set(filters) == {"MAIN", "SEND", "SEND_MULTIPLE", "VIEW"}
    assert all("application/octet-stream" in types for name, types in filters.items() if name != "MAIN")


def test_what_is_shared_out_is_the_benchmarks_folder_alone() -> None:
    paths = list(ElementTree.parse(RESOURCES / "xml" / "shared_files.xml").getroot())
    assert [(path.tag, path.attrib["path"]) for path in paths] == [("cache-path", "benchmarks/")]
    assert 'FOLDER = "benchmarks"' in (SOURCES / "mobile/fastscnn/app/BenchmarkReport.kt").read_text()


def test_the_code_calls_the_provider_as_the_manifest_does() -> None:
    provider = next(manifest().iter("provider")).attrib[f"{ANDROID}authorities"]
    code = (SOURCES / "mobile/fastscnn/app/ReportDialog.kt").read_text()
    suffix = re.search(r'AUTHORITY = "(.*)"', code)
    assert suffix
    assert provider == "${applicationId}" + suffix[1]


def test_nothing_is_backed_up() -> None:
    application = next(manifest().iter("application"))
    assert application.attrib[f"{ANDROID}allowBackup"] == "false"
