"""Instructions are counted between marks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.arm import counter
from benchmarks.arm.inferences import COUNTED, Job, run
from benchmarks.arm.machine import Machine
from benchmarks.arm.proof import noise
from fastscnn.errors import BoardError
from tests.arm.conftest import SIZE

LOOP = """
import contextlib, os
def mark():
    with contextlib.suppress(OSError):
        os.close(0x7EADBEEF)
def work(steps):
    mark()
    for _ in range(steps): pass
    mark()
for steps in (1000, 100_000, 200_000): work(steps)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("there is no C compiler here")
    return counter.built(tmp_path)


@pytest.mark.slow
def test_twice_the_work_takes_twice_the_instructions(
    cortex_a76: Machine, plugin: Path, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    ended = cortex_a76.run("-c", LOOP, environment=counter.environment(plugin, marks))
    assert ended.returncode == 0, ended.stderr
    _, once, twice = counter.between(marks)
    assert once > 100_000
    assert twice / once == pytest.approx(2, rel=0.02)


@pytest.mark.slow
def test_an_inference_has_its_number_and_a_smaller_one_a_smaller(
    cortex_a76: Machine, plugin: Path, artifacts: list[Path]
) -> None:
    """The phone's file leaves out what the plain one spends on its large logits."""
    jobs = [Job(artifacts[2], "ai-edge-litert"), Job(artifacts[4], "ai-edge-litert")]
    full, phone = run(cortex_a76, jobs, noise(*SIZE), plugin)
    assert full.instructions is not None
    assert phone.instructions is not None
    assert 10**6 < phone.instructions < full.instructions


def test_marks_come_in_pairs(tmp_path: Path) -> None:
    (tmp_path / "marks").write_text("100\n150\n400\n475\n")
    assert counter.between(tmp_path / "marks") == [50, 75]
    assert COUNTED >= 1


def test_without_a_compiler_the_remedy_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BoardError) as caught:
        counter.built(tmp_path)
    assert "apt-get install gcc" in caught.value.remedy
