"""A process that has imported every heavy package once, and runs each command in a fork of itself.

A command of ours takes seconds to start and milliseconds to refuse a file: hundreds of runs are only cheap
when the imports are shared. A fork is a process of its own all the same: what it spoils, leaks or loads ends
with it. One JSON request a line on stdin, one JSON answer a line on stdout when a run begins and ends.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

COMMANDS = {
    "fastscnn-export": "export.cli",
    "fastscnn-quantize": "quantize.cli",
    "fastscnn-train": "fastscnn.network.train_cli",
    "fastscnn-eval": "export.eval_cli",
    "fastscnn-predict": "export.predict_cli",
    "fastscnn-bench": "benchmarks.cli",
    "unpickling": "tests.sandbox.unpickling",
}
HEAVY = (
    "torch",
    "torch.ao.quantization.quantize_fx",
    "onnxruntime",
    "ai_edge_litert.interpreter",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "export.formats.coreml.read",
    "export.formats.coreml.run",
    "export.formats.coreml.write",
    "export.formats.onnx.read",
    "export.formats.onnx.run",
    "export.formats.onnx.write",
    "export.formats.tflite.read",
    "export.formats.tflite.run",
    "export.formats.tflite.write",
    "export.evaluation_files",
    "export.pipeline",
    "export.check",
    "export.predict",
    "export.torch_model",
    "export.torch_reference",
    "quantize.job",
    "quantize.qat",
    "quantize.ptq",
    "fastscnn.network.train_run",
    "benchmarks.boards",
    "benchmarks.delivery",
    "benchmarks.plots",
    *COMMANDS.values(),
)
WATCHED = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.", "pickle.find_class")
"""What Python announces before it does it; none of our commands has a reason to, but for fastscnn-bench."""


class Child:
    """One run, and when it began."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.began = time.monotonic()
        self.descriptor = os.pidfd_open(pid)

    def ended(self) -> dict[str, Any]:
        """What is known of a run that is over."""
        _, status, used = os.wait4(self.pid, 0)
        os.close(self.descriptor)
        return {
            "pid": self.pid,
            "code": os.waitstatus_to_exitcode(status),
            "seconds": time.monotonic() - self.began,
            "cpu": used.ru_utime + used.ru_stime,
            "peak": used.ru_maxrss * 1024,
        }


def serve() -> None:
    for name in HEAVY:
        importlib.import_module(name)
    from PIL import Image

    Image.init()
    _answer({"ready": True})
    children: dict[int, Child] = {}
    waiting = b""
    while True:
        ready, _, _ = select.select([0, *children], [], [])
        for descriptor in ready:
            if descriptor:
                _answer(children.pop(descriptor).ended())
                continue
            given = os.read(0, 1 << 20)
            if not given:
                for child in children.values():
                    os.kill(child.pid, signal.SIGKILL)
                return
            *lines, waiting = (waiting + given).split(b"\n")
            for line in lines:
                child = Child(_forked(json.loads(line)))
                children[child.descriptor] = child
                _answer({"began": child.pid})


def _answer(content: dict[str, Any]) -> None:
    os.write(1, json.dumps(content).encode() + b"\n")


def _forked(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        main = _prepared(request)
        code = main(request["arguments"])
    except SystemExit as ending:
        # argparse's --help and --version
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _prepared(request: dict[str, Any]) -> Callable[[list[str]], int]:
    """The command's function, in the fork's own folder, streams, environment and limits."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    time.tzset()
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _watch(os.open(request["events"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600))
    for name, limit in request["limits"].items():
        resource.setrlimit(getattr(resource, name), (limit, limit))
    if "RLIMIT_FSIZE" in request["limits"]:
        # then a write fails with an error, as on a full disk, instead of ending the process
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    module = importlib.import_module(COMMANDS[request["command"]])
    main: Callable[[list[str]], int] = module.main
    return main


def _watch(events: int) -> None:
    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(WATCHED):
            os.write(events, f"{event} {arguments!r:.200}\n".encode())

    sys.addaudithook(heard)


if __name__ == "__main__":
    serve()
