"""torch.ao's FX graph mode with our recipe: the one file that imports torch.ao.quantization.

Activations are quint8 0..255 per tensor (the Graph's int8 is 128 less), weights qint8 per output channel,
symmetric. Tensors that must share a quantization share an observer before anything is observed.
"""

from __future__ import annotations

import copy
import functools
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.ao.nn import intrinsic, qat
from torch.ao.nn.intrinsic import qat as intrinsic_qat
from torch.ao.nn.intrinsic.modules.fused import _FusedModule
from torch.ao.nn.quantized import reference
from torch.ao.quantization import FakeQuantize, FixedQParamsFakeQuantize, QConfig, QConfigMapping
from torch.ao.quantization.backend_config import (
    BackendConfig,
    BackendPatternConfig,
    DTypeConfig,
    ObservationType,
)
from torch.ao.quantization.fake_quantize import FakeQuantizeBase
from torch.ao.quantization.fx.custom_config import PrepareCustomConfig
from torch.ao.quantization.observer import FixedQParamsObserver, ObserverBase, UniformQuantizationObserverBase
from torch.ao.quantization.quantize_fx import convert_to_reference_fx, prepare_fx, prepare_qat_fx

from fastscnn.graph.graph import LEAST, Array, Conv, Graph, Input, Quant
from quantize.assemble import Weights, assemble
from quantize.pixels import PIXELS
from quantize.sharing import groups
from quantize.torch_graph import LEAVES, Resized, TorchGraph, legal_names, with_parameters
from quantize.weights import HIGHEST, scale_floor, weight_scales

__all__ = [
    "FakeQuantize",
    "ObserverBase",
    "Prepared",
    "Reference",
    "convert",
    "frozen",
    "prepare",
    "quant_of",
    "quantized_nodes",
    "tensor_of",
]

BYTES = DTypeConfig(
    input_dtype=torch.quint8, output_dtype=torch.quint8, weight_dtype=torch.qint8, bias_dtype=torch.float
)


class WeightObserver(UniformQuantizationObserverBase):
    """One scale an output channel, symmetric, above the floor that the channel's bias needs."""

    def __init__(self, highest: int = HIGHEST, floor: Array | None = None, **options: Any) -> None:
        """`floor` follows from the input's scale, see `set_floors`; torch.ao's other options are ours."""
        super().__init__(
            dtype=torch.qint8, qscheme=torch.per_channel_symmetric, quant_min=-highest, quant_max=highest
        )
        self.ch_axis = 0
        self.floor = floor
        self.seen: Array | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.seen = _array(x)
        return x

    def calculate_qparams(self) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        assert self.seen is not None
        floor = self.floor if self.floor is not None else scale_floor(self.seen[:, 0, 0, 0] * 0, PIXELS)
        scales = torch.from_numpy(weight_scales(self.seen, floor, self.quant_max))
        return scales, torch.zeros(len(scales), dtype=torch.int64)


class ConvReLU6(_FusedModule):
    """A convolution clipped at 6: torch.ao has it for ReLU alone."""

    def __init__(self, conv: nn.Conv2d, activation: nn.ReLU6) -> None:
        super().__init__(conv, activation)


class TrainedConvReLU6(qat.Conv2d, _FusedModule):
    """ConvReLU6 with fake-quantized weights."""

    _FLOAT_MODULE = ConvReLU6  # type: ignore[assignment]
    _FLOAT_CONV_MODULE = nn.Conv2d
    _FLOAT_BN_MODULE = None
    _FLOAT_RELU_MODULE = nn.ReLU6

    def forward(self, input: Tensor) -> Tensor:
        weight = self.weight_fake_quant(self.weight)
        return nn.functional.relu6(self._conv_forward(input, weight, self.bias))


class Unset(ObserverBase):
    """Holds the place of the observer that `prepare` puts there."""

    def __init__(self, **options: Any) -> None:
        super().__init__(dtype=torch.quint8)

    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError("an observer was not set")

    def calculate_qparams(self, **options: Any) -> None:
        raise RuntimeError("an observer was not set")


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network with observers in it, to be calibrated or trained."""

    graph: Graph
    module: fx.GraphModule
    shared: Mapping[str, str]
    """For each tensor the one that stands for all that share its quantization (see `quantize.sharing`)."""
    floats: frozenset[str]
    pixels: bool

    def observers(self) -> dict[str, nn.Module]:
        """By the tensor that stands for all that share one."""
        nodes = ((node, _called(self.module, node)) for node in self.module.graph.nodes)
        return {
            self.shared[tensor_of(node, self.graph)]: module
            for node, module in nodes
            if isinstance(module, (ObserverBase, FakeQuantizeBase))
        }

    def convolutions(self) -> dict[str, Any]:
        """By the Graph's names; a layer in training has a `weight_fake_quant`."""
        return dict(_convolutions(self.module, self.graph))

    def parameters(self) -> dict[str, tuple[Array, Array]]:
        """Weights and biases of the convolutions as they are now."""
        plain = {name: _plain(conv) for name, conv in self.convolutions().items()}
        return {name: (_array(conv.weight), _array(conv.bias)) for name, conv in plain.items()}

    def set_biases(self, biases: Mapping[str, Array]) -> None:
        """Give the convolutions that are named other biases."""
        convolutions = self.convolutions()
        for name, bias in biases.items():
            _plain(convolutions[name]).bias.data = torch.from_numpy(bias.copy())

    def set_floors(self) -> None:
        """Tell the weights' observers how small a scale may be, from the input's scale as it is now."""
        observers = self.observers()
        for name, conv in self.convolutions().items():
            if name in self.floats:
                continue
            source = quant_of(observers[self.shared[self.graph[name].inputs[0]]])
            floor = scale_floor(_array(_plain(conv).bias), source)
            if hasattr(conv, "weight_fake_quant"):
                conv.weight_fake_quant.activation_post_process.floor = floor
            else:
                weight = conv.qconfig.weight.with_args(floor=floor)
                conv.qconfig = _qconfig(weight)


@dataclass(frozen=True, eq=False)
class Reference:
    """torch's reference quantized model, and the numbers that it holds."""

    module: fx.GraphModule
    graph: Graph
    """The float Graph of its weights and biases."""
    quants: Mapping[str, Quant]
    weights: Mapping[str, Weights]
    floats: frozenset[str]

    def assembled(self) -> Graph:
        """The quantized Graph."""
        return assemble(self.graph, self.quants, self.weights, self.floats)

    def tapped(self, x: Tensor) -> dict[str, Tensor]:
        """Every quantized tensor for a batch, as torch's integers, by the Graph's names."""
        names = quantized_nodes(self.module, self.graph)
        found: dict[str, Tensor] = {}

        class Taps(fx.Interpreter):
            def run_node(self, n: fx.Node) -> Any:
                result = super().run_node(n)
                # a map that was padded is not the Graph's
                if n in names and not str(n.all_input_nodes[0].target).endswith(".surround"):
                    found[names[n]] = result.int_repr()
                return result

        with torch.inference_mode(), _quiet():
            Taps(self.module).run(x)
        return found


def prepare(
    graph: Graph,
    observer: Callable[[str], nn.Module],
    *,
    pixels: bool = True,
    floats: Collection[str] = (),
    highest: int = HIGHEST,
    train: bool = False,
) -> Prepared:
    """The Graph as a module with observers in it.

    `observer` makes one for each group of tensors that share a quantization: an ObserverBase, or a
    FakeQuantize where `train` is set. With `pixels` the input's quantization is fixed.
    """
    network = TorchGraph(graph).train(train)
    weight: Any = WeightObserver.with_args(highest=highest)
    if train:
        weight = functools.partial(FakeQuantize, observer=WeightObserver, highest=highest)
    mapping = QConfigMapping().set_global(_qconfig(weight))
    for name in floats:
        mapping.set_module_name(f"layers.{network.names[name]}", None)
    leaves = PrepareCustomConfig().set_non_traceable_module_classes(list(LEAVES))
    taken = graph.input.operator
    assert isinstance(taken, Input)
    example = (torch.zeros(1, taken.channels, 64, 64),)
    with _quiet():
        module = (prepare_qat_fx if train else prepare_fx)(
            network, mapping, example, leaves, backend_config=backend()
        )
    shared = groups(graph, floats)
    made: dict[str, nn.Module] = {}
    for node in module.graph.nodes:
        if isinstance(_called(module, node), Unset):
            root = shared[tensor_of(node, graph)]
            if root not in made:
                fixed = pixels and root == shared[graph.input.name]
                made[root] = frozen(PIXELS, train=train) if fixed else observer(root)
            module.set_submodule(str(node.target), made[root])
    _measure_sizes_only(module)
    return Prepared(graph, module, shared, frozenset(floats), pixels)


def convert(prepared: Prepared) -> Reference:
    """What was calibrated or trained, as torch's reference quantized model. `prepared` stays as it is."""
    observed = Prepared(
        prepared.graph,
        copy.deepcopy(prepared.module).eval().cpu(),
        prepared.shared,
        prepared.floats,
        prepared.pixels,
    )
    observed.set_floors()
    graph = with_parameters(observed.graph, observed.parameters())
    with _quiet():
        module = convert_to_reference_fx(observed.module, backend_config=backend())
        weights = {
            name: _weights(_plain(conv))
            for name, conv in _convolutions(module, graph)
            if name not in observed.floats
        }
    decided = {
        observed.shared[name]: _held(module, node) for node, name in quantized_nodes(module, graph).items()
    }
    if observed.pixels:
        decided[observed.shared[graph.input.name]] = PIXELS
    quants = {name: decided[root] for name, root in observed.shared.items() if root in decided}
    return Reference(module, graph, quants, weights, observed.floats)


def quant_of(observer: Any) -> Quant:
    """What an observer or fake-quantize has decided, for int8."""
    scale, zero_point = observer.calculate_qparams()
    return _quant(scale, zero_point)


def backend() -> BackendConfig:
    """What our integer arithmetic can do."""
    apart = ObservationType.OUTPUT_USE_DIFFERENT_OBSERVER_AS_INPUT
    patterns = [
        BackendPatternConfig(kind).set_observation_type(apart)
        for kind in (*LEAVES, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.ReLU, nn.ReLU6)
    ]
    for kind, trained in (
        (nn.Conv2d, qat.Conv2d),
        (intrinsic.ConvReLU2d, intrinsic_qat.ConvReLU2d),
        (ConvReLU6, TrainedConvReLU6),
    ):
        for module in (kind, trained):
            pattern = BackendPatternConfig(module).set_observation_type(apart).set_root_module(nn.Conv2d)
            patterns.append(pattern.set_reference_quantized_module(reference.Conv2d).set_qat_module(trained))
    for activation, fused in ((nn.ReLU, intrinsic.ConvReLU2d), (nn.ReLU6, ConvReLU6)):
        pattern = BackendPatternConfig((nn.Conv2d, activation)).set_fused_module(fused)
        patterns.append(pattern.set_fuser_method(_fuser(fused)))
    return BackendConfig("fastscnn").set_backend_pattern_configs(
        [pattern.set_dtype_configs([BYTES]) for pattern in patterns]
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """torch says that torch.ao will move out of it: news for us, who pin torch, and for no user."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*torch.ao.quantization is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", ".*quantized tensor creation functions", UserWarning)
        yield


def _qconfig(weight: Callable[..., nn.Module]) -> Any:
    make: Any = QConfig
    return make(activation=Unset, weight=weight)


def _fuser(fused: type[nn.Module]) -> Callable[..., nn.Module]:
    return lambda is_qat, conv, activation: fused(conv, activation)


def frozen(quant: Quant, *, train: bool) -> nn.Module:
    """For tensors whose quantization is known: pixels, or what was decided before training."""
    observer = FixedQParamsObserver.with_args(
        scale=quant.scale, zero_point=quant.zero_point - LEAST, dtype=torch.quint8
    )
    make: Any = FixedQParamsFakeQuantize
    made: nn.Module = make(observer) if train else observer()
    return made


def _measure_sizes_only(module: fx.GraphModule) -> None:
    """A resize takes only the size of its second map: nothing is observed there."""
    for node in module.graph.nodes:
        if isinstance(_called(module, node), Resized) and len(node.args) == 2:
            like = node.args[1]
            if isinstance(_called(module, like), ObserverBase | FakeQuantizeBase):
                node.args = (node.args[0], like.args[0])
                if not like.users:
                    module.graph.erase_node(like)
    module.recompile()


def _called(module: fx.GraphModule, node: fx.Node) -> nn.Module | None:
    return module.get_submodule(str(node.target)) if node.op == "call_module" else None


def tensor_of(node: fx.Node, graph: Graph) -> str:
    """The Graph's tensor that an fx node gives: observers, quantize nodes and padding give what they take."""
    while node.op != "placeholder":
        path = str(node.target).split(".") if node.op == "call_module" else []
        if path[:1] == ["layers"] and path[-1] != "surround":
            return {legal: name for name, legal in legal_names(graph).items()}[path[1]]
        node = node.all_input_nodes[0]
    return graph.input.name


def quantized_nodes(module: fx.GraphModule, graph: Graph) -> dict[fx.Node, str]:
    """The reference model's quantize nodes, and the Graph's tensors that they give."""
    return {
        node: tensor_of(node, graph)
        for node in module.graph.nodes
        if node.target is torch.quantize_per_tensor
    }


def _held(module: fx.GraphModule, node: fx.Node) -> Quant:
    """The quantization that a quantize node of the reference model does."""
    scale, zero_point = (getattr(module, str(part.target)) for part in node.all_input_nodes[1:])
    return _quant(scale, zero_point)


def _quant(scale: Tensor, zero_point: Tensor) -> Quant:
    return Quant(float(scale.to(torch.float32)), int(zero_point) + LEAST)


def _convolutions(module: nn.Module, graph: Graph) -> Iterator[tuple[str, Any]]:
    for name, legal in legal_names(graph).items():
        if isinstance(graph[name].operator, Conv):
            yield name, module.get_submodule(f"layers.{legal}.conv")


def _plain(conv: Any) -> Any:
    """The module that holds weight and bias: a fused one may be a sequence that begins with it."""
    return conv if hasattr(conv, "weight") else conv[0]


def _weights(conv: Any) -> Weights:
    return Weights(_array(conv.get_quantized_weight().int_repr()), _array(conv.weight_scale))


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy().copy()
    return array
