"""Ctrl-C during work that must not be torn in half: it is heard at once, and what it raises waits for the end.

A handler that raises nothing, as a server's or that of `asyncio.run` the first time, works as ever. Python delivers
signals to the main thread only, so other threads need nothing.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]


class _Patient:
    """Stands in for a handler of SIGINT for as long as any unit of work is under way, and keeps what it raises."""

    def __init__(self, handler: Handler) -> None:
        self.units = 0
        self.raised: BaseException | None = None
        self._handler = handler

    def __call__(self, number: int, frame: FrameType | None) -> None:
        try:
            self._handler(number, frame)
        except BaseException as interrupt:  # noqa: BLE001 (KeyboardInterrupt, as a rule; it is raised when all is done)
            self.raised = interrupt

    def successor(self) -> Handler:
        """Give the handler to put back.

        `asyncio.run` takes its own away only if it finds it there: one whose main task is done is taken away here.
        """
        main_task = getattr(self._handler, "keywords", {}).get("main_task")
        if main_task is None or not main_task.done():
            return self._handler
        import signal

        return signal.default_int_handler


@contextmanager
def interrupts_wait(deliver: Callable[[BaseException], object]) -> Generator[None]:
    """Let what SIGINT raises wait until the block ends; blocks may be nested, and overlap in an event loop.

    Args:
        deliver: raises it then, at once or soon.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    patient = _installed()
    if patient is None:
        yield
        return
    patient.units += 1
    try:
        yield
    finally:
        patient.units -= 1
        if not patient.units:
            _put_back(patient)
            if patient.raised is not None:
                deliver(patient.raised)


def _installed() -> _Patient | None:
    """Give the stand-in, installing it where there is none; None if SIGINT raises nothing here."""
    import signal

    handler = signal.getsignal(signal.SIGINT)
    if isinstance(handler, _Patient):
        return handler
    if not callable(handler):
        return None
    patient = _Patient(handler)
    try:
        signal.signal(signal.SIGINT, patient)
    except ValueError:  # an interpreter inside another one, which no signal reaches
        return None
    return patient


def _put_back(patient: _Patient) -> None:
    import signal

    current: object = signal.getsignal(signal.SIGINT)
    if current is patient:
        signal.signal(signal.SIGINT, patient.successor())
