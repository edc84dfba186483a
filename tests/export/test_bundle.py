"""Delivery: whole or not at all, nothing overwritten, and what a killed run left is cleared."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from export import _filesystem as filesystem
from export import bundle
from export.formats.base import Files
from fastscnn.errors import OutputError

PACKAGE = {"Manifest.json": b"{}", "Data/model": b"one"}


def entry(staged: bundle.Staged) -> dict[str, str]:
    return {"sha256": staged.sha256}


def delivered(out: Path, files: dict[str, Files], *, force: bool = False) -> None:
    with bundle.staging(out, dry=False) as folder:
        staged = [bundle.stage(folder, name, content) for name, content in files.items()]
        bundle.deliver(
            out,
            staged,
            force=force,
            documents={bundle.REPORT: {"artifacts": sorted(files)}},
            entries={artifact.name: entry(artifact) for artifact in staged},
        )


def manifest(out: Path) -> dict[str, dict[str, str]]:
    return json.loads((out / bundle.MANIFEST).read_text())["artifacts"]  # type: ignore[no-any-return]


def test_everything_is_there_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    delivered(out, {"a.onnx": b"a", "b.mlpackage": PACKAGE})
    assert sorted(p.name for p in out.iterdir()) == ["a.onnx", "b.mlpackage", "manifest.json", "report.json"]
    assert (out / "b.mlpackage" / "Data" / "model").read_bytes() == b"one"
    assert {name: value["sha256"] for name, value in manifest(out).items()} == {
        name: bundle.digest(out / name) for name in ("a.onnx", "b.mlpackage")
    }


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("a.onnx", b"old", b"new"),
        ("b.mlpackage", PACKAGE, {**PACKAGE, "Data/model": b"two", "Data/more": b"3"}),
    ],
)
def test_other_content_is_replaced_only_by_force(name: str, old: Files, new: Files, tmp_path: Path) -> None:
    delivered(tmp_path, {name: old})
    before = bundle.digest(tmp_path / name)
    with pytest.raises(OutputError, match="--force"):
        delivered(tmp_path, {name: new})
    assert bundle.digest(tmp_path / name) == before
    delivered(tmp_path, {name: old})
    delivered(tmp_path, {name: new}, force=True)
    assert bundle.digest(tmp_path / name) != before
    assert manifest(tmp_path)[name]["sha256"] == bundle.digest(tmp_path / name)
    assert not list(tmp_path.glob(".*"))


def test_a_folder_may_stand_where_a_file_goes_and_a_file_where_a_package_goes(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").mkdir()
    (tmp_path / "b.mlpackage").write_bytes(b"not a package")
    delivered(tmp_path, {"a.onnx": b"a", "b.mlpackage": PACKAGE}, force=True)
    assert (tmp_path / "a.onnx").read_bytes() == b"a"
    assert (tmp_path / "b.mlpackage").is_dir()


def test_the_manifest_keeps_what_still_stands_and_forgets_what_changed(tmp_path: Path) -> None:
    delivered(tmp_path, {"a.onnx": b"a", "b.onnx": b"b", "c.onnx": b"c"})
    (tmp_path / "b.onnx").write_bytes(b"edited")
    (tmp_path / "c.onnx").unlink()
    delivered(tmp_path, {"d.onnx": b"d"})
    assert sorted(manifest(tmp_path)) == ["a.onnx", "d.onnx"]


def test_a_broken_manifest_is_replaced(tmp_path: Path) -> None:
    for text in ("", "[]", '{"artifacts": {"../../etc": {}}}', '{"artifacts": 3}'):
        (tmp_path / bundle.MANIFEST).write_text(text)
        delivered(tmp_path, {"a.onnx": b"a"})
        assert sorted(manifest(tmp_path)) == ["a.onnx"]


def test_an_error_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"

    def fails() -> None:
        with bundle.staging(out, dry=False) as folder:
            bundle.stage(folder, "a.onnx", b"a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert not list(tmp_path.iterdir()), "folders made for a failed run are taken away again"


def test_a_folder_that_cannot_be_made_or_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "inner", Path("/proc/nowhere")):
        with pytest.raises(OutputError, match="cannot be written"):
            delivered(out, {"a.onnx": b"a"})


KILLED = """
import sys, time
from pathlib import Path
from export import bundle
with bundle.staging(Path(sys.argv[1]), dry=False) as folder:
    bundle.stage(folder, "a.onnx", b"a" * 1000)
    print("staged", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_left_is_cleared_and_a_living_run_is_not(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "staged\n"
    delivered(tmp_path, {"b.onnx": b"b"})
    assert list(tmp_path.glob(".fastscnn-staging-*")), "the other run is alive: its folder stays"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not (tmp_path / "a.onnx").exists()
    delivered(tmp_path, {"c.onnx": b"c"})
    assert not list(tmp_path.glob(".fastscnn-staging-*"))
    assert sorted(manifest(tmp_path)) == ["b.onnx", "c.onnx"]


REPLACER = """
import sys
from pathlib import Path
from export import bundle
out, turn = Path(sys.argv[1]), 0
while True:
    turn += 1
    files = {f"Data/{i}": bytes([turn % 200]) * 20000 for i in range(20)}
    with bundle.staging(out, dry=False) as folder:
        staged = [bundle.stage(folder, "b.mlpackage", files), bundle.stage(folder, "a.onnx", files["Data/0"])]
        bundle.deliver(out, staged, force=True, documents={}, entries={})
    print(turn, flush=True)
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="packages are swapped in one step on Linux and macOS only"
)
def test_a_kill_at_any_moment_leaves_every_artifact_whole(tmp_path: Path) -> None:
    kept = b""
    for attempt in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", REPLACER, str(tmp_path)], stdout=subprocess.PIPE, env=os.environ
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.003 * attempt)
        child.kill()
        child.communicate()
        contents = {path.read_bytes() for path in (tmp_path / "b.mlpackage" / "Data").iterdir()}
        assert len(contents) == 1, "a package of one run, never a mixture"
        assert len(list((tmp_path / "b.mlpackage" / "Data").iterdir())) == 20
        kept = (tmp_path / "a.onnx").read_bytes()
        assert len(kept) == 20000
        assert len(set(kept)) == 1


def test_without_an_atomic_swap_the_old_package_is_moved_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "_exchanged", lambda source, target: False)
    delivered(tmp_path, {"b.mlpackage": PACKAGE})
    delivered(tmp_path, {"b.mlpackage": {"Manifest.json": b"new"}}, force=True)
    assert [p.name for p in (tmp_path / "b.mlpackage").iterdir()] == ["Manifest.json"]
