"""The blocking colour: adapters whose coroutines never suspend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .flight_blocking import BlockingFlight
from .lifted import in_place
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
        super().__init__(given, flight=BlockingFlight(), call=in_place)

    def _make_http(self) -> Http:
        from ..adapters.httpx_blocking import BlockingHttp

        return BlockingHttp(user_agent=self.user_agent)

    def _make_browser(self) -> Browser:
        from ..adapters.browser import BlockingBrowser

        return BlockingBrowser()

    def _make_callback(self) -> CallbackPort:
        from ..adapters.callback_blocking import BlockingCallback

        return BlockingCallback(theme=self.given.pages)

    def _make_lock(self, directory: str | None) -> Lock:
        if directory is None:
            from ..adapters.memory import BlockingMemoryLock

            return BlockingMemoryLock(self._chosen.locks)
        from ..adapters.lock_file import BlockingFileLock

        return BlockingFileLock(directory)
