"""The whole way, from a checkpoint to delivered artifacts: the only place that knows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from export import bundle, pictures, source, spelling
from export.bundle import Staged
from export.formats import FORMATS
from export.request import Request, artifact_name, form_of
from export.timings import Timings
from export.views import View
from fastscnn.console import Console
from fastscnn.graph import shapes

Tamper = Callable[[Path], None]


def export(request: Request, console: Console, *, tamper: Tamper | None = None) -> dict[str, Any]:
    """Write, check and deliver; the report.

    `tamper` is the seam between writing and checking: tests damage the staged file there.
    """
    from export import report

    if request.try_it:
        from export import tryit

        tryit.require(request)
    timings = Timings()
    formats = [FORMATS[name] for name in request.formats]
    name = artifact_name(request)
    with timings.stage("import"):
        rooms = {format.name: format.room("write") for format in formats}
    with timings.stage("load"):
        network = source.ahead(source.load(request, console), request)
    form = form_of(request, network.info)
    for line in (*network.assumptions, *network.warnings):
        console.say(f"note: {line}")
    with timings.stage("spell"):
        graphs = {
            format.name: spelling.spelled(network.graph, network.info, form, format.name)
            for format in formats
        }
        shapes.resolve(graphs[formats[0].name], form.size)
    with timings.stage("pictures"):
        compared = pictures.load(request.data, form.size, console)

    with bundle.staging(request.out, dry=request.dry_run) as folder:
        staged: dict[str, Staged] = {}
        for format in formats:
            with timings.stage(f"write.{format.name}"):
                files = rooms[format.name].write(
                    graphs[format.name], form.size, network.info, **spelling.writing(form, format.name)
                )
            stem = form.file_stem(name, format.name)
            staged[format.name] = bundle.stage(folder, stem + format.suffix, files)
            if tamper is not None:
                tamper(staged[format.name].path)
        artifacts = list(staged.values())
        bundle.refuse_overwriting(request.out, artifacts, force=request.force)
        with timings.stage("import"):
            from export.check import check
        contents, parity, views = check(request, network, form, staged, graphs, compared, console, timings)
        content = report.compose(request, form, network, staged, contents, graphs, parity, views, timings)
        page = None
        if request.try_it:
            page, content["try_it"] = tryit.compose(network, form.size, name, artifacts)
        if not request.dry_run:
            quiet = request.artifacts_only
            bundle.deliver(
                request.out,
                artifacts,
                force=request.force,
                documents=None if quiet else _documents(content, views, artifacts, page),
                entries=None if quiet else report.manifest_entries(content),
            )
    return content


def _documents(
    content: dict[str, Any], views: list[View], artifacts: list[Staged], try_it: str | None
) -> dict[str, Any]:
    from export import documents

    return documents.compose(content, views, artifacts, try_it)
