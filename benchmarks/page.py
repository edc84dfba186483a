"""A report as one HTML file that needs nothing else: pictures inside, no script, no address."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

from benchmarks.results import Results, Row, frontier

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #ddd; }
th.text, td.text { text-align: left; }
tr.best td { background: #eef4ea; }
img { max-width: 100%; }
figure { margin: 1.5rem 0; }
"""
BEST = ' class="best"'
COLUMNS = (
    ("board", True),
    ("CPU", True),
    ("file", True),
    ("precision", True),
    ("size", False),
    ("MB", False),
    ("threads", False),
    ("cores", True),
    ("p50 ms", False),
    ("p90", False),
    ("p99", False),
    ("mIoU", False),
)


def page(results: Results, pictures: Mapping[str, bytes]) -> bytes:
    """The whole document, UTF-8."""
    best = frontier(results.rows)
    head = "".join(f"<th{_side(text)}>{escape(name)}</th>" for name, text in COLUMNS)
    body = "\n".join(_row(row, row in best) for row in results.rows)
    note = "<p>Green: nothing is better in both latency and mIoU.</p>" if best else ""
    figures = "\n".join(_figure(name, content) for name, content in pictures.items())
    verdicts = "\n".join(
        f"<h3>{escape(board)}</h3>\n<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
        for board, lines in results.verdicts
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Latency</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Latency</h1>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
{note}
{figures}
<h2>What the figures mean</h2>
{verdicts}
</body>
</html>
""".encode()


def _row(row: Row, best: bool) -> str:
    cells = (
        row.board,
        row.cpu,
        row.file,
        row.precision,
        "-" if row.size is None else f"{row.size[0]}x{row.size[1]}",
        f"{row.bytes / 1e6:.2f}",
        str(row.threads),
        row.cores,
        f"{row.p50:.2f}",
        "-" if row.p90 is None else f"{row.p90:.2f}",
        "-" if row.p99 is None else f"{row.p99:.2f}",
        "-" if row.miou is None else f"{row.miou:.4f}",
    )
    content = "".join(
        f"<td{_side(text)}>{escape(cell)}</td>" for cell, (_, text) in zip(cells, COLUMNS, strict=True)
    )
    return f"<tr{BEST if best else ''}>{content}</tr>"


def _side(text: bool) -> str:
    return ' class="text"' if text else ""


def _figure(name: str, content: bytes) -> str:
    encoded = base64.b64encode(content).decode()
    what = name.removesuffix(".png").replace("_", " ")
    return f'<figure><img alt="{escape(what)}" src="data:image/png;base64,{encoded}"></figure>'
