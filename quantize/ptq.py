"""Post-training quantization: a float network, some pictures, and the integers that follow.

What comes out depends on the pictures alone: not on their order, nor on the number of threads.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from fastscnn import __version__
from fastscnn.console import Console
from fastscnn.errors import RangeError
from fastscnn.graph.first_layer import first_convolution
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Array, Graph, Node
from fastscnn.info import ModelInfo, Size
from quantize import bias_correction, pixels, ranges, torch_ao
from quantize.calibration import Calibration
from quantize.equalization import equalized
from quantize.observers import RangeObserver, range_of
from quantize.ranges import Choice
from quantize.recipe import Recipe
from quantize.running import fed
from quantize.sharing import groups
from quantize.simulation import WORKERS, each
from quantize.torch_ao import Prepared, Reference
from quantize.torch_graph import TorchGraph, batched
from quantize.weights import HIGHEST, HIGHEST_REDUCED

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint

Feed = Callable[[Array], Tensor]
"""A picture as the network takes it, a batch of one."""
InputForm = Literal["image", "tensor"]
TRIED = 4
"""Pictures on which ranges are compared: each costs a hundred runs of half a network."""
HELD = 32 * 360 * 480
"""Pixels of the pictures by which biases are corrected: all of them are in memory with their tensors."""


@dataclass(frozen=True, eq=False)
class Quantized:
    """A network in integers, and how they were decided."""

    graph: Graph
    info: ModelInfo
    record: dict[str, Any]
    reference: Reference
    """The same numbers in torch, and the float Graph that they were decided for."""
    plain: Graph | None = None
    """The float Graph before its biases were corrected for int8, where they were."""


def quantize(
    checkpoint: Checkpoint,
    calibration: Calibration,
    *,
    input: InputForm = "image",
    recipe: Recipe | None = None,
    console: Console,
) -> Quantized:
    """The checkpoint's network in int8."""
    recipe = recipe or Recipe()
    graph, floats = entrance(checkpoint, recipe, input)

    def feed(picture: Array) -> Tensor:
        return batched([fed(graph, picture, checkpoint.info)])

    with one_thread():
        magnitudes = greatest(graph, feed, calibration.pictures, console)
        require_ranges(graph, floats, magnitudes)
        if recipe.equalize:
            graph = equalized(graph, magnitudes)
        prepared = torch_ao.prepare(
            graph,
            lambda name: RangeObserver(),
            pixels=input == "image",
            floats=floats,
            highest=HIGHEST_REDUCED if recipe.reduce_range else HIGHEST,
        )
        observe(prepared, feed, calibration.pictures, console)
        chosen = chosen_ranges(prepared, recipe, [feed(p) for p in calibration.pictures[:TRIED]], console)
        for name, observer in observers(prepared).items():
            observer.range = chosen[name].range
        reference = torch_ao.convert(prepared)
        if recipe.correct_bias:
            held = [feed(picture) for picture in calibration.pictures[: _held(calibration.size)]]
            biases = bias_correction.corrected(
                reference.graph, reference.quants, reference.weights, held, console
            )
            prepared.set_biases(biases)
            reference = torch_ao.convert(prepared)
    record = {
        "method": "ptq",
        "input": input,
        "size": list(calibration.size),
        "calibration": calibration.as_json(),
        "recipe": recipe.as_json(),
        "ranges": {name: asdict(choice) for name, choice in chosen.items()},
        "versions": {"fastscnn-mobile": __version__, "torch": torch.__version__},
        "figures": {},
    }
    return Quantized(reference.assembled(), checkpoint.info, record, reference, plain=graph)


def entrance(checkpoint: Checkpoint, recipe: Recipe, input: InputForm) -> tuple[Graph, tuple[str, ...]]:
    """The float Graph that takes this input, and which of its nodes stay in float."""
    graph = lower(checkpoint.network, names=checkpoint.names)
    recipe.check(graph)
    if input == "image":
        return pixels.apply(graph, checkpoint.info.preprocessing), recipe.floats
    # a tensor that is only read in float stays as it comes
    alone = first_convolution(graph).name in recipe.floats
    return graph, (*recipe.floats, graph.input.name) if alone else recipe.floats


def greatest(graph: Graph, feed: Feed, pictures: Sequence[Array], console: Console) -> dict[str, Array]:
    """For each tensor the greatest magnitude of each channel; NaN where there was one."""
    network = TorchGraph(graph).eval()

    def of(picture: Array) -> dict[str, Array]:
        x = feed(picture)
        found = {graph.input.name: _magnitudes(x)}

        def after(node: Node, result: Tensor) -> Tensor:
            found[node.name] = _magnitudes(result)
            return result

        network.walk(x, after)
        return found

    each_of = each(of, pictures, console, "measuring channels")
    return {name: np.max([found[name] for found in each_of], axis=0) for name in each_of[0]}


def require_ranges(graph: Graph, floats: Sequence[str], magnitudes: Mapping[str, Array]) -> None:
    """RangeError, which names the layers, where there is nothing to quantize."""
    for name, values in magnitudes.items():
        if not np.isfinite(values).all():
            raise RangeError(
                f"The output of layer {name} becomes infinite or NaN: it has no range to quantize.",
                "It does so in float, too: check the checkpoint, its --layout and the pictures.",
            )
    shared = groups(graph, floats)
    silent: list[str] = []
    concerned: set[str] = set()
    for root in dict.fromkeys(shared.values()):
        together = {name for name, other in shared.items() if other == root}
        readers = {reader.name for name in together for reader in graph.consumers(name)}
        quantized = (together | readers) - {*floats, graph.input.name}
        if quantized and not any(magnitudes[name].any() for name in together):
            silent.append(root)
            concerned |= quantized
    if silent:
        raise RangeError(
            f"The output of layer {', '.join(silent)} is 0 in every picture: it has no range to quantize.",
            "Check the checkpoint, its --layout and the pictures; or leave what is concerned in float: "
            + " ".join(f"--exclude {node.name}" for node in graph if node.name in concerned),
        )


def observe(prepared: Prepared, feed: Feed, pictures: Sequence[Array], console: Console) -> None:
    """Every picture through the network; counts are the same in any order, whoever counts them."""
    copies = [replace(prepared, module=copy.deepcopy(prepared.module)) for _ in range(WORKERS)]

    def run(copied: Prepared, picture: Array) -> None:
        with torch.inference_mode():
            copied.module(feed(picture))

    rounds = [pictures[start : start + WORKERS] for start in range(0, len(pictures), WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for together in console.progress(rounds, "calibrating", len(rounds)):
            # a short last round leaves copies idle
            list(pool.map(run, copies, together))
    own = observers(prepared)
    for copied in copies:
        for name, observer in observers(copied).items():
            own[name].merge(observer)


def chosen_ranges(
    prepared: Prepared, recipe: Recipe, feeds: Sequence[Tensor], console: Console
) -> dict[str, Choice]:
    """What the recipe says of each observed tensor, by the one that stands for all that share a range."""
    told = {prepared.shared[name]: method for name, method in recipe.ranges_of.items()}
    options: dict[str, list[Choice]] = {}
    for name, observer in observers(prepared).items():
        method = told.get(name, recipe.ranges)
        if method == "best":
            options[name] = ranges.choices(observer)
        else:
            options[name] = [Choice(method, range_of(observer, method))]
    return ranges.best(prepared.graph, options, prepared.shared, feeds, console)


def observers(prepared: Prepared) -> dict[str, RangeObserver]:
    """Those whose range is to be decided: that of pixels is known."""
    return {
        name: observer
        for name, observer in prepared.observers().items()
        if isinstance(observer, RangeObserver)
    }


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch's operators run on one thread each: what several give depends on their number."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _magnitudes(x: Tensor) -> Array:
    array: Array = x.abs().amax(dim=(0, 2, 3)).numpy()
    return array


def _held(size: Size) -> int:
    return max(TRIED, HELD // (size[0] * size[1]))
