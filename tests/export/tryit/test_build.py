"""What is kept in built/ is what the sources give, with the packages that the lock file pins."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "export" / "tryit"
BUILT = FOLDER / "built"


def content(path: Path) -> bytes:
    """Another zlib may pack otherwise."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.mark.slow
def test_the_sources_give_what_is_kept(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here: apt-get install npm")
    for name in ("package.json", "package-lock.json", "build.mjs"):
        shutil.copy(FOLDER / name, tmp_path)
    shutil.copytree(FOLDER / "sources", tmp_path / "sources")
    fetched = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if fetched.returncode != 0:
        pytest.skip(f"npm cannot fetch the packages here: {fetched.stderr.strip()[-200:]}")
    subprocess.run([npm, "run", "build", "--silent", "--", "out"], cwd=tmp_path, check=True, timeout=120)
    found = {path.name: content(path) for path in (tmp_path / "out").iterdir()}
    assert sorted(found) == sorted(path.name for path in BUILT.iterdir())
    for name, made in found.items():
        assert made == content(BUILT / name), f"{name}: run `npm ci && npm run build` in export/tryit"


def test_packages_are_pinned_and_no_registry_is_named() -> None:
    package = json.loads((FOLDER / "package.json").read_text())
    lock = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies"):
        for name, version in package[kind].items():
            assert lock[f"node_modules/{name}"]["version"] == version
    assert not any("resolved" in entry for entry in lock.values())
    assert all("integrity" in entry for path, entry in lock.items() if path)
