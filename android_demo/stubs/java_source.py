"""Java source of classes whose every method throws: enough to compile against, nothing to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from android_demo.stubs.api_text import Declared, Member, Type

NOTHING = "android.stub.Nothing"
THROW = "throw new RuntimeException();"
SUPPORT = {
    "android.stub.Nothing": "package android.stub; public final class Nothing { private Nothing() {} }\n",
    **{
        f"android.annotation.{name}": f"package android.annotation; public @interface {name} {{}}\n"
        for name in ("NonNull", "Nullable")
    },
}
"""Written beside the classes: what constructors take to find each other, and what Kotlin reads of null."""
DEFAULTS = {"boolean": "false", "char": "'\\0'", "byte": "0", "short": "0", "int": "0", "long": "0L"}
DEFAULTS |= {"float": "0f", "double": "0d"}
SUPER = {
    "java.io.FileInputStream": "(java.io.FileDescriptor) null",
    "java.io.FileOutputStream": "(java.io.FileDescriptor) null",
    "java.io.FilterInputStream": "null",
    "java.io.FilterOutputStream": "null",
}
"""What Java's own classes want of those that extend them, where it is not nothing."""
IMPLICIT = frozenset({"values", "valueOf"})
"""Of every enum: the language makes them."""


def write(classes: Sequence[Declared], folder: Path) -> list[Path]:
    """One file a class, where javac looks for it."""
    texts = SUPPORT | {f"{c.package}.{c.name}": f"package {c.package};\n{source(c)}\n" for c in classes}
    written = []
    for name, text in texts.items():
        path = folder / Path(*name.split(".")).with_suffix(".java")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written.append(path)
    return written


def source(declared: Declared) -> str:
    modifiers = [word for word in declared.modifiers if not (declared.kind != "class" and word == "abstract")]
    if declared.kind == "enum":
        modifiers = [word for word in modifiers if word not in ("final", "abstract")]
    return "\n".join(
        [
            f"{_words(modifiers)}{declared.kind} {declared.name}{declared.generics}{_parents(declared)} {{",
            *_body(declared),
            *(source(inner) for inner in declared.nested),
            "}",
        ]
    )


def _parents(declared: Declared) -> str:
    inherited = declared.extends if declared.kind in ("class", "interface") else ()
    interfaces = declared.implements if declared.kind in ("class", "enum") else ()
    extends = f" extends {', '.join(inherited)}" if inherited else ""
    return extends + (f" implements {', '.join(interfaces)}" if interfaces else "")


def _body(declared: Declared) -> Iterator[str]:
    if declared.kind == "enum":
        yield ", ".join(m.name for m in declared.members if m.kind == "enum_constant") + ";"
    if declared.kind == "class":
        yield f"protected {declared.name}({NOTHING} nothing) {{ {_super(declared)} }}"
    for member in declared.members:
        if member.kind == "ctor" and declared.kind == "class":
            yield (
                f"{_words(member.modifiers)}{_generics(member)}{declared.name}({_parameters(member)})"
                f"{_throws(member)} {{ {_super(declared)} {THROW} }}"
            )
        elif member.kind == "method":
            yield from _method(declared, member)
        elif member.kind == "field":
            yield _field(declared, member)


def _super(declared: Declared) -> str:
    """Our classes all have a constructor that takes Nothing; most of Java's have one without parameters."""
    parent = declared.extends[0] if declared.extends else "java.lang.Object"
    given = f"({NOTHING}) null" if parent.startswith("android") else SUPER.get(parent, "")
    return f"super({given});"


def _method(declared: Declared, member: Member) -> Iterator[str]:
    if declared.kind == "enum" and member.name in IMPLICIT:
        return
    if declared.kind == "@interface":
        default = f" default {member.value}" if member.value is not None else ""
        yield f"{member.returns.java} {member.name}(){default};"
        return
    modifiers = [word for word in member.modifiers if word not in ("synchronized", "native")]
    concrete = {"static", "default", "private"} & set(modifiers) or declared.kind != "interface"
    if declared.kind == "enum":
        modifiers = [word for word in modifiers if word != "abstract"]
    bodiless = "abstract" in modifiers or not concrete
    yield (
        f"{_null(member.returns)}{_words(modifiers)}{_generics(member)}{member.returns.java} {member.name}"
        f"({_parameters(member)}){_throws(member)}" + (";" if bodiless else f" {{ {THROW} }}")
    )


def _field(declared: Declared, member: Member) -> str:
    value = member.value
    if value is None or value == "null":
        value = DEFAULTS.get(member.returns.java, "null")
        # only a field with a value may be final
        modifiers = [word for word in member.modifiers if word != "final"]
    else:
        modifiers = list(member.modifiers)
    return f"{_null(member.returns)}{_words(modifiers)}{member.returns.java} {member.name} = {value};"


def _parameters(member: Member) -> str:
    return ", ".join(f"{_null(kind)}{kind.java} p{place}" for place, kind in enumerate(member.parameters))


def _null(kind: Type) -> str:
    if kind.nullable is None:
        return ""
    return f"@android.annotation.{'Nullable' if kind.nullable else 'NonNull'} "


def _generics(member: Member) -> str:
    return f"{member.generics} " if member.generics else ""


def _throws(member: Member) -> str:
    return f" throws {member.throws}" if member.throws else ""


def _words(modifiers: Sequence[str]) -> str:
    return "".join(f"{word} " for word in modifiers)
