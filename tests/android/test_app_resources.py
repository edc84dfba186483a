"""Resources without an SDK: all there, none idle, in every language, readable by day and by night."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.android.app_project import (
    ANDROID,
    MANIFEST,
    RESOURCES,
    Resource,
    declared,
    kotlin,
    layouts,
    used,
    values,
    xml_files,
)

LANGUAGES = ("de",)
WRITTEN = ("string", "plurals")
PLACEHOLDER = re.compile(r"%(?:\d+\$)?[a-z]|%%")
SAID = ("text", "contentDescription", "hint", "label", "title")
TOUCHED = ("Button", "SeekBar", "Switch", "CheckBox", "Spinner")
FINGER = 48
READABLE = 4.5
"""WCAG AA, for text of an ordinary size."""


def test_everything_that_is_named_is_declared() -> None:
    assert used() - declared() == set()


def test_nothing_is_declared_for_nobody() -> None:
    ids = {resource for resource in declared() if resource.kind == "id"}
    assert declared() - used() - ids == set()


def test_every_id_is_one_that_code_looks_for() -> None:
    ids = {resource for resource in declared() if resource.kind == "id"}
    assert ids - used() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_nothing_else(language: str) -> None:
    wanted = {
        resource
        for resource, element in values().items()
        if resource.kind in WRITTEN and element.attrib.get("translatable") != "false"
    }
    assert set(values(language)) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_take_the_same_values(language: str) -> None:
    for resource, element in values(language).items():
        assert placeholders(element) == placeholders(values()[resource]), resource


def placeholders(element: ElementTree.Element) -> list[list[str]]:
    """Of the text, or of each quantity."""
    texts = [item.text or "" for item in element] if len(element) else [element.text or ""]
    return [sorted(PLACEHOLDER.findall(text)) for text in texts]


def test_several_values_in_a_text_are_numbered() -> None:
    for resource, element in values().items():
        found = [p for p in PLACEHOLDER.findall(element.text or "") if p != "%%"]
        assert len(found) < 2 or all("$" in p for p in found), resource


def test_texts_of_layouts_and_of_the_manifest_are_resources() -> None:
    elements = [(file, element) for file, element in layouts()]
    elements += [(MANIFEST, element) for element in ElementTree.parse(MANIFEST).iter()]
    for file, element in elements:
        for attribute in SAID:
            text = element.attrib.get(f"{ANDROID}{attribute}", "@string/")
            assert text.startswith("@string/"), f"{file.name}: {text}"


def test_code_holds_no_sentences() -> None:
    words = re.compile(r'"[^"\n]*[A-Za-z]{2,} [A-Za-z]{2,}[^"\n]*"')
    for path in kotlin():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
        assert words.findall(code) == [], path.name


@pytest.mark.parametrize("qualifier", ["", "night"])
@pytest.mark.parametrize(
    ("text", "behind"),
    [("text", "background"), ("accent", "background"), ("notice_text", "notice_background")],
)
def test_texts_stand_out_by_day_and_by_night(qualifier: str, text: str, behind: str) -> None:
    colours = values(qualifier)
    ratio = contrast(*(colours[Resource("color", name)].text or "" for name in (text, behind)))
    assert ratio >= READABLE, f"{ratio:.1f}"


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Of #FFRRGGBB."""
    assert re.fullmatch("#FF[0-9A-F]{6}", colour), colour
    channels = [int(colour[place : place + 2], 16) / 255 for place in (3, 5, 7)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_night_has_a_theme_of_its_own() -> None:
    theme = Resource("style", "Theme.Fastscnn")
    day, night = values()[theme], values("night")[theme]
    assert ".Light." in day.attrib["parent"]
    assert night.attrib["parent"] == day.attrib["parent"].replace(".Light", "")
    assert [item.text for item in day] == [item.text for item in night]


def test_what_is_touched_is_as_large_as_a_finger() -> None:
    touch = values()[Resource("dimen", "touch")].text or ""
    assert int(touch.removesuffix("dp")) >= FINGER
    for file, element in layouts():
        if element.tag in TOUCHED:
            assert style_or_own(element, "minHeight") == "@dimen/touch", f"{file.name}: {element.attrib}"


def style_or_own(element: ElementTree.Element, attribute: str) -> str | None:
    name = element.attrib.get("style", "").removeprefix("@style/")
    style = values().get(Resource("style", name))
    items = {item.attrib["name"]: item.text for item in style} if style is not None else {}
    return element.attrib.get(f"{ANDROID}{attribute}", items.get(f"android:{attribute}"))


def test_what_is_seen_without_words_is_described() -> None:
    for file, element in layouts():
        wordless = element.tag in ("SeekBar", "ProgressBar", "ImageView", "ImageButton", "View")
        if wordless or element.tag.endswith(".SegmentedView"):
            silent = element.attrib.get(f"{ANDROID}importantForAccessibility") == "no"
            described = f"{ANDROID}contentDescription" in element.attrib
            assert silent or described, f"{file.name}: {element.attrib}"


def test_both_orientations_have_the_same_views() -> None:
    portrait, landscape = (
        {
            element.attrib.get(f"{ANDROID}id") or element.attrib.get("layout")
            for element in ElementTree.parse(RESOURCES / folder / "activity_main.xml").iter()
        }
        for folder in ("layout", "layout-land")
    )
    assert portrait == landscape


def test_files_are_small() -> None:
    for path in (*kotlin(), *xml_files()):
        assert len(path.read_text().splitlines()) < 300, path.name
