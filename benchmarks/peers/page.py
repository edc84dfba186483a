"""docs/peers.md, from what was made, seen and measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import latency
from benchmarks.latency import Facts
from benchmarks.peers.contract import Kit, Peer
from benchmarks.peers.made import NEVER, Made
from benchmarks.peers.measuring import THREADS

HEADS = {
    ".tflite": "TFLite",
    ".onnx": "ONNX",
    ".mlpackage": "Core ML, files alone: there is no Apple runtime here",
}
COLUMNS = (
    "converter",
    "seconds (of CPU), peak memory",
    "MB",
    "operators (in float)",
    "XNNPACK takes",
    "our integers",
    "labels as float",
    "mIoU",
    "ms at 1 / 2 threads",
    "ours takes of it",
    "`--preset phone` takes of it",
    "frame to labels, ms at 1 / 2 threads",
)
DEFAULTS = {".tflite": "ours", ".onnx": "ours_onnx"}
PHONES = {".tflite": "ours_phone", ".onnx": "ours_onnx_phone"}
BUSY = 0.3
"""Load at the start, a core, above which the page warns."""


@dataclass(frozen=True)
class Found:
    """All that the page tells."""

    kit: Kit
    made: Sequence[Made]
    """Ours first."""
    peers: Mapping[str, Peer]
    seen: Mapping[str, Facts]
    measured: Facts
    date: str


def page(found: Found) -> str:
    lines = ["# Against the others", "", *_head(found), ""]
    for suffix, head in HEADS.items():
        rows = [one for one in found.made if _suffix(one, found) == suffix]
        if rows:
            lines += [f"## {head}", "", *_table(rows, found), ""]
            lines += [*_verdict(suffix, rows, found)]
    return "\n".join([*lines, "## How each was asked", "", *_recipes(found)]) + "\n"


def _head(found: Found) -> Iterator[str]:
    kit, base = found.kit, found.seen["float"]
    document = next(iter(found.measured["latency"].values()))
    machine = document["machine"]
    features = ", ".join(machine["features"] or []) or "no SIMD of note"
    runtimes = sorted({f"{r['runtime']} {r['runtime_version']}" for r in _results(found)})
    yield (
        f"Written by `make peers` on {found.date}. {machine['cpu']} ({features}), {machine['cores']} cores,"
        f" load {machine['load_average']} when latency was first measured; {', '.join(runtimes)}."
    )
    yield ""
    scored = "without masks" if base["miou"] is None else f"whose float mIoU is {base['miou']:.4f}"
    yield (
        f"The embedded network at {kit.size[0]}x{kit.size[1]}, logits at full size (`--preset phone`:"
        " at 1/8). Each converter has its own environment, the same float network, the same"
        f" {kit.pictures} pictures of {kit.pictures_from} to calibrate on, and the options that its"
        " documentation recommends for int8 weights and activations. Files are judged on"
        f" {base['pictures']} pictures, {scored}, and measured in one interleaved run a format."
    )
    yield ""
    if (machine["load_average"] or 0) > BUSY * machine["cores"]:
        yield (
            "**Others worked on this machine meanwhile: times are no CPU's, and an interval that holds 1 says"
            " nothing.** On a quieter one `make peers PEERS=--measure-only` measures the same files again."
        )
        yield ""
    yield (
        "Seconds are of the whole command, packages loaded and ranges observed, in brackets the time that"
        " its processes had a CPU; ours judges its integers on 8 pictures and proves each file meanwhile."
        " Our integers: of our quantized convolutions, how many have all their weights, and all their"
        " biases, number by number in the file. Ours takes: its time as a share of that file's, in brackets"
        " the interval that holds the median in 95 of 100 cases. Frame to labels: from a camera's R G B A"
        " bytes to a label a pixel, all steps around the file in numpy: before it + the file + after it."
    )


def _results(found: Found) -> Iterator[Facts]:
    for document in found.measured["latency"].values():
        yield from document["results"]


def _suffix(one: Made, found: Found) -> str:
    if one.file is not None:
        return one.file.suffix
    return found.peers[one.name].suffix if one.name in found.peers else ""


def _table(rows: Sequence[Made], found: Found) -> Iterator[str]:
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{'---|' * len(COLUMNS)}"
    for one in rows:
        cells = _cells(one, found)
        yield f"| {' | '.join([*cells, *[''] * (len(COLUMNS) - len(cells))])} |"


def _cells(one: Made, found: Found) -> list[str]:
    title = f"**{one.title}**" if one.ours else one.title
    cost = _cost(one)
    if one.error:
        return [title, cost, _complaint(one)]
    seen = found.seen.get(one.name, {})
    if "error" in seen:
        return [title, cost, _megabytes(one), f"failed: {_plain(seen['error'])}"]
    facts = {**one.facts, **seen}
    return [
        title,
        cost,
        _megabytes(one),
        _operators(facts),
        _delegate(one.name, found),
        _integers(one, facts),
        f"{facts['agreement']:.2%}" if "agreement" in facts else "",
        _miou(facts, found.seen["float"]),
        *_speeds(one, found),
        _frame(one.name, found),
    ]


def _complaint(one: Made) -> str:
    return one.error if one.error == NEVER else f"failed: {_plain(one.error)}"


def _cost(one: Made) -> str:
    if one.seconds is None or one.cpu_seconds is None or one.peak_bytes is None:
        return ""
    return f"{one.seconds:.0f} s ({one.cpu_seconds:.0f}), {one.peak_bytes / 1e9:.1f} GB"


def _megabytes(one: Made) -> str:
    return f"{one.bytes / 1e6:.2f}" if one.bytes is not None else ""


def _operators(facts: Facts) -> str:
    if "operators" not in facts:
        return ""
    return f"{facts['operators']} ({facts['in_float']})"


def _delegate(name: str, found: Found) -> str:
    delegate = next((r["delegate"] for r in _results(found) if r["name"] == name), None)
    if delegate is None:
        return ""
    left = sum(delegate["left_to_builtin_kernels"].values())
    if delegate["whole"]:
        return "all of it"
    parts = f"{delegate['partitions']} part{'' if delegate['partitions'] == 1 else 's'}"
    return f"{parts}, leaves {left}: {', '.join(sorted(delegate['left_to_builtin_kernels']))}"


def _integers(one: Made, facts: Facts) -> str:
    if one.ours:
        return "they are"
    if "convolutions" not in facts:
        return ""
    return f"{facts['weights_alike']}, {facts['biases_alike']} of {facts['convolutions']}"


def _miou(facts: Facts, base: Facts) -> str:
    if facts.get("miou") is None or base["miou"] is None:
        return ""
    return f"{facts['miou']:.4f} ({(facts['miou'] - base['miou']) * 100:+.2f} points)"


def _speeds(one: Made, found: Found) -> list[str]:
    """Its times, and what ours and the phone's file take of them."""
    assert one.file is not None
    suffix = one.file.suffix
    own = {r["threads"]: r for r in _results(found) if r["name"] == one.name}
    if not own:
        return ["", "", ""]
    times = " / ".join(f"{own[threads]['latency_ms']['p50']:.1f}" for threads in THREADS)
    shares = []
    for other in (DEFAULTS[suffix], PHONES[suffix]):
        known = [share_of(found.measured, other, one.name, threads) for threads in THREADS]
        shares.append(" / ".join(map(_share, known)) if not one.ours and None not in known else "")
    return [times, *shares]


def share_of(measured: Facts, name: str, other: str, threads: int) -> Facts | None:
    """How much of another file's time a file takes, block by block of one interleaved run."""
    results = [result for document in measured["latency"].values() for result in document["results"]]
    blocks = {
        result["name"]: [[block] for block in result["block_p50_ms"]]
        for result in results
        if result["threads"] == threads
    }
    if name not in blocks or other not in blocks:
        return None
    return latency.ratio(blocks[name], blocks[other])


def _share(share: Facts | None) -> str:
    if share is None:
        return ""
    low, high = share["interval95"]
    return f"{share['median']:.2f} ({low:.2f} to {high:.2f})"


def _frame(name: str, found: Found) -> str:
    ways = [found.measured["frames"][str(threads)].get(name) for threads in THREADS]
    return " / ".join(_way(way) for way in ways if way is not None)


def _way(way: Facts) -> str:
    return f"{' + '.join(f'{ms:.0f}' for ms in way['parts_ms'].values())} = {way['ms']:.0f}"


def _verdict(suffix: str, rows: Sequence[Made], found: Found) -> Iterator[str]:
    """Ours beside the fastest of the others."""
    peers = [one.name for one in rows if not one.ours]
    for threads in THREADS:
        times = {
            r["name"]: r["latency_ms"]["p50"]
            for r in _results(found)
            if r["threads"] == threads and r["name"] in peers
        }
        if not times:
            return
        fastest = min(times, key=lambda name: times[name])
        own, phone = (
            share_of(found.measured, names[suffix], fastest, threads) for names in (DEFAULTS, PHONES)
        )
        title = next(one.title for one in rows if one.name == fastest)
        yield (
            f"- {threads} thread{'' if threads == 1 else 's'}: the fastest of the others is {title}; our"
            f" default file takes {_share(own)} of its time, `--preset phone` {_share(phone)}."
        )
        yield from _frames_verdict(suffix, peers, threads, found)
    yield ""


def _frames_verdict(suffix: str, peers: Sequence[str], threads: int, found: Found) -> Iterator[str]:
    """From a frame to labels: ours beside the fastest of the others."""
    ways = found.measured["frames"][str(threads)]
    measured = [name for name in peers if name in ways]
    if not measured or PHONES[suffix] not in ways:
        return
    fastest = min(measured, key=lambda name: ways[name]["ms"])
    ours, theirs = ([[ms] for ms in ways[name]["block_ms"]] for name in (PHONES[suffix], fastest))
    title = next(one.title for one in found.made if one.name == fastest)
    yield (
        f"  A frame to labels: `--preset phone` takes {_share(latency.ratio(ours, theirs))} of the time that"
        f" the fastest of the others there takes: {title}."
    )


def _recipes(found: Found) -> Iterator[str]:
    for one in found.made:
        if one.ours:
            name = f"{one.title}, {_suffix(one, found)}"
            yield f"- {name}: fastscnn-quantize, then fastscnn-export; {one.note}."
            continue
        peer = found.peers[one.name]
        versions = ", ".join(f"{name} {version}" for name, version in one.versions.items())
        yield f"- {peer.title}{f' ({versions})' if versions else ''}: given {peer.takes}; {peer.options}."
        if one.error:
            yield f"  Here: {_complaint(one)}."
    yield ""
    yield (
        "Adding one: a module in `benchmarks/peers/routes` with `PEER` and `write`, and its pinned"
        " `benchmarks/peers/requirements/NAME.txt`."
    )


def _plain(message: str) -> str:
    """One cell's worth of somebody else's message."""
    words = " ".join(message.replace("|", "/").split())
    return words if len(words) <= 300 else f"{words[:300]} ..."
