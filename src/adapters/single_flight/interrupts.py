"""Defers Ctrl-C during work that must not be interrupted: the handler runs at once, its exception is raised later.

A handler that raises nothing works as before, for instance that of a server, or of `asyncio.run` the first time. Python
runs signal handlers in the main thread only, so nothing is deferred in other threads.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]


class _DeferringHandler:
    """Replaces the handler of SIGINT while at least one block is active, and stores its exception."""

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

        `asyncio.run` removes its handler only if it is installed, so a handler whose main task is done must not be
        restored.
        """
        main_task = getattr(self._handler, "keywords", {}).get("main_task")
        if main_task is None or not main_task.done():
            return self._handler
        import signal

        return signal.default_int_handler


@contextmanager
def defer_interrupts(deliver: Callable[[BaseException], object]) -> Generator[None]:
    """Defers the exception of SIGINT until the block ends. Blocks may be nested, and overlap in an event loop.

    Args:
        deliver: called with the exception when the last block ends; raises it, at once or soon.
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
    except ValueError:  # a subinterpreter, which receives no signals
        return None
    return deferring


def _restore(handler: _DeferringHandler) -> None:
    import signal

    current: object = signal.getsignal(signal.SIGINT)
    if current is handler:
        signal.signal(signal.SIGINT, handler.successor())
