"""Defers Ctrl-C during work that must not be interrupted: the handler runs at once, what it raises waits for the end.

A handler that raises nothing, as a server's or that of `asyncio.run` the first time, works as ever. Python delivers
signals to the main thread only, so other threads need nothing.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]


class _DeferringHandler:
    """Replaces a handler of SIGINT while at least one block is active, and keeps what it raises."""

    def __init__(self, handler: Handler) -> None:
        self.active_blocks = 0
        self.raised: BaseException | None = None
        self._handler = handler

    def __call__(self, number: int, frame: FrameType | None) -> None:
        try:
            self._handler(number, frame)
        except BaseException as interrupt:  # noqa: BLE001 (KeyboardInterrupt, as a rule; raised when the last block ends)
            self.raised = interrupt

    def successor(self) -> Handler:
        """Returns the handler to restore.

        `asyncio.run` removes its own handler only if it finds it installed, so one whose main task is done is not
        restored.
        """
        main_task = getattr(self._handler, "keywords", {}).get("main_task")
        if main_task is None or not main_task.done():
            return self._handler
        import signal

        return signal.default_int_handler


@contextmanager
def defer_interrupts(deliver: Callable[[BaseException], object]) -> Generator[None]:
    """Defers what SIGINT raises until the block exits; blocks may be nested, and overlap in an event loop.

    Args:
        deliver: raises it then, at once or soon.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = _installed()
    if handler is None:
        yield
        return
    handler.active_blocks += 1
    try:
        yield
    finally:
        handler.active_blocks -= 1
        if not handler.active_blocks:
            _restore(handler)
            if handler.raised is not None:
                deliver(handler.raised)


def _installed() -> _DeferringHandler | None:
    """Returns the deferring handler, installing it if there is none; None if SIGINT raises nothing here."""
    import signal

    handler = signal.getsignal(signal.SIGINT)
    if isinstance(handler, _DeferringHandler):
        return handler
    if not callable(handler):
        return None
    deferring = _DeferringHandler(handler)
    try:
        signal.signal(signal.SIGINT, deferring)
    except ValueError:  # a subinterpreter, which no signal reaches
        return None
    return deferring


def _restore(handler: _DeferringHandler) -> None:
    import signal

    current: object = signal.getsignal(signal.SIGINT)
    if current is handler:
        signal.signal(signal.SIGINT, handler.successor())
