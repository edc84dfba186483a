"""Which layout a state dict is in: every expected tensor there, in its shape, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import get_args

import torch

from fastscnn.errors import CheckpointError, LayoutError
from fastscnn.network.layouts import Layout, all_layouts, find
from fastscnn.network.network import FastSCNN
from fastscnn.network.options import SHAPING, apply, from_table
from fastscnn.network.simplified import Simplified
from fastscnn.network.stored import printable
from fastscnn.network.variant import BiasedPart, Variant
from fastscnn.network.wrappers import StateDict

Network = FastSCNN | Simplified
Shape = tuple[int, ...]
OPTIONAL = "num_batches_tracked"
SHOWN = 4
HALF = 0.5
NEAR = 0.8
"""Of the best agreement of names: what is looked at closely."""
PARTS: dict[BiasedPart, str] = {
    "downsample": "learning_to_downsample.",
    "pyramid": "global_feature_extractor.pyramid.",
    "fusion": "feature_fusion.",
    "classifier": "classifier.dsconv",
}


@dataclass(frozen=True, eq=False)
class Fit:
    """How a state dict and a layout agree."""

    layout: Layout
    state: StateDict
    variant: Variant
    classes: int
    keys: Mapping[str, str]
    """The network's parameters and buffers to the checkpoint's keys."""
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    misshapen: tuple[tuple[str, Shape, Shape], ...]
    """Key, shape found, shape expected."""
    said: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not (self.missing or self.extra or self.misshapen)

    @property
    def share(self) -> float:
        """How much of the network is there, in its shape."""
        expected = len(set(self.keys.values()))
        return (expected - len(self.missing) - len(self.misshapen)) / expected

    def complaint(self) -> str:
        """What is wrong, the first few named."""
        parts = []
        if self.missing:
            parts.append(f"{counted(self.missing, 'tensor')} missing ({first_few(self.missing)})")
        if self.misshapen:
            shown = [f"{key} is {_shape(a)}, not {_shape(b)}" for key, a, b in self.misshapen]
            parts.append(f"{counted(shown, 'tensor')} misshapen ({first_few(shown)})")
        if self.extra:
            parts.append(f"{counted(self.extra, 'tensor')} too many ({first_few(self.extra)})")
        return "; ".join(parts)


def build(layout: Layout, variant: Variant, classes: int) -> Network:
    """An empty network of this layout."""
    if layout.network == "simplified":
        return Simplified(classes, variant.output_stride, fusion_relu=variant.fusion_relu)
    return FastSCNN(classes, variant)


def best_fit(
    states: Sequence[StateDict], path: Path, name: str | None, wishes: Mapping[str, str] | None = None
) -> Fit:
    """The layout and the state dict that agree, or an error that says what does not.

    Of `wishes` those are heard that change shapes, and only where nothing fits without them.
    """
    if not states:
        raise CheckpointError(
            f"{path} holds no tensors by name.",
            "Save the weights: torch.save(model.state_dict(), 'weights.pth').",
        )
    if name is not None:
        pairs = [(state, find(name)) for state in states]
    else:
        pairs = _likely(states, _told_by_keys())
    fits = [fit(state, layout) for state, layout in pairs]
    complete = [found for found in fits if found.complete] or _as_wished(pairs, wishes or {})
    if complete:
        chosen = complete[0]
        others = sorted(
            {f.state.where for f in complete if f.state is not chosen.state} - {chosen.state.where}
        )
        if others:
            said = f"The weights are those of {chosen.state.where}; the file also has {', '.join(others)}."
            chosen = replace(chosen, said=(*chosen.said, said))
        return chosen
    raise _no_fit(max(fits, key=lambda found: found.share), states, path, name)


def _as_wished(pairs: Sequence[tuple[StateDict, Layout]], wishes: Mapping[str, str]) -> list[Fit]:
    """The complete fits under the switches that change shapes."""
    shaping = {key: value for key, value in wishes.items() if key in SHAPING}
    if not shaping:
        return []
    fits = [
        fit(state, layout, apply(shaping, from_table(layout.variant), layout.preprocessing).variant)
        for state, layout in pairs
        if layout.network == "fastscnn"
    ]
    return [found for found in fits if found.complete]


def _likely(states: Sequence[StateDict], layouts: Sequence[Layout]) -> list[tuple[StateDict, Layout]]:
    """Those whose names agree best: shapes are only looked at for them."""
    pairs = [(state, layout) for state in states for layout in layouts]
    shares = [_share(*pair) for pair in pairs]
    return [pair for pair, share in zip(pairs, shares, strict=True) if share >= NEAR * max(shares)]


def _share(state: StateDict, layout: Layout) -> float:
    """How many of the layout's modules have a weight here."""
    table = layout.module_names()
    modules = _own_modules(layout.network) if table is None else set(table.values())
    return sum(f"{module}.weight" in state.tensors for module in modules) / len(modules)


@cache
def _own_modules(network: str) -> frozenset[str]:
    expected = _expected(network, Variant(), 1)
    return frozenset(key.removesuffix(".weight") for key in expected if key.endswith(".weight"))


def fit(state: StateDict, layout: Layout, variant: Variant | None = None) -> Fit:
    """How they agree; `variant` is the layout's own unless given."""
    given = variant if variant is not None else from_table(layout.variant)
    said: list[str] = []
    if variant is None and layout.network == "fastscnn":
        given, said = _with_biases(state, layout, given)
    classes = _classes(state, layout)
    expected = _expected(layout.network, given, classes)
    keys = _keys(layout, expected, len(given.pyramid_bins))
    shapes = {key: expected[canonical] for canonical, key in keys.items()}
    found = {key: t.shape for key, t in state.tensors.items() if not key.startswith(layout.drop)}
    missing = [key for key in shapes if key not in found and not key.endswith(OPTIONAL)]
    extra = [key for key in found if key not in shapes and not _counter(key, shapes)]
    misshapen = [
        (key, found[key], shapes[key]) for key in shapes if key in found and found[key] != shapes[key]
    ]
    return Fit(
        layout, state, given, classes, keys, tuple(missing), tuple(extra), tuple(misshapen), tuple(said)
    )


def names(layout: Layout, network: Network) -> dict[str, str]:
    """The network's convolutions and batch norms to the checkpoint's own names, no name twice."""
    branches = len(network.variant.pyramid_bins) if isinstance(network, FastSCNN) else 0
    table = layout.module_names(branches)
    given: dict[str, str] = {}
    for path, module in network.named_modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.BatchNorm2d):
            name = table[path] if table is not None else path
            # a convolution used twice is two nodes
            given[path] = name if name not in given.values() else f"{name}_1"
    return given


def _keys(layout: Layout, expected: Mapping[str, Shape], branches: int) -> dict[str, str]:
    table = layout.module_names(branches)
    if table is None:
        return {canonical: canonical for canonical in expected}
    keys = {}
    for canonical in expected:
        module, _, leaf = canonical.rpartition(".")
        # what the layout's table does not have cannot be in its files
        keys[canonical] = f"{table.get(module, module)}.{layout.leaves.get(leaf, leaf)}"
    return keys


@cache
def _expected(network: str, variant: Variant, classes: int) -> Mapping[str, Shape]:
    with torch.device("meta"):
        layout = next(layout for layout in all_layouts().values() if layout.network == network)
        empty = build(layout, variant, classes)
    return {name: tuple(tensor.shape) for name, tensor in empty.state_dict().items()}


def _classes(state: StateDict, layout: Layout) -> int:
    """The number of scores that the head gives."""
    table = layout.module_names()
    head = "classifier.conv" if table is None else table["classifier.conv"]
    tensor = state.tensors.get(f"{head}.weight")
    plausible = tensor is not None and len(tensor.shape) == 4 and 1 <= tensor.shape[0] <= 4096
    return tensor.shape[0] if tensor is not None and plausible else 1


def _with_biases(state: StateDict, layout: Layout, variant: Variant) -> tuple[Variant, list[str]]:
    """Forks differ in whether convolutions before a batch norm keep their bias: the file tells."""
    table = layout.module_names(len(variant.pyramid_bins))
    said: list[str] = []
    parts = list(variant.biased)
    with_all = replace(variant, biased=get_args(BiasedPart))
    both = set(_expected("fastscnn", with_all, 1)) - set(
        _expected("fastscnn", replace(variant, biased=()), 1)
    )
    for part, beginning in PARTS.items():
        modules = [key.removesuffix(".bias") for key in sorted(both) if key.startswith(beginning)]
        if not modules or (table is not None and any(module not in table for module in modules)):
            continue
        there = [f"{module if table is None else table[module]}.bias" in state.tensors for module in modules]
        if all(there) and part not in parts:
            parts.append(part)
            said.append(f"The {part} convolutions have a bias in this file, unlike in {layout.source}.")
        if not any(there) and part in parts:
            parts.remove(part)
            said.append(f"The {part} convolutions have no bias in this file, unlike in {layout.source}.")
    ordered = tuple(part for part in get_args(BiasedPart) if part in parts)
    return replace(variant, biased=ordered), said


def _told_by_keys() -> list[Layout]:
    """All layouts but those that only their name tells from another."""
    layouts = all_layouts()
    return [
        layout
        for layout in layouts.values()
        if not layout.asked_for or layout.modules != layouts[layout.family].modules
    ]


def _counter(key: str, shapes: Mapping[str, Shape]) -> bool:
    """A batch norm's step counter, which older files lack."""
    return key.endswith(OPTIONAL) and key in shapes


def _no_fit(best: Fit, states: Sequence[StateDict], path: Path, name: str | None) -> LayoutError:
    if name is not None:
        others = [fit(state, layout) for state in states for layout in _told_by_keys()]
        complete = [found.layout.name for found in others if found.complete]
        if complete:
            remedy = (
                f"Its keys are those of {complete[0]}: say --layout {complete[0]}, or leave --layout out."
            )
        elif best.share >= HALF:
            remedy = "Give a checkpoint of this layout that is whole."
        else:
            remedy = f"Its keys are nearest to {max(others, key=lambda found: found.share).layout.name}."
        return LayoutError(f"{path} is not in the layout {name}: {best.complaint()}.", remedy)
    if best.share < HALF:
        largest = max(states, key=lambda state: len(state.tensors))
        return LayoutError(
            f"{path} holds another network: {counted(largest.tensors, 'tensor')}"
            f" ({first_few(list(largest.tensors))}), in no layout of Fast-SCNN that is known."
            f" The nearest is {best.layout.name}, of which {best.share:.0%} is there.",
            "See --list-layouts.",
        )
    return LayoutError(
        f"{path} is nearest to the layout {best.layout.name}, but {best.complaint()}.",
        "Give a checkpoint that is whole, or name its layout with --layout.",
    )


def counted(items: Sized, noun: str) -> str:
    return f"{len(items)} {noun}{'s' if len(items) != 1 else ''}"


def first_few(items: Sequence[str]) -> str:
    shown = ", ".join(map(printable, items[:SHOWN]))
    return f"{shown}, ..." if len(items) > SHOWN else shown


def _shape(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "a single number"
