"""Which adapters a blocking and an asynchronous client have; nothing else in the package pairs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..adapters.system.runner import run_in_thread, run_inline
from .root import Root

if TYPE_CHECKING:
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.http import Http
    from ..ports.lock import Lock
    from .options import ClientOptions


class BlockingRoot(Root):
    """Ports for `OAuthClient`: adapters whose coroutines never suspend."""

    def __init__(self, options: ClientOptions) -> None:
        from ..adapters.single_flight.threads import ThreadSingleFlight

        super().__init__(options, run_inline, ThreadSingleFlight())

    def _make_http(self, user_agent: str) -> Http:
        from ..adapters.http.blocking_http import BlockingHttp

        return BlockingHttp(user_agent=user_agent)

    def _make_browser(self) -> Browser:
        from ..adapters.browser.browser import BlockingBrowser

        return BlockingBrowser()

    def _make_callback(self) -> CallbackPort:
        from ..adapters.callback.blocking_listener import BlockingCallback

        return BlockingCallback(theme=self.options.pages)

    def _make_lock(self, directory: str | None) -> Lock:
        from ..adapters.locks.file import BlockingFileLock
        from ..adapters.locks.memory import BlockingMemoryLock

        return BlockingMemoryLock(self._chosen.locks) if directory is None else BlockingFileLock(directory)

    def _make_twin(self, options: ClientOptions) -> Root:
        return AsyncRoot(options)


class AsyncRoot(Root):
    """Ports for `AsyncOAuthClient`: adapters that suspend under asyncio, and plain stores in a worker thread."""

    def __init__(self, options: ClientOptions) -> None:
        from ..adapters.single_flight.tasks import TaskSingleFlight

        super().__init__(options, run_in_thread, TaskSingleFlight())

    def _make_clock(self) -> Clock:
        from ..adapters.system.clock import AsyncClock

        return AsyncClock()

    def _make_http(self, user_agent: str) -> Http:
        from ..adapters.http.async_http import AsyncHttp

        return AsyncHttp(user_agent=user_agent)

    def _make_browser(self) -> Browser:
        from ..adapters.browser.browser import AsyncBrowser

        return AsyncBrowser()

    def _make_callback(self) -> CallbackPort:
        from ..adapters.callback.listener import AsyncCallback

        return AsyncCallback(theme=self.options.pages)

    def _make_lock(self, directory: str | None) -> Lock:
        from ..adapters.locks.file import AsyncFileLock
        from ..adapters.locks.memory import AsyncMemoryLock

        return AsyncMemoryLock(self._chosen.locks) if directory is None else AsyncFileLock(directory)

    def _make_twin(self, options: ClientOptions) -> Root:
        return BlockingRoot(options)
