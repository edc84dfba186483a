"""The application's files as Gradle would take them: sources, resources in every language, the manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "android_demo"
MAIN = PROJECT / "app" / "src" / "main"
RESOURCES = MAIN / "res"
MANIFEST = MAIN / "AndroidManifest.xml"
SOURCES = MAIN / "kotlin"
STUBS = PROJECT / "stubs"
PACKAGE = "mobile.fastscnn.app"
ANDROID = "{http://schemas.android.com/apk/res/android}"
TOOLS = "{http://schemas.android.com/tools}"
IN_CODE = re.compile(r"(?<![\w.])R\.(\w+)\.(\w+)")
IN_XML = re.compile(r"@(?!\+|android:)(\w+)/([\w.]+)")
NEW_ID = re.compile(r"@\+id/(\w+)")


@dataclass(frozen=True, order=True)
class Resource:
    kind: str
    name: str


def kotlin() -> list[Path]:
    return sorted(SOURCES.rglob("*.kt"))


def xml_files() -> list[Path]:
    return sorted(RESOURCES.rglob("*.xml"))


def values(qualifier: str = "") -> dict[Resource, ElementTree.Element]:
    """What the files in `values` declare, or in `values-<qualifier>`."""
    folder = RESOURCES / f"values{'-' if qualifier else ''}{qualifier}"
    found = {}
    for file in sorted(folder.glob("*.xml")):
        for element in ElementTree.parse(file).getroot():
            resource = Resource(element.tag, element.attrib["name"])
            assert resource not in found, f"{resource} is declared twice"
            found[resource] = element
    return found


def declared() -> set[Resource]:
    """Every resource that is there without a condition, files and ids too."""
    found = set(values())
    for file in xml_files():
        kind = file.parent.name.partition("-")[0]
        if kind != "values":
            found.add(Resource(kind, file.stem))
            found |= {Resource("id", name) for name in NEW_ID.findall(file.read_text())}
    return found


def used() -> set[Resource]:
    """Every resource that code, other resources or the manifest name."""
    found = {
        Resource(kind, name) for path in kotlin() for kind, name in IN_CODE.findall(path.read_text())
    } - {Resource("id", "")}
    for path in (*xml_files(), MANIFEST):
        found |= {Resource(kind, name) for kind, name in IN_XML.findall(path.read_text())}
    return found


def r_class() -> str:
    """R.java, as the build makes it of what is declared."""
    kinds: dict[str, list[str]] = {}
    for resource in sorted(declared()):
        kinds.setdefault(resource.kind, []).append(resource.name.replace(".", "_"))
    inner = [
        f"  public static final class {kind} {{\n"
        + "".join(f"    public static final int {name} = {place};\n" for place, name in enumerate(names))
        + "  }\n"
        for kind, names in kinds.items()
    ]
    return f"package {PACKAGE};\n\npublic final class R {{\n{''.join(inner)}}}\n"


def manifest() -> ElementTree.Element:
    """As it is after the build merged it: what is marked for removal is gone."""
    root = ElementTree.parse(MANIFEST).getroot()
    for element in list(root):
        if element.attrib.get(f"{TOOLS}node") == "remove":
            root.remove(element)
    return root


def layouts() -> Iterator[tuple[Path, ElementTree.Element]]:
    """Every view of every layout."""
    for folder in sorted(RESOURCES.glob("layout*")):
        for file in sorted(folder.glob("*.xml")):
            for element in ElementTree.parse(file).iter():
                yield file, element


def classes() -> set[str]:
    """Full names of the classes of the application and of its libraries' stubs."""
    found = set()
    for path in (*kotlin(), *STUBS.glob("libraries/*.kt")):
        text = path.read_text()
        package = re.search(r"^package ([\w.]+)", text, re.MULTILINE)
        assert package, path
        names = re.findall(r"^(?:\w+ )*(?:class|interface|object) (\w+)", text, re.MULTILINE)
        found |= {f"{package[1]}.{name}" for name in names}
    return found
