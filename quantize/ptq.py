"""Post-training quantization: a float network, some pictures, and the integers that follow."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from fastscnn import __version__
from fastscnn.console import Console
from fastscnn.errors import RangeError
from fastscnn.graph.first_layer import first_convolution
from fastscnn.graph.from_torch import lower
from fastscnn.graph.graph import Array, Graph
from fastscnn.info import ModelInfo
from quantize import pixels, torch_ao
from quantize.calibration import Calibration
from quantize.observers import RangeObserver, range_of
from quantize.recipe import Recipe
from quantize.running import fed
from quantize.torch_ao import Prepared, Reference
from quantize.torch_graph import batched
from quantize.weights import HIGHEST, HIGHEST_REDUCED

if TYPE_CHECKING:
    from fastscnn.network.checkpoint import Checkpoint

Feed = Callable[[Array], Tensor]
"""A picture as the network takes it, a batch of one."""
InputForm = Literal["image", "tensor"]
WORKERS = 2
"""Pictures side by side, each on one thread: sums that several threads share depend on their number."""


@dataclass(frozen=True, eq=False)
class Quantized:
    """A network in integers, and how they were decided."""

    graph: Graph
    info: ModelInfo
    record: dict[str, Any]
    reference: Reference
    """The same numbers in torch, and the float Graph that they were decided for."""


def quantize(
    checkpoint: Checkpoint,
    calibration: Calibration,
    *,
    input: InputForm = "image",
    recipe: Recipe | None = None,
    console: Console,
) -> Quantized:
    """The checkpoint's network in int8; the same pictures give the same integers, whatever the threads."""
    recipe = recipe or Recipe()
    graph, floats = entrance(checkpoint, recipe, input)

    def feed(picture: Array) -> Tensor:
        return batched([fed(graph, picture, checkpoint.info)])

    with one_thread():
        prepared = torch_ao.prepare(
            graph,
            lambda name: RangeObserver(),
            pixels=input == "image",
            floats=floats,
            highest=HIGHEST_REDUCED if recipe.reduce_range else HIGHEST,
        )
        observe(prepared, feed, calibration.pictures, console)
        require_ranges(prepared)
        for observer in ranges(prepared).values():
            observer.range = range_of(observer, "minmax")
        reference = torch_ao.convert(prepared)
    record = {
        "method": "ptq",
        "input": input,
        "size": list(calibration.size),
        "calibration": calibration.as_json(),
        "recipe": recipe.as_json(),
        "versions": {"fastscnn-mobile": __version__, "torch": torch.__version__},
        "figures": {},
    }
    return Quantized(reference.assembled(), checkpoint.info, record, reference)


def entrance(checkpoint: Checkpoint, recipe: Recipe, input: InputForm) -> tuple[Graph, tuple[str, ...]]:
    """The float Graph that takes this input, and which of its nodes stay in float."""
    graph = lower(checkpoint.network, names=checkpoint.names)
    recipe.check(graph)
    if input == "image":
        return pixels.apply(graph, checkpoint.info.preprocessing), recipe.floats
    # a tensor that is only read in float stays as it comes
    alone = first_convolution(graph).name in recipe.floats
    return graph, (*recipe.floats, graph.input.name) if alone else recipe.floats


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
    observers = ranges(prepared)
    for copied in copies:
        for name, observer in ranges(copied).items():
            observers[name].merge(observer)


def require_ranges(prepared: Prepared) -> None:
    """RangeError, which names the layer, where nothing can be quantized."""
    for name, observer in ranges(prepared).items():
        if observer.finite and observer.low < observer.high:
            continue
        together = [other for other, root in prepared.shared.items() if root == name]
        readers = {n.name for other in together for n in prepared.graph.consumers(other)}
        concerned = [
            node.name for node in prepared.graph.nodes[1:] if node.name in readers or node.name in together
        ]
        what = "gives 0 wherever it was looked at" if observer.finite else "gives NaN or infinity"
        raise RangeError(
            f"The layer {name} {what}: it has no range to quantize.",
            "Check the checkpoint, its --layout and the pictures; or leave it and what reads it in float: "
            + " ".join(f"--exclude {layer}" for layer in concerned)
            + ".",
        )


def ranges(prepared: Prepared) -> dict[str, RangeObserver]:
    """The observers whose range is to be decided: that of pixels is known."""
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
