"""The page as text: templates filled with the report's facts. No script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from export import host
from export.page import accuracy, gallery, plot, runs, snippets, verdict, words
from export.views import View

FILTERS = (
    words.address,
    words.counted,
    words.megabytes,
    words.percent,
    words.points,
    words.power,
    words.scientific,
    words.ticked,
    words.title_of,
)
STYLE = "style.css"


def build(report: Mapping[str, Any], views: Sequence[View]) -> str:
    """The whole document. The same report and views are the same text."""
    environment = _environment()
    form = report["options"]["input"]
    assert environment.loader is not None
    style = environment.loader.get_source(environment, STYLE)[0]
    return environment.get_template("page.html").render(
        report=report,
        model=report["model"],
        artifacts=report["artifacts"],
        v=verdict.verdict(report),
        accuracies=accuracy.accuracies(report),
        panels=gallery.panels(report, views),
        shown=len(views),
        plots=plot.plots(report),
        runs=runs.runs(report),
        steps={a["file"]: host.steps(a, report["model"]) for a in report["artifacts"]},
        snippets={a["file"]: snippets.snippets(a, report["model"], form) for a in report["artifacts"]},
        style=Markup(style),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("export.page", "templates"),
        autoescape=True,
        finalize=words.visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {function.__name__: function for function in FILTERS}
    return environment
