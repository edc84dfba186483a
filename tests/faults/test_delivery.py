"""The workbench notices what is not whole: a check that cannot fail proves nothing."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.delivery import Delivery, Workbench, artifacts, beside, unnamed


def bench_of(root: Path) -> Workbench:
    """A workbench that knows two deliveries of one artifact, without a run."""
    bench = object.__new__(Workbench)
    bench.root = root
    for name in ("old", "new"):
        (root / name).mkdir()
        (root / name / "net.onnx").write_text(name)
        setattr(bench, name, Delivery((), artifacts(root / name), 1.0))
    return bench


def test_what_is_cut_mixed_or_left_is_told(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    out = bench.folder(holding=bench.old)
    (out / "manifest.json").write_text(
        json.dumps({"artifacts": {"net.onnx": {"sha256": bench.old.digests["net.onnx"]}}})
    )
    assert bench.complaints(out, clean=True) == []
    (out / ".fastscnn-staging-x").mkdir()
    assert bench.complaints(out, clean=False) == []
    assert bench.complaints(out, clean=True) == [".fastscnn-staging-x was left"]
    assert beside(out) == [out / ".fastscnn-staging-x"]
    (out / "net.onnx").write_text("ol")
    assert "neither the old one nor the new one" in bench.complaints(out, clean=False)[0]
    assert unnamed(out) == ["net.onnx is not as the manifest says"]
    (out / "report.json").write_text('{"schema":')
    (out / "report.html").write_text("<html><body>")
    assert bench.complaints(out, clean=False)[1:] == ["report.json is cut", "report.html is cut"]
