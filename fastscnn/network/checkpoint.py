"""Checkpoints: any public layout in, the canonical network out; and our own file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fastscnn import whole
from fastscnn.data import classes as class_tables
from fastscnn.data.classes import Classes
from fastscnn.errors import CheckpointError, LayoutError, OutputError, VariantError
from fastscnn.info import ModelInfo
from fastscnn.network import options
from fastscnn.network.layouts import OWN, find
from fastscnn.network.matching import Fit, Network, best_fit, build, counted, first_few, fit, names
from fastscnn.network.network import FastSCNN
from fastscnn.network.reading import FileContents, read
from fastscnn.network.stored import Damaged
from fastscnn.network.suspicion import suspicions
from fastscnn.network.variant import Variant
from fastscnn.network.wrappers import state_dicts

EMBEDDED = "camvid.safetensors"
FLOATS = ("float32", "float16", "bfloat16", "float64")
CLASS_LISTS = (
    ("class_names",),
    ("classes",),
    ("CLASSES",),
    ("meta", "CLASSES"),
    ("meta", "classes"),
    ("meta", "dataset_meta", "classes"),
    ("dataset_meta", "classes"),
)
"""Where training scripts leave the names of classes."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A network ready to run, and what is known and believed of it."""

    network: Network
    """In eval mode, float32, its numbers exactly the file's."""
    info: ModelInfo
    names: Mapping[str, str]
    """Convolutions and batch norms of the network, as the checkpoint calls them."""
    assumptions: tuple[str, ...]
    """What the file does not say, and why it is believed."""
    warnings: tuple[str, ...]
    """Where the file's own statistics contradict an assumption."""
    layout: str
    sha256: str
    """Of the file."""


def embedded() -> Path:
    """The network that comes with the package."""
    return Path(str(resources.files("fastscnn.weights").joinpath(EMBEDDED)))


def load(
    path: Path | None = None,
    *,
    layout: str | None = None,
    variant: Mapping[str, str] | None = None,
    classes: Classes | Sequence[str] | None = None,
) -> Checkpoint:
    """A checkpoint of any public layout; without a path, the embedded network."""
    if layout is not None:
        find(layout)
    wishes = dict(variant or {})
    file = Path(path) if path is not None else embedded()
    contents = read(file)
    info = _own_info(contents, file)
    found = _own_fit(contents, info) if info is not None and layout in (None, OWN) else None
    if found is None:
        info = None
        found = best_fit(state_dicts(contents.tree), file, layout, wishes)
    chosen = _heard(found, info, wishes)
    found = _refitted(found, chosen.variant, wishes)
    network, cast = _filled(found, file)
    labels, labelled = _labels(found, info, contents.tree, classes)
    described = ModelInfo(
        layout=found.layout.name,
        classes=labels.names,
        colors=labels.colors,
        preprocessing=chosen.preprocessing,
        align_corners=isinstance(network, FastSCNN) and chosen.variant.output_align_corners,
        size=info.size if info is not None else None,
        checkpoint_sha256=contents.sha256,
        trained=info.trained if info is not None else True,
        variant=_switches(network),
        notes=info.notes if info is not None else {},
    )
    assumed = () if info is not None else (*_found(found, layout), *found.layout.assumed)
    return Checkpoint(
        network=network,
        info=described,
        names=names(found.layout, network),
        assumptions=(*assumed, *found.said, *labelled, *cast, *chosen.said),
        warnings=suspicions(network, described) if info is None else (),
        layout=found.layout.name,
        sha256=contents.sha256,
    )


def save(network: Network, info: ModelInfo, path: Path) -> None:
    """Our own file: safetensors with the ModelInfo inside. The same network is the same bytes."""
    from safetensors.torch import save as serialized

    # a file cannot hold its own digest
    kept = replace(info, layout=_own_layout(network), checkpoint_sha256="", variant=_switches(network))
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    data = serialized(tensors, metadata={"info": kept.to_json()})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.put(path, data)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error


def _own_layout(network: Network) -> str:
    return OWN if isinstance(network, FastSCNN) else "simplified"


def _switches(network: Network) -> dict[str, Any]:
    if isinstance(network, FastSCNN):
        return dict(options.spelled(network.variant))
    relu = str(network.fusion_relu).lower()
    return {"output_stride": str(network.output_stride), "fusion_relu": relu}


def _own_info(contents: FileContents, file: Path) -> ModelInfo | None:
    if "info" not in contents.metadata:
        return None
    try:
        return ModelInfo.from_json(contents.metadata["info"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise CheckpointError(
            f"{file}: its description cannot be read ({error}).", "Save it again."
        ) from error


def _own_fit(contents: FileContents, info: ModelInfo) -> Fit | None:
    """The fit that our own file's description promises; None if it is not kept."""
    try:
        if info.layout == "simplified":
            stride = options.apply(info.variant, Variant(), info.preprocessing, simplified=True)
            described = stride.variant
        else:
            described = options.from_spelled(info.variant)
    except VariantError:
        return None
    layout = find("simplified" if info.layout == "simplified" else OWN)
    fits = [fit(state, layout, described) for state in state_dicts(contents.tree)]
    return next((found for found in fits if found.complete), None)


def _heard(found: Fit, info: ModelInfo | None, wishes: Mapping[str, str]) -> options.Options:
    known = info.preprocessing if info is not None else found.layout.for_classes(found.classes)
    simplified = found.layout.network == "simplified"
    return options.apply(wishes, found.variant, known, simplified=simplified)


def _refitted(found: Fit, variant: Variant, wishes: Mapping[str, str]) -> Fit:
    """The same state dict with the user's switches; they cannot change what shapes say."""
    if variant == found.variant:
        return found
    try:
        again = fit(found.state, found.layout, variant)
    except KeyError:
        again = None
    if again is None or not again.complete:
        switches = ", ".join(
            f"{key}={value}" for key, value in wishes.items() if key not in options.PREPROCESSING
        )
        why = again.complaint() if again is not None else "its tensors have other names then"
        raise VariantError(
            f"--variant {switches} contradicts the checkpoint's tensors: {why}.",
            "Leave out the switch that changes shapes.",
        )
    return replace(again, said=found.said)


def _filled(found: Fit, file: Path) -> tuple[Network, list[str]]:
    """The network with the file's numbers, and what had to be converted."""
    with torch.device("meta"):
        network = build(found.layout, found.variant, found.classes)
    network.to_empty(device="cpu")
    state: dict[str, Tensor] = {}
    cast: dict[str, int] = {}
    broken: list[str] = []
    for canonical, key in found.keys.items():
        stored = found.state.tensors.get(key)
        if canonical.endswith("num_batches_tracked"):
            state[canonical] = torch.tensor(0) if stored is None else _tensor(stored, file).to(torch.int64)
            continue
        assert stored is not None, key
        if stored.dtype not in FLOATS:
            raise LayoutError(
                f"{file}: {key} holds {stored.dtype or 'unknown'} numbers, not floats.",
                "If the network is quantized, give the float checkpoint that it was made from.",
            )
        value = _tensor(stored, file)
        if stored.dtype != "float32":
            cast[stored.dtype] = cast.get(stored.dtype, 0) + 1
        state[canonical] = value.to(torch.float32)
        if not np.isfinite(state[canonical].numpy()).all():
            broken.append(key)
    _refuse_broken(broken, state, found, file)
    network.load_state_dict(state)
    said = [f"{n} tensors were {kind} in the file and are float32 now." for kind, n in sorted(cast.items())]
    return network.eval(), said


def _tensor(stored: Any, file: Path) -> Tensor:
    try:
        value: Tensor = stored.read()
    except (Damaged, RuntimeError, ValueError, OSError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}.", "Copy or download it again.") from error
    return value


def _refuse_broken(broken: list[str], state: Mapping[str, Tensor], found: Fit, file: Path) -> None:
    if broken:
        raise CheckpointError(
            f"{file}: NaN or infinity in {counted(broken, 'tensor')} ({first_few(broken)}).",
            "The training diverged: give an earlier checkpoint.",
        )
    negative = [found.keys[k] for k, v in state.items() if k.endswith("running_var") and (v < 0).any()]
    if negative:
        raise CheckpointError(
            f"{file}: negative variances in {counted(negative, 'tensor')} ({first_few(negative)}).",
            "Give another checkpoint.",
        )


def _found(found: Fit, asked: str | None) -> list[str]:
    """How the layout and the state dict were chosen."""
    why = "as --layout says" if asked is not None else f"by its keys ({found.layout.tell_tale})"
    said = [f"The layout is {found.layout.name} ({found.layout.source}), {why}."]
    if found.state.path or found.state.prefix:
        prefix = f", {found.state.prefix} taken off every key" if found.state.prefix else ""
        said.append(f"The weights are at {found.state.where}{prefix}.")
    if found.state.beside:
        beside = found.state.beside
        said.append(f"Left out: {counted(beside, 'tensor')} beside the network ({first_few(beside)}).")
    dropped = [key for key in found.state.tensors if key.startswith(found.layout.drop)]
    if dropped:
        heads = [d.rstrip("._") for d in found.layout.drop if any(key.startswith(d) for key in dropped)]
        said.append(
            f"Dropped: {counted(dropped, 'tensor')} that inference does not need ({', '.join(heads)})."
        )
    return said


def _labels(
    found: Fit, info: ModelInfo | None, tree: Any, given: Classes | Sequence[str] | None
) -> tuple[Classes, list[str]]:
    count = found.classes
    if given is not None:
        table = given if isinstance(given, Classes) else class_tables.named(given)
        class_tables.check(
            table.names, count, table.source if isinstance(given, Classes) else "The given list"
        )
        return table, [f"The {count} classes are named as --classes says."]
    if info is not None and len(info.classes) == count == len(info.colors):
        return Classes(info.classes, info.colors, "the checkpoint"), []
    listed = _listed_classes(tree, count)
    if listed is not None:
        return listed, [f"The {count} classes are named by the checkpoint."]
    same = class_tables.known(count)
    if same is not None:
        return same, [f"{count} classes: named after {same.source}. --classes FILE names others."]
    return class_tables.numbered(count), [f"The {count} classes have no names: --classes FILE gives them."]


def _listed_classes(tree: Any, count: int) -> Classes | None:
    for path in CLASS_LISTS:
        node = tree
        for part in path:
            node = node.get(part) if isinstance(node, dict) else None
        if isinstance(node, list | tuple) and len(node) == count and all(isinstance(n, str) for n in node):
            same = class_tables.known(count)
            if same is not None and tuple(node) == same.names:
                return same
            try:
                class_tables.check(list(node), count, "the checkpoint")
            except Exception:
                return None
            return class_tables.named(list(node), source="the checkpoint")
    return None
