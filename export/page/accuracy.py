"""Per-class IoU, float beside int8: what this export measured, else what the file or checkpoint recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Origin = Literal["measured", "recorded", "noted"]


@dataclass(frozen=True)
class Row:
    """One class, or the mean; fractions."""

    name: str
    share: float | None
    """Of the labelled pixels."""
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Accuracy:
    """One table."""

    origin: Origin
    files: tuple[str, ...]
    split: str
    pictures: int | None
    mean: Row
    rows: tuple[Row, ...]
    interval: tuple[float, float] | None
    """Of the change of the mean, 95 %."""

    @property
    def table(self) -> tuple[Row, ...]:
        return (self.mean, *self.rows)


def accuracies(report: Mapping[str, Any]) -> list[Accuracy]:
    """Measured ones, equal ones together; without any, the one that was recorded."""
    found: dict[Any, Accuracy] = {}
    for artifact in report["artifacts"]:
        table = _table(artifact["parity"].get("score"), "measured", (artifact["file"],))
        if table is not None:
            known = found.get(key := (table.split, table.pictures, table.mean, table.rows))
            files = (*known.files, *table.files) if known else table.files
            found[key] = Accuracy(**{**vars(table), "files": files})
    if found:
        return list(found.values())
    recorded = _table(_mapping(report["model"]["quantization"]).get("figures"), "recorded", ())
    if recorded is None:
        validation = _mapping(_mapping(report["model"]["notes"]).get("validation"))
        recorded = _table({"split": "val", "float": validation, "int8": None}, "noted", ())
    return [recorded] if recorded is not None else []


def _table(score: Any, origin: Origin, files: tuple[str, ...]) -> Accuracy | None:
    """None where the figures are not there, or are none: they may come from a file of anybody's."""
    score = _mapping(score)
    before, after = _mapping(score.get("float")), _mapping(score.get("int8"))
    ious = [_fractions(side.get("per_class")) for side in (before, after)]
    names = list(ious[1] or ious[0])
    if not names:
        return None
    shares = _fractions(score.get("class_shares"))
    interval = score.get("miou_change_95")
    pictures = score.get("pictures")
    return Accuracy(
        origin,
        files,
        str(score.get("split", "")),
        pictures if isinstance(pictures, int) else None,
        Row("mean", None, _fraction(before.get("miou")), _fraction(after.get("miou"))),
        tuple(Row(name, shares.get(name), ious[0].get(name), ious[1].get(name)) for name in names),
        (float(interval[0]), float(interval[1])) if _is_pair(interval) else None,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _fraction(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1 else None


def _fractions(value: Any) -> dict[str, float | None]:
    return {str(name): _fraction(part) for name, part in _mapping(value).items()}


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value)
