"""The peers that there are: every module in routes/."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from benchmarks.peers import routes
from benchmarks.peers.contract import Peer

PACKAGE = routes.__name__


def known() -> dict[str, Peer]:
    """By name, sorted; a route imports its packages only when it writes."""
    return {name: import_module(f"{PACKAGE}.{name}").PEER for name in sorted(names())}


def names() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(routes.__path__)]
