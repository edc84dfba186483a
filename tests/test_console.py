"""How a command ends: its errors, its interruptions, and what terminals are told."""

from __future__ import annotations

import os
import signal

import pytest

from fastscnn.console import INTERRUPTED, Console, run
from fastscnn.errors import LONGEST, InputError


def test_an_error_of_ours_is_a_sentence_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    def command(console: Console) -> int:
        raise InputError("It is wrong.", "Give another.")

    assert run(command, Console()) == 2
    assert capsys.readouterr().err == "error: It is wrong.\n  Give another.\n"


def test_what_would_act_on_a_terminal_is_shown_as_question_marks(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    for tell in (console.say, console.warn, lambda text: console.say(str(InputError(text)))):
        tell("a\x1b[2Jb\u202ec")
        assert "a?[2Jb?c" in capsys.readouterr().err


def test_a_message_is_not_as_long_as_the_file_that_it_is_of() -> None:
    error = InputError("x" * 10_000_000 + "end")
    assert len(error.message) < LONGEST + 10
    assert error.message.endswith("end")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_exit_130(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    def command(console: Console) -> int:
        os.kill(os.getpid(), number)
        return 0

    before = signal.getsignal(number)
    assert run(command, Console()) == INTERRUPTED
    assert "interrupted" in capsys.readouterr().err
    assert signal.getsignal(number) is before


def test_what_fails_because_of_an_interruption_is_one() -> None:
    def command(console: Console) -> int:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException:
            raise AttributeError("a library that swallows what stops it") from None
        return 0

    assert run(command, Console()) == INTERRUPTED


def test_other_errors_come_out() -> None:
    def command(console: Console) -> int:
        raise AttributeError("a mistake of ours")

    with pytest.raises(AttributeError):
        run(command, Console())


def test_what_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    def command(console: Console) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return 0

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run(command, Console()) == 0
    finally:
        signal.signal(signal.SIGINT, before)
