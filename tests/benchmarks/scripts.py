"""latency.py as a board runs it: a process that knows nothing of us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import latency

SCRIPT = Path(latency.__file__)
SHORT = ("--threads", 1, "--seconds", 0.2)


def run(
    *arguments: object, script: Path = SCRIPT, switches: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, *switches, str(script), *map(str, arguments)]
    return subprocess.run(
        words, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def measured(*arguments: object, **keywords: Any) -> dict[str, Any]:
    """The document of a run that succeeds."""
    ended = run(*arguments, "--json", "--quiet", **keywords)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)  # type: ignore[no-any-return]


def refused(*arguments: object, **keywords: Any) -> str:
    """Kind, message and remedy of a run that is refused, which leaves no traceback."""
    ended = run(*arguments, "--json", **keywords)
    assert ended.returncode == 2, ended.stdout
    assert "Traceback" not in ended.stderr
    error: Mapping[str, str] = json.loads(ended.stdout)["error"]
    return f"{error['kind']}: {error['message']} {error['remedy']}"
