"""What a delivery's report says, in the forms that lie beside the artifacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from export import bundle
from export.bundle import Staged
from export.page.build import build
from export.supply import card, sbom
from export.views import View


def compose(
    report: dict[str, Any], views: list[View], staged: Sequence[Staged], try_it: str | None = None
) -> dict[str, Any]:
    """Each document's content by its name: text, or what becomes JSON."""
    pages = {} if try_it is None else {bundle.TRY_IT: try_it}
    return {
        **pages,
        bundle.REPORT: report,
        bundle.PAGE: build(report, views),
        card.NAME: card.compose(report),
        sbom.NAME: sbom.compose(report, staged),
    }
