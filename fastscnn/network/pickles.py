"""A pickle machine that can build containers and name things, and has no way to import or call any.

Python's own unpickler calls what a file names. This one hands every name to `resolve`, which knows a
short list of makers of plain data, and raises Forbidden for the rest.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from fastscnn.network.stored import Damaged, Opaque, printable

Resolve = Callable[[str, str], "Maker"]
Persistent = Callable[[Any], Any]


@dataclass(frozen=True)
class Maker:
    """What a global of the pickle stands for here: a function of ours from arguments to plain data."""

    name: str
    make: Callable[..., Any]


class Budget:
    """What all pickles of one file, those inside others too, may take together: a file of kilobytes can ask
    for years."""

    MOST_STEPS = 2_000_000
    """A state dict, its optimizer's state and a long history take some hundred thousand."""
    MOST_COPIED = 512 << 20

    def __init__(self) -> None:
        self.steps = self.MOST_STEPS
        self.copied = self.MOST_COPIED

    def step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Damaged(f"its structure takes more than {self.MOST_STEPS} steps to read")

    def call(self, arguments: tuple[Any, ...]) -> None:
        """A maker may copy what it is given."""
        items = sum(len(a) * (1 if isinstance(a, str | bytes) else 8) for a in arguments if _sized(a))
        self.copied -= items
        if self.copied < 0:
            raise Damaged("its structure copies itself again and again")


def _sized(value: Any) -> bool:
    return isinstance(value, str | bytes | list | tuple | dict)


class _Mark:
    """Where a run of items begins on the stack."""


MARK = _Mark()


def unpickle(source: IO[bytes], resolve: Resolve, persistent: Persistent, budget: Budget) -> Any:
    """One pickle from the stream, which is left behind its end."""
    machine = _Machine(resolve, persistent, budget)
    try:
        for opcode, argument, _ in pickletools.genops(source):
            budget.step()
            if opcode.name == "STOP":
                return machine.pop()
            machine.step(opcode.name, argument)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Damaged(f"its pickle is damaged ({printable(str(error))})") from error
    raise Damaged("its pickle has no end")


class _Machine:
    def __init__(self, resolve: Resolve, persistent: Persistent, budget: Budget) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.resolve = resolve
        self.persistent = persistent
        self.budget = budget

    def pop(self) -> Any:
        value = self.stack.pop()
        if value is MARK:
            raise ValueError("a mark where a value belongs")
        return value

    def pop_run(self) -> list[Any]:
        """The items above the last mark."""
        items: list[Any] = []
        while (value := self.stack.pop()) is not MARK:
            items.append(value)
        return items[::-1]

    def step(self, name: str, argument: Any) -> None:
        push = self.stack.append
        match name:
            case "PROTO" | "FRAME":
                pass
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                push({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[name])
            case "INT" | "BININT" | "BININT1" | "BININT2" | "LONG" | "LONG1" | "LONG4" | "FLOAT" | "BINFLOAT":
                push(argument)
            case "STRING" | "BINSTRING" | "SHORT_BINSTRING" | "UNICODE" | "BINUNICODE" | "BINUNICODE8":
                push(argument)
            case "SHORT_BINUNICODE" | "BINBYTES" | "SHORT_BINBYTES" | "BINBYTES8" | "BYTEARRAY8":
                push(argument)
            case "MARK":
                push(MARK)
            case "POP":
                self.stack.pop()
            case "POP_MARK":
                self.pop_run()
            case "DUP":
                push(self.stack[-1])
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self._remember(int(argument))
            case "MEMOIZE":
                self.memo[len(self.memo)] = self.stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                push(self.memo[int(argument)])
            case "EMPTY_TUPLE" | "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                self._tuple(name)
            case "EMPTY_LIST" | "EMPTY_SET":
                push([])
            case "LIST" | "FROZENSET":
                push(self.pop_run())
            case "APPEND":
                self._extend([self.pop()])
            case "APPENDS" | "ADDITEMS":
                self._extend(self.pop_run())
            case "EMPTY_DICT":
                push({})
            case "DICT":
                items = self.pop_run()
                push({})
                self._set(items)
            case "SETITEM":
                value, key = self.pop(), self.pop()
                self._set([key, value])
            case "SETITEMS":
                self._set(self.pop_run())
            case "PERSID" | "BINPERSID":
                push(self.persistent(argument if name == "PERSID" else self.pop()))
            case _:
                self._objects(name, argument)

    def _objects(self, name: str, argument: Any) -> None:
        """The opcodes with which Python's unpickler imports and calls."""
        push = self.stack.append
        match name:
            case "GLOBAL":
                push(self.resolve(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                attribute, module = self.pop(), self.pop()
                if not isinstance(attribute, str) or not isinstance(module, str):
                    raise ValueError("a name that is no text")
                push(self.resolve(module, attribute))
            case "REDUCE" | "NEWOBJ":
                arguments, maker = self.pop(), self.pop()
                push(self._made(maker, arguments))
            case "NEWOBJ_EX":
                _, arguments, maker = self.pop(), self.pop(), self.pop()
                push(self._made(maker, arguments))
            case "OBJ":
                maker, *arguments = self.pop_run()
                push(self._made(maker, tuple(arguments)))
            case "INST":
                push(self._made(self.resolve(*argument.split(" ", 1)), tuple(self.pop_run())))
            case "BUILD":
                state = self.pop()
                if isinstance(self.stack[-1], Opaque):
                    self.stack[-1].build(state)
                elif not isinstance(self.stack[-1], dict | list):
                    raise ValueError("a state for something that has none")
            case _:
                raise ValueError(f"opcode {name}")

    def _tuple(self, name: str) -> None:
        if name == "EMPTY_TUPLE":
            self.stack.append(())
        elif name == "TUPLE":
            self.stack.append(tuple(self.pop_run()))
        else:
            items = [self.pop() for _ in range(int(name[-1]))]
            self.stack.append(tuple(items[::-1]))

    def _extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Opaque):
            raise ValueError("items for something that is no list")

    def _set(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict | Opaque) or len(items) % 2:
            raise ValueError("items for something that is no dictionary")
        if isinstance(target, dict):
            pairs = zip(items[::2], items[1::2], strict=True)
            target.update((key, value) for key, value in pairs if is_key(key))

    def _remember(self, place: int) -> None:
        if not is_key(place):
            raise ValueError("a memory beyond any")
        self.memo[place] = self.stack[-1]

    def _made(self, maker: Any, arguments: Any) -> Any:
        if not isinstance(maker, Maker) or not isinstance(arguments, tuple):
            raise ValueError("a call of something that is no function")
        self.budget.call(arguments)
        return maker.make(*arguments)


def is_key(value: Any) -> bool:
    """What a dictionary may be asked to hash: nested tuples exhaust the C stack, greater numbers collide."""
    return isinstance(value, str | bytes) or (isinstance(value, int) and abs(value) < 2**60)
