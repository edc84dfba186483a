"""The model card of a delivery: what the report says, for people who did not make it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from export.supply import sbom

NAME = "MODEL_CARD.md"
SPECIAL = re.compile(r"([\\`*_{}\[\]#+!|<>~&])")
"""What Markdown would take for more than text."""
TRAINING_IMAGES = "training images"
"""The note of a checkpoint that says whose they are."""
NOTES = ("epoch", TRAINING_IMAGES, "version", "teacher", "initial")
"""Those of a checkpoint's notes that are facts for people; a recipe is long."""


def compose(report: Mapping[str, Any]) -> str:
    """The card, in Markdown."""
    model = report["model"]
    artifacts = report["artifacts"]
    record = model["quantization"] or {}
    return _template().render(
        name=artifacts[0]["file"].partition(f"_{report['options']['size']}_")[0],
        model=model,
        artifacts=artifacts,
        options=report["options"],
        versions=report["versions"],
        against=_against(artifacts[0]["parity"]),
        notes=list(_notes(model["notes"])),
        scores=list(_scores(artifacts)),
        miou=_validation(model["notes"]),
        figures=record.get("figures"),
        floats=(record.get("recipe") or {}).get("floats", []),
        training_images=model["notes"].get(TRAINING_IMAGES),
        sbom=sbom.NAME,
    )


def plain(value: object) -> str:
    """Text that stays text, on one line, whatever a checkpoint or a class is called."""
    return SPECIAL.sub(r"\\\1", _line(value))


def code(value: object) -> str:
    """A name between backticks."""
    return _line(value).replace("`", "'").replace("|", "/")


def _line(value: object) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())


def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("export.supply"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Markdown has escapes of its own: `plain`
        autoescape=False,
    )
    environment.filters.update(plain=plain, code=code, figure=_figure, tensor=_tensor)
    return environment.get_template("card.md.j2")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _tensor(tensor: Mapping[str, Any]) -> str:
    return f"{plain(tensor['name'])} {tensor['dtype']} {'x'.join(map(str, tensor['shape']))}"


def _against(parity: Mapping[str, Any]) -> str:
    return str(parity.get("label_agreement_against", parity["against"]))


def _notes(notes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((key, notes[key]) for key in NOTES if notes.get(key) is not None)


def _scores(artifacts: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for artifact in artifacts:
        score = artifact["parity"].get("score")
        if score is not None:
            before = None if score["float"] is None else score["float"]["miou"]
            yield {
                "file": artifact["file"],
                "pictures": score["pictures"],
                "before": before,
                "after": score["int8"]["miou"],
            }


def _validation(notes: Mapping[str, Any]) -> float | None:
    validation = notes.get("validation")
    miou = validation.get("miou") if isinstance(validation, Mapping) else None
    return miou if isinstance(miou, float) else None
