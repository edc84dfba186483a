"""What the names in a checkpoint's pickle become: tensors still in the file, plain data, or inert things."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from fastscnn.network.pickles import Maker, Resolve, is_key
from fastscnn.network.stored import Damaged, Forbidden, Opaque, StoredTensor

if TYPE_CHECKING:
    from torch import Tensor

STORAGES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "UntypedStorage": "uint8",
    "TypedStorage": "uint8",
}
ITEM_SIZES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
}
NUMPY_CODES = {
    "f8": "float64",
    "f4": "float32",
    "f2": "float16",
    "i8": "int64",
    "i4": "int32",
    "i2": "int16",
    "i1": "int8",
    "u1": "uint8",
    "b1": "bool",
}
LARGEST_RANK = 8

Fetch = Callable[[int], bytes | bytearray]
"""A storage's bytes, of which at least so many are needed."""


class Storage:
    """Raw numbers that lie elsewhere in the file."""

    def __init__(self, dtype: str, fetch: Fetch, first: int = 0) -> None:
        self.dtype = dtype
        self.fetch = fetch
        self.first = first


def tensor(storage: Any, offset: int, size: Any, stride: Any, *_: Any, dtype: str | None = None) -> Any:
    """A view into a storage; the file's numbers are checked before they are believed."""
    if not isinstance(storage, Storage):
        return Opaque("a tensor without a storage")
    size, stride = tuple(size), tuple(stride)
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or len(size) > LARGEST_RANK:
        raise Damaged("a tensor's shape and strides do not fit each other")
    if not all(isinstance(n, int) and 0 <= n < 2**48 for n in numbers):
        raise Damaged("a tensor has an impossible shape")
    kind = dtype or storage.dtype
    start = storage.first + offset
    end = start + 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True))

    def read() -> Tensor:
        import torch

        if 0 in size:
            return torch.empty(size, dtype=getattr(torch, kind))
        width = ITEM_SIZES[kind]
        # of a storage that many share, only this tensor's part
        raw = storage.fetch(end * width)[start * width : end * width]
        flat = torch.frombuffer(bytearray(raw), dtype=getattr(torch, kind))
        return flat.as_strided(size, stride).clone(memory_format=torch.contiguous_format)

    return StoredTensor(size, kind, read)


def _tensor_v3(storage: Any, offset: int, size: Any, stride: Any, *rest: Any) -> Any:
    """As v2, with the type at its end: the storage is untyped."""
    kinds = [v.name.removeprefix("torch.") for v in rest if isinstance(v, Maker)]
    kind = next((kind for kind in kinds if kind in ITEM_SIZES), None)
    if kind is None:
        return Opaque("a tensor of a type that is not read")
    return tensor(storage, offset, size, stride, dtype=kind)


class NumpyType(Opaque):
    """numpy.dtype(code), completed by its state with the byte order."""

    def __init__(self, code: Any = "", *_: Any) -> None:
        super().__init__("numpy.dtype")
        name = code.name.removeprefix("numpy.") if isinstance(code, Maker) else _text(code)
        by_name = {kind: short for short, kind in NUMPY_CODES.items()}
        self.code = by_name.get(name, name.lstrip("<=|"))
        self.swapped = name.startswith(">")

    def build(self, state: Any) -> None:
        self.swapped = isinstance(state, tuple) and len(state) > 1 and _text(state[1]) == ">"


class NumpyArray(Opaque):
    """numpy's array, whose state arrives after it."""

    def __init__(self, *_: Any) -> None:
        super().__init__("numpy.ndarray")
        self.stored: StoredTensor | None = None

    def build(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 4:
            raise Damaged("an array without a shape")
        shape, kind, fortran, raw = state[-4:]
        self.fill(shape, kind, raw, bool(fortran))

    def fill(self, shape: Any, kind: Any, raw: Any, fortran: bool = False) -> None:
        if isinstance(raw, str):
            # bytes of a Python 2 pickle
            raw = raw.encode("latin-1")
        if not isinstance(kind, NumpyType) or kind.code not in NUMPY_CODES or kind.swapped:
            return
        if not isinstance(raw, bytes | bytearray):
            return
        dtype = NUMPY_CODES[kind.code]
        size = tuple(shape) if isinstance(shape, tuple) else (shape,)
        if not all(isinstance(n, int) and 0 <= n < 2**48 for n in size) or len(size) > LARGEST_RANK:
            raise Damaged("an array has an impossible shape")
        if math.prod(size) * ITEM_SIZES[dtype] != len(raw):
            raise Damaged("an array's bytes do not fit its shape")
        strides = [1] * len(size)
        axes = range(1, len(size)) if fortran else range(len(size) - 2, -1, -1)
        for axis in axes:
            beside = axis - 1 if fortran else axis + 1
            strides[axis] = strides[beside] * size[beside]
        self.stored = tensor(Storage(dtype, lambda _: raw), 0, size, strides)


def _array_from_buffer(raw: Any = b"", kind: Any = None, shape: Any = (), order: Any = "C", *_: Any) -> Any:
    array = NumpyArray()
    array.fill(shape, kind, raw, _text(order) == "F")
    return array


def _mapping(*arguments: Any) -> dict[Any, Any]:
    """OrderedDict, defaultdict and Counter are dictionaries here."""
    pairs = arguments[-1] if arguments else ()
    if isinstance(pairs, dict):
        return dict(pairs)
    made = {}
    for pair in pairs if isinstance(pairs, list | tuple) else ():
        if isinstance(pair, list | tuple) and len(pair) == 2 and is_key(pair[0]):
            made[pair[0]] = pair[1]
    return made


def _listed(items: Any = (), *_: Any) -> list[Any]:
    return list(items) if isinstance(items, list | tuple) else []


def _encoded(text: Any = "", encoding: Any = "utf-8", *_: Any) -> bytes:
    """How Python 2 protocols spell bytes."""
    return _text(text).encode("latin-1" if _text(encoding).startswith("latin") else "utf-8")


def _parameter(data: Any = None, *_: Any) -> Any:
    return data


def _typed(kind: Any, _: Any, arguments: Any = (), *__: Any) -> Any:
    """A tensor of a subclass: the arguments still make the tensor."""
    return (
        kind.make(*arguments)
        if isinstance(kind, Maker) and isinstance(arguments, tuple)
        else Opaque("tensor")
    )


def _text(value: Any) -> str:
    """Text or nothing: writing out what a file nested may never end."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def _attribute(owner: Any = None, name: Any = "", *_: Any) -> Any:
    """mmengine's HistoryBuffer keeps its own methods by name; what belongs to nothing harmless is refused."""
    if isinstance(owner, Maker) and isinstance(name, str) and owner.name.startswith(_harmless()[1]):
        return Opaque(f"{owner.name}.{name}")
    raise Forbidden("builtins.getattr")


def _makers() -> dict[str, Callable[..., Any]]:
    makers: dict[str, Callable[..., Any]] = {
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_tensor_v3": _tensor_v3,
        "torch._utils._rebuild_parameter": _parameter,
        "torch._utils._rebuild_parameter_with_state": _parameter,
        "torch.nn.parameter.Parameter": _parameter,
        "torch._tensor._rebuild_from_type_v2": _typed,
        "torch._tensor._rebuild_from_type": _typed,
        "collections.OrderedDict": _mapping,
        "collections.defaultdict": _mapping,
        "collections.Counter": _mapping,
        "builtins.dict": _mapping,
        "builtins.set": _listed,
        "builtins.frozenset": _listed,
        "builtins.list": _listed,
        "builtins.getattr": _attribute,
        "_codecs.encode": _encoded,
        "numpy.dtype": NumpyType,
        "numpy.ndarray": NumpyArray,
    }
    for package in ("numpy.core", "numpy._core"):
        makers[f"{package}.multiarray._reconstruct"] = NumpyArray
        makers[f"{package}.multiarray.scalar"] = partial(_inert, "a numpy scalar")
        makers[f"{package}.numeric._frombuffer"] = _array_from_buffer
    return makers


def _inert(name: str, *arguments: Any) -> Opaque:
    return Opaque(name, arguments)


@cache
def _harmless() -> tuple[frozenset[str], tuple[str, ...]]:
    table = json.loads(resources.files(__package__).joinpath("harmless.json").read_text(encoding="utf-8"))
    return frozenset(table["exact"]), tuple(f"{package}." for package in table["packages"])


@cache
def _known() -> Mapping[str, Callable[..., Any]]:
    return _makers()


def resolver(also: Mapping[str, Callable[..., Any]]) -> Resolve:
    """From a pickle's names to makers; whatever is not known to be harmless is Forbidden."""
    exact, packages = _harmless()

    def resolve(module: str, attribute: str) -> Maker:
        name = f"{module.replace('__builtin__', 'builtins').replace('copy_reg', 'copyreg')}.{attribute}"
        if name in also:
            return Maker(name, also[name])
        if name in _known():
            return Maker(name, _known()[name])
        if module in ("torch", "torch.cuda", "torch.storage") and attribute in STORAGES:
            return Maker(f"storage.{attribute}", partial(_inert, name))
        if module == "torch" and attribute in (*ITEM_SIZES, "complex64", "complex128", "uint16", "uint32"):
            return Maker(name, partial(_inert, name))
        if module == "numpy" and attribute.rstrip("_0123456789") in ("float", "int", "uint", "bool", "str"):
            return Maker(name, partial(_inert, name))
        if name in exact or name.startswith(packages):
            return Maker(name, partial(_inert, name))
        raise Forbidden(name)

    return resolve
