"""latency.py beside other harnesses on one file, in turns: do they tell the same median?

    python -m benchmarks.agreement net.tflite [ROUNDS [RUNS]]

For TFLite the other is the runtime package's own `litert-benchmark`, where it has one; for either format also
a plain loop that shares no line with latency.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import latency

PLAIN = """
import sys, time, statistics, numpy as np
path, runs = sys.argv[1], int(sys.argv[2])
if path.endswith(".onnx"):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    kind = np.uint8 if "uint8" in given.type else np.float32
    feed = {given.name: np.random.default_rng(1).integers(0, 255, given.shape).astype(kind)}
    invoke = lambda: session.run(None, feed)
else:
    from ai_edge_litert.interpreter import Interpreter
    net = Interpreter(path, num_threads=1)
    net.allocate_tensors()
    given = net.get_input_details()[0]
    picture = np.random.default_rng(1).integers(0, 255, given["shape"])
    net.set_tensor(given["index"], picture.astype(given["dtype"]))
    invoke = net.invoke
for _ in range(30):
    invoke()
times = []
for _ in range(runs):
    begun = time.perf_counter()
    invoke()
    times.append(time.perf_counter() - begun)
print(statistics.median(times) * 1e3)
"""
Harness = Callable[[str, int], float]


def ours(file: str, runs: int) -> float:
    words = [
        latency.__file__,
        file,
        "--threads",
        "1",
        "--runs",
        str(runs),
        "--no-profile",
        "--json",
        "--quiet",
    ]
    (result,) = json.loads(_printed([sys.executable, *words]))["results"]
    return float(result["latency_ms"]["p50"])


def plain(file: str, runs: int) -> float:
    return float(_printed([sys.executable, "-c", PLAIN, file, str(runs)]))


def litert_benchmark(file: str, runs: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "result.json")
        tool = Path(sys.executable).with_name("litert-benchmark")
        words = [f"--model={file}", f"--num_runs={runs}", "--warmup_runs=30", f"--result_json={target}"]
        _printed([str(tool), *words])
        return float(json.loads(target.read_text())["latency"]["median_ms"])


def main(arguments: list[str]) -> int:
    file = arguments[0]
    rounds, runs = (int(number) for number in [*arguments[1:], "11", "100"][:2])
    harnesses: dict[str, Harness] = {"latency.py": ours, "plain loop": plain}
    if file.endswith(".tflite") and Path(sys.executable).with_name("litert-benchmark").exists():
        harnesses["litert-benchmark"] = litert_benchmark
    names = list(harnesses)
    medians: dict[str, list[list[float]]] = {name: [] for name in names}
    for done in range(rounds):
        for place in latency.interleaved(done, len(names)):
            medians[names[place]].append([harnesses[names[place]](file, runs)])
    for name in names[1:]:
        found = latency.ratio(medians["latency.py"], medians[name])
        both = " and ".join(
            f"{latency.median([value for (value,) in medians[each]]):.2f} ms" for each in ("latency.py", name)
        )
        low, high = found["interval95"]
        print(f"{Path(file).name}: latency.py and {name}: {both};", end=" ")
        print(f"ratio {found['median']:.3f} (95 %: {low:.3f} to {high:.3f}, {rounds} rounds of {runs} runs)")
    return 0


def _printed(words: list[str]) -> str:
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"{words[0]} failed: {ended.stderr.strip()[-500:]}")
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
