"""Latency drawn against size, precision, threads and mIoU."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.results import Row, frontier
from fastscnn.errors import MissingPackageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = {"fp32": "#1f4e8c", "fp16": "#3a9188", "int8": "#d1702a", "unknown": "#777777"}
MARKERS = "osD^vPX*<>"
"""One a board."""
INCHES = (7.5, 4.8)


def plots(rows: Sequence[Row]) -> dict[str, bytes]:
    """PNG files by name; a picture that would have nothing to show is left out."""
    pictures = {
        "latency_by_size": (_sized(rows), _by_size),
        "latency_by_precision": (list(rows), _by_precision),
        "latency_by_threads": (_threaded(rows), _by_threads),
        "latency_by_miou": ([row for row in rows if row.miou is not None], _by_miou),
    }
    return {f"{name}.png": _png(shown, draw) for name, (shown, draw) in pictures.items() if shown}


def label(row: Row) -> str:
    """What a row is called where its place in a picture does not say it."""
    cores = "" if row.cores == "all" else f", {row.cores} cores"
    return f"{row.file}, {row.threads} thread{'s' if row.threads > 1 else ''}{cores}, {row.board}"


def _sized(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.size is not None]


def _threaded(rows: Sequence[Row]) -> list[Row]:
    """Those that were measured at more than one number of threads."""
    counts: dict[tuple[str, str, str], set[int]] = {}
    for row in rows:
        counts.setdefault((row.board, row.file, row.cores), set()).add(row.threads)
    return [row for row in rows if len(counts[row.board, row.file, row.cores]) > 1]


def _png(rows: Sequence[Row], draw: Callable[[Axes, Sequence[Row]], None]) -> bytes:
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPackageError(
            "matplotlib is not installed.", "Install the extra: pip install fastscnn-mobile[bench]"
        ) from error
    # a dollar in a name begins no formula
    with rc_context({"text.parse_math": False}):
        figure = Figure(figsize=INCHES, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        draw(axes, rows)
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=130, metadata={"Software": None})
        return stream.getvalue()


def _by_size(axes: Axes, rows: Sequence[Row]) -> None:
    lines: dict[tuple[str, str, int, str], list[Row]] = {}
    for row in rows:
        lines.setdefault((row.board, row.family, row.threads, row.cores), []).append(row)
    for (board, family, threads, cores), own in lines.items():
        own = sorted(own, key=lambda row: row.megapixels or 0.0)
        axes.plot(
            [row.megapixels or 0.0 for row in own],
            [row.p50 for row in own],
            **_style(rows, own[0]),
            linestyle=_dash(threads),
            label=f"{family}, {threads} thread{'s' if threads > 1 else ''}{_cores(cores)}, {board}",
        )
    axes.set(xlabel="megapixels of input", ylabel="p50 latency, ms", title="Latency against size")
    _from_zero(axes)
    axes.set_xlim(left=0)
    axes.legend(fontsize=7)


def _by_precision(axes: Axes, rows: Sequence[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row.board, row.threads, row.cores, row.precision, row.file))
    places = range(len(ordered))
    axes.barh(
        places, [row.p50 for row in ordered], color=[COLORS.get(row.precision, "#777777") for row in ordered]
    )
    for place, row in zip(places, ordered, strict=True):
        if row.p90 is not None:
            axes.plot([row.p50, row.p90], [place, place], color="black", linewidth=1)
        axes.annotate(f" {row.p50:.1f}", (row.p90 or row.p50, place), va="center", fontsize=7)
    axes.set_yticks(places, [label(row) for row in ordered], fontsize=6)
    axes.invert_yaxis()
    axes.set(xlabel="p50 latency, ms; the line reaches to p90", title="Latency by precision")
    for precision in dict.fromkeys(row.precision for row in ordered):
        axes.barh([0], [0], color=COLORS.get(precision, "#777777"), label=precision)
    axes.legend(fontsize=7)


def _by_threads(axes: Axes, rows: Sequence[Row]) -> None:
    lines: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        lines.setdefault((row.board, row.file, row.cores), []).append(row)
    for (board, file, cores), own in lines.items():
        own = sorted(own, key=lambda row: row.threads)
        axes.plot(
            [row.threads for row in own],
            [row.p50 for row in own],
            **_style(rows, own[0]),
            label=f"{file}{_cores(cores)}, {board}",
        )
    axes.set_xticks(sorted({row.threads for row in rows}))
    axes.set(xlabel="threads", ylabel="p50 latency, ms", title="Latency against threads")
    _from_zero(axes)
    axes.legend(fontsize=7)


def _by_miou(axes: Axes, rows: Sequence[Row]) -> None:
    best = frontier(rows)
    axes.step(
        [row.p50 for row in best],
        [row.miou or 0.0 for row in best],
        where="post",
        color="#999999",
        linewidth=1,
        label="nothing is better in both (Pareto)",
    )
    for number, row in enumerate(sorted(rows, key=lambda row: row.p50), 1):
        point = (row.p50, row.miou or 0.0)
        text = f"{number}  {label(row)}"
        axes.plot(*([value] for value in point), **_style(rows, row), linestyle="none", label=text)
        axes.annotate(str(number), point, xytext=(5, 4), textcoords="offset points", fontsize=8)
    axes.set(xlabel="p50 latency, ms", ylabel="mIoU", title="Latency against mIoU")
    axes.set_xlim(left=0)
    axes.margins(y=0.15)
    axes.figure.legend(loc="outside lower center", fontsize=7)


def _style(rows: Sequence[Row], row: Row) -> dict[str, Any]:
    boards = list(dict.fromkeys(each.board for each in rows))
    return {
        "color": COLORS.get(row.precision, "#777777"),
        "marker": MARKERS[boards.index(row.board) % len(MARKERS)],
        "markersize": 5,
    }


def _dash(threads: int) -> str:
    return {1: "-", 2: "--"}.get(threads, ":")


def _cores(cores: str) -> str:
    return "" if cores == "all" else f", {cores} cores"


def _from_zero(axes: Axes) -> None:
    axes.set_ylim(bottom=0)
