"""PyTorch in a process of its own: its import alone takes as long as all the rest of an int8 export."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from fastscnn.errors import FastscnnError, ParityError
from fastscnn.graph.graph import Array

if TYPE_CHECKING:
    from export.forms import Form
    from export.request import Request

Pictures = Sequence[tuple[str, Array]]


class Aside:
    """The float network of a request: it begins to load at once, and computes what it is asked later."""

    def __init__(self, request: Request) -> None:
        # -P: a file beside the user must not be taken for a module
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "export.aside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._tell(request)

    def ask(self, pictures: Pictures, form: Form) -> None:
        """Names and pixels of all that will be asked; the answers come one by one."""
        # a pipe holds less than a picture: the other side takes them when PyTorch is there
        Thread(target=self._tell, args=((list(pictures), form),), daemon=True).start()

    def logits(self) -> Array:
        """The next picture's logits; raises what the network met instead."""
        assert self._process.stdout is not None
        try:
            answer = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise ParityError(
                f"PyTorch's own run of the network ended without its logits (exit {self._process.wait()}).",
                "Nothing was delivered. Is there memory enough?",
            ) from None
        if isinstance(answer, FastscnnError):
            raise answer
        found: Array = answer
        return found

    def _tell(self, what: Any) -> None:
        assert self._process.stdin is not None
        try:
            pickle.dump(what, self._process.stdin)
            self._process.stdin.flush()
        except BrokenPipeError:
            # why it is gone is told where its answer is missed
            return


def main() -> int:
    """The other process's life: it ends by itself when nobody listens any more."""
    # Ctrl-C goes to the whole group; the one who asked says what there is to say
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as answers:
        # whatever a library prints is for people
        os.dup2(2, 1)
        try:
            for answer in _answers(sys.stdin.buffer):
                pickle.dump(answer, answers)
                answers.flush()
        except FastscnnError as error:
            pickle.dump(error, answers)
        except EOFError:
            return 0
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
    return 0


def _answers(questions: IO[bytes]) -> Iterator[Array]:
    request: Request = pickle.load(questions)
    from export.source import checkpoint
    from export.torch_reference import TorchReference

    loaded = checkpoint(request)
    reference = TorchReference(loaded.network, loaded.info)
    pictures, form = pickle.load(questions)
    for name, pixels in pictures:
        yield reference.expect(name, pixels, form.stride, form.precision).logits


if __name__ == "__main__":
    sys.exit(main())
