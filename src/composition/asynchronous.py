"""The asynchronous colour: adapters that suspend under asyncio, and plain stores in a worker thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..adapters.single_flight.tasks import TaskSingleFlight
from ..adapters.system.runner import run_in_thread
from .wiring import Wiring

if TYPE_CHECKING:
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.http import Http
    from ..ports.lock import Lock
    from .given import Given


class AsyncWiring(Wiring):
    """Ports for `AsyncOAuthClient`."""

    def __init__(self, given: Given) -> None:
        """Take what the embedder passed."""
        super().__init__(given, flight=TaskSingleFlight(), call=run_in_thread)

    def _make_clock(self) -> Clock:
        from ..adapters.system.clock import AsyncClock

        return AsyncClock()

    def _make_http(self) -> Http:
        from ..adapters.http.async_http import AsyncHttp

        return AsyncHttp(user_agent=self.user_agent)

    def _make_browser(self) -> Browser:
        from ..adapters.browser.browser import AsyncBrowser

        return AsyncBrowser()

    def _make_callback(self) -> CallbackPort:
        from ..adapters.callback.listener import AsyncCallback

        return AsyncCallback(theme=self.given.pages)

    def _make_lock(self, directory: str | None) -> Lock:
        if directory is None:
            from ..adapters.locks.memory import AsyncMemoryLock

            return AsyncMemoryLock(self._chosen.locks)
        from ..adapters.locks.file import AsyncFileLock

        return AsyncFileLock(directory)
