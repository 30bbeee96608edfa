"""Ctrl-C for simulated processes: each has its own handlers, though all of them run in one thread."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn
from unittest.mock import patch

from promptvm_oauth.adapters.single_flight import held_signals, interrupts

if TYPE_CHECKING:
    from collections.abc import Generator

    from .processes import Process

_running: list[Process] = []
"""The processes that run just now, of which the last one goes on."""


def enter(process: Process) -> None:
    """Has a process run: its handlers are installed, and it holds back what it held back before."""
    _running.append(process)
    setattr(interrupts, "_current", process.hold)  # noqa: B010 (what belongs to a whole process)


def leave() -> None:
    """Has the process that runs wait."""
    process = _running.pop()
    process.hold = getattr(interrupts, "_current")  # noqa: B009
    setattr(interrupts, "_current", _running[-1].hold if _running else None)  # noqa: B010


@contextmanager
def simulated_signals() -> Generator[None]:
    """Gives each simulated process handlers of its own while the block runs, and no real thread."""
    really_get, really_set = signal.getsignal, signal.signal

    def get(number: int, /) -> Any:
        return _running[-1].handlers.get(number, default_of(number)) if _running else really_get(number)

    def install(number: int, handler: Any, /) -> Any:
        if not _running:
            return really_set(number, handler)
        before = get(number)
        _running[-1].handlers[number] = handler
        return before

    with (
        patch.object(signal, "getsignal", get),
        patch.object(signal, "signal", install),
        patch.object(held_signals, "start_new_thread", _no_thread),
    ):
        yield


def default_of(number: int) -> Any:
    """Returns the handler that a program starts with."""
    return signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL


def _no_thread(*_: object) -> NoReturn:
    raise RuntimeError("time passes by steps of the simulation alone")
