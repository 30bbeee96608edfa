"""The blocking colour: adapters whose coroutines never suspend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..adapters.single_flight.threads import ThreadSingleFlight
from ..adapters.system.runner import run_inline
from .wiring import Wiring

if TYPE_CHECKING:
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.http import Http
    from ..ports.lock import Lock
    from .given import Given


class BlockingWiring(Wiring):
    """Ports for `OAuthClient`."""

    def __init__(self, given: Given) -> None:
        """Take what the embedder passed."""
        super().__init__(given, flight=ThreadSingleFlight(), call=run_inline)

    def _make_http(self) -> Http:
        from ..adapters.http.blocking_http import BlockingHttp

        return BlockingHttp(user_agent=self.user_agent)

    def _make_browser(self) -> Browser:
        from ..adapters.browser.browser import BlockingBrowser

        return BlockingBrowser()

    def _make_callback(self) -> CallbackPort:
        from ..adapters.callback.blocking_listener import BlockingCallback

        return BlockingCallback(theme=self.given.pages)

    def _make_lock(self, directory: str | None) -> Lock:
        if directory is None:
            from ..adapters.locks.memory import BlockingMemoryLock

            return BlockingMemoryLock(self._chosen.locks)
        from ..adapters.locks.file import BlockingFileLock

        return BlockingFileLock(directory)
