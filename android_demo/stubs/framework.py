"""Debian's Android, fetched once: the framework's API as stubs, its resources, and the resource compiler."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from android_demo.stubs import api_text, java_source, missing, overrides
from benchmarks.arm import debian
from fastscnn.errors import BoardError

SUITE = "trixie"
"""The first Debian with Android 14's framework (API 34); sid has the same, Debian 12 has Android 10's."""
API_LEVEL = 34
SOURCE = "android-platform-frameworks-base"
API_TEXT = "core/api/current.txt"
PACKAGES = ("aapt", "android-framework-res")
BUILD = Path(__file__).parents[2] / "build" / "android"


@dataclass(frozen=True)
class Framework:
    folder: Path

    @property
    def stubs(self) -> Path:
        """Every class of android.*, to compile against."""
        return self.folder / "android.jar"

    @property
    def resources(self) -> Path:
        """What aapt2 links against."""
        return self.folder / "root" / "usr" / "share" / "android-framework-res" / "framework-res.apk"

    def aapt2(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Debian's own, with its own loader and libraries: any system runs it."""
        root = self.folder / "root"
        loader = next(path for path in sorted(root.glob("**/ld-linux*.so.*")) if path.exists())
        libraries = ":".join(sorted({str(path.parent) for path in root.glob("usr/lib/**/*.so*")}))
        command = [str(loader), "--library-path", libraries, str(root / "usr" / "bin" / "aapt2")]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


def framework(say: Callable[[str], None], build: Path = BUILD) -> Framework:
    """From the folder, or fetched into it first; of several processes that ask, one fetches."""
    found = Framework(build / "framework")
    ready = found.folder / "ready"
    own = (Path(module.__file__ or "") for module in (api_text, java_source, missing, overrides))
    recipe = hashlib.sha256(repr((SUITE, PACKAGES)).encode() + b"".join(p.read_bytes() for p in own))
    build.mkdir(parents=True, exist_ok=True)
    with _alone(build / "framework.lock"):
        if ready.exists() and ready.read_text() == recipe.hexdigest():
            return found
        shutil.rmtree(found.folder, ignore_errors=True)
        found.folder.mkdir()
        say(f"fetching {' and '.join(PACKAGES)} of Debian {SUITE}")
        debian.unpack(PACKAGES, _architecture(), SUITE, found.folder / "root")
        say(f"fetching the source of {SOURCE}")
        with tempfile.TemporaryDirectory(dir=found.folder) as source:
            text = _api_text(Path(source))
        say("compiling the stubs")
        compile_stubs(text, found.folder / "java", found.stubs)
        ready.write_text(recipe.hexdigest())
    return found


def compile_stubs(text: str, folder: Path, jar: Path) -> None:
    """The API's text to classes in a jar; the Java between them stays for whoever wants to look."""
    classes = api_text.read(text)
    overrides.complete(classes)
    files = java_source.write([*classes, *missing.Missing(classes).classes()], folder / "source")
    names = folder / "files"
    names.write_text("\n".join(map(str, files)))
    options = ["-nowarn", "-proc:none", "-XDuseUnsharedTable=true", "-encoding", "UTF-8", "-Xmaxerrs", "20"]
    _run(["javac", *options, "-d", str(folder / "classes"), f"@{names}"])
    _run(["jar", "--create", "--file", str(jar), "--no-compress", "-C", str(folder / "classes"), "."])


def _api_text(folder: Path) -> str:
    debian.source(SOURCE, _architecture(), SUITE, folder)
    for archive in sorted(folder.glob("*.orig.tar.*")):
        with tarfile.open(archive, "r|*") as files:
            for file in files:
                content = files.extractfile(file) if file.name.endswith(f"/{API_TEXT}") else None
                if content is not None:
                    return content.read().decode()
    raise BoardError(
        f"{SOURCE} of Debian {SUITE} has no {API_TEXT}.", "Its layout changed: look for it there."
    )


def _architecture() -> str:
    return _run(["dpkg", "--print-architecture"]).strip()


def _run(command: Sequence[str]) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError as error:
        raise BoardError(f"There is no {command[0]} here.", "It belongs to dpkg or to a JDK.") from error
    if ended.returncode != 0:
        said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        raise BoardError(f"{command[0]} failed: {' / '.join(said[:5])}", "The stubs do not fit.")
    return ended.stdout


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    framework(lambda text: print(text, file=sys.stderr))
