"""Every check, in the order in which people read them."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from export.doctor import child, cpu, network, packages, requirements, runtimes, space
from export.doctor.child import Answer
from export.doctor.finding import Finding
from export.doctor.packages import Installed
from fastscnn.console import Console

WORKERS = min(4, os.cpu_count() or 1)


def examine(needed: Sequence[str], console: Console) -> list[Finding]:
    """What was found; `needed` are formats that must work here, beside those that always must."""
    installed, unknown = _looked(needed)
    imports = packages.questions(installed) if installed is not None else []
    answers = _asked([*imports, *runtimes.questions(), network.QUESTION], console)
    return [
        *(packages.findings(installed, answers) if installed is not None else unknown),
        *cpu.findings(),
        *runtimes.findings(answers, needed),
        *network.findings(answers),
        *space.findings(),
    ]


def _looked(needed: Sequence[str]) -> tuple[Installed | None, list[Finding]]:
    """What is installed; or why that cannot be told."""
    try:
        return packages.look(needed), []
    except importlib.metadata.PackageNotFoundError:
        message = "is not installed: which versions it wants is not known."
        return None, [Finding(packages.CHECK, requirements.US, "broken", message, packages.INSTALL_US)]
    except ImportError as error:
        message = f"versions cannot be compared: {child.one_line(str(error))}"
        return None, [Finding(packages.CHECK, "packaging", "broken", message, "pip install packaging")]


def _asked(questions: Sequence[tuple[str, ...]], console: Console) -> dict[tuple[str, ...], Answer]:
    distinct = list(dict.fromkeys(questions))
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            asked = pool.map(lambda words: child.ask(*words), distinct)
            found = console.progress(asked, "looking", len(distinct))
            return dict(zip(distinct, found, strict=True))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
