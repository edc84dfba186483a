"""The state dicts in a checkpoint's file, out of whatever the training script wrapped them in. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastscnn.network.makers import NumpyArray
from fastscnn.network.stored import StoredTensor

PREFIXES = ("module.", "model.", "net.", "network.", "_orig_mod.", "ema.", "ema_model.", "model_ema.")
"""What wrappers put before every key; they come off, again and again."""
PREFERRED = (
    "ema",
    "model_ema",
    "ema_model",
    "state_dict_ema",
    "params_ema",
    "state_dict",
    "model_state_dict",
    "model",
    "params",
    "net",
    "network",
)
"""Which of several state dicts is taken: averaged weights are those that a project evaluates."""
PROFILED = (".total_ops", ".total_params", "total_ops", "total_params")
"""What the profiler thop leaves in a state dict."""
DEEPEST = 5
WIDEST = 64
MOST = 12


@dataclass(frozen=True, eq=False)
class StateDict:
    """Tensors by name, and where in the file they were."""

    path: tuple[str, ...]
    prefix: str
    tensors: Mapping[str, StoredTensor]
    beside: tuple[str, ...] = ()
    """Tensors of the same dictionary that did not have the prefix."""

    @property
    def where(self) -> str:
        return "/".join(self.path) or "the file's top"

    def rank(self) -> tuple[int, int, tuple[str, ...], str]:
        """The least is preferred."""
        named = [part for part in (*self.path, *self.prefix.split(".")) if part in PREFERRED]
        places = [PREFERRED.index(part) for part in named]
        return (min(places, default=len(PREFERRED)), len(self.path), self.path, self.prefix)


def state_dicts(tree: Any) -> list[StateDict]:
    """Every dictionary of tensors in the file, wrappers and prefixes off, the preferred first."""
    found = [part for path, table in _tables(tree, (), set()) for part in _parts(path, table)]
    # an optimizer's state is hundreds of small dictionaries
    largest = sorted(found, key=lambda state: -len(state.tensors))[:MOST]
    return sorted(largest, key=StateDict.rank)


def _tables(
    node: Any, path: tuple[str, ...], seen: set[int]
) -> Iterator[tuple[tuple[str, ...], dict[str, StoredTensor]]]:
    if id(node) in seen or len(path) > DEEPEST:
        return
    seen.add(id(node))
    if isinstance(node, dict):
        tensors = {key: found for key, value in node.items() if (found := _tensor(key, value)) is not None}
        if tensors:
            yield path, tensors
        items: list[tuple[Any, Any]] = list(node.items())
    elif isinstance(node, list | tuple) and len(node) <= WIDEST:
        items = list(enumerate(node))
    else:
        return
    for key, value in items:
        if isinstance(value, dict | list | tuple):
            yield from _tables(value, (*path, str(key)), seen)


def _tensor(key: Any, value: Any) -> StoredTensor | None:
    if not isinstance(key, str) or key.endswith(PROFILED):
        return None
    if isinstance(value, StoredTensor):
        return value
    if isinstance(value, NumpyArray):
        return value.stored
    # Paddle keeps a tensor's own name beside it
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], NumpyArray):
        return value[1].stored
    return None


def _parts(path: tuple[str, ...], table: Mapping[str, StoredTensor]) -> Iterator[StateDict]:
    by_prefix = _by_prefix(table)
    for prefix, tensors in by_prefix.items():
        others = tuple(key for key in table if _split(key)[0] != prefix)
        yield StateDict(path, prefix, tensors, others if prefix else ())
    for prefix, tensors in by_prefix.items():
        # a wrapper may call the network anything
        root = _root(tensors)
        inner = {key.removeprefix(root): t for key, t in tensors.items() if root and key.startswith(root)}
        for further, rest in _by_prefix(inner).items():
            whole = f"{prefix}{root}{further}"
            yield StateDict(path, whole, rest, tuple(key for key in table if not key.startswith(whole)))
    if "" in by_prefix and len(by_prefix) > 1:
        # what looks like a prefix may be part of the network
        yield StateDict(path, "", table)


def _by_prefix(table: Mapping[str, StoredTensor]) -> dict[str, dict[str, StoredTensor]]:
    parts: dict[str, dict[str, StoredTensor]] = {}
    for key, tensor in table.items():
        prefix, rest = _split(key)
        parts.setdefault(prefix, {})[rest] = tensor
    return parts


def _root(table: Mapping[str, StoredTensor]) -> str:
    """The first name that most of the keys share, with its dot; otherwise nothing."""
    # behind it a module's name and a parameter's must be left
    counts = Counter(key.split(".", 1)[0] for key in table if key.count(".") > 1)
    root, count = counts.most_common(1)[0] if counts else ("", 0)
    return f"{root}." if 2 * count > len(table) else ""


def _split(key: str) -> tuple[str, str]:
    rest = key
    while (prefix := next((p for p in PREFIXES if rest.startswith(p)), None)) is not None:
        rest = rest[len(prefix) :]
    return key[: len(key) - len(rest)], rest
