"""A loopback server for one redirect, without a client around it: the Go package's `StartLoopbackServer`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..domain.errors import LoginTimeout
from ..domain.oauth.awaited_redirect import Callback, Expected
from ..domain.use_cases.run_blocking import run_blocking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..ports.callback import CallbackListener, CallbackPort
    from ..ports.secret import Secret

WAIT = 300.0
"""Seconds that a redirect is waited for, if the caller does not say."""


class _Open:
    """An open server, of either colour."""

    def __init__(self, listener: CallbackListener[Callback], expected: Expected) -> None:
        self._listener = listener
        self._expected = expected

    @property
    def redirect_uri(self) -> str:
        """The exact redirect URI, `http://127.0.0.1:<port>/callback`."""
        return self._listener.redirect_uri

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return urlsplit(self.redirect_uri).port or 0

    async def _wait(self, state: str | Secret, timeout: float) -> Callback:
        callback = self._expected.expect(state) or await self._listener.wait(timeout)
        if callback is None:
            raise LoginTimeout("nobody came back from the browser in time")
        return callback


class OpenLoopbackServer(_Open):
    """What `with start_loopback_server()` gives."""

    def wait(self, *, state: str | Secret, timeout: float = WAIT) -> Callback:
        """Wait for the redirect with this state; others are answered 400 and waited past (RFC 8252 §8.9).

        Args:
            state: the one that was sent to the authorization server.
            timeout: seconds.

        Raises:
            LoginTimeout: nobody came back in time.
        """
        return run_blocking(self._wait(state, timeout))


class AsyncOpenLoopbackServer(_Open):
    """What `async with start_loopback_server()` gives."""

    async def wait(self, *, state: str | Secret, timeout: float = WAIT) -> Callback:
        """See `OpenLoopbackServer.wait`."""
        return await self._wait(state, timeout)


class LoopbackServer:
    """A server that opens when it is entered, by `with` or by `async with`."""

    def __init__(self, state: str | Secret | None, ports: Sequence[int]) -> None:
        """Take what `start_loopback_server` was given."""
        self._expected = Expected()
        self._ports = ports
        self._listener: CallbackListener[Callback] | None = None
        if state is not None:
            self._expected.expect(state)

    def __enter__(self) -> OpenLoopbackServer:
        from ..adapters.callback.blocking_listener import BlockingCallback

        return OpenLoopbackServer(run_blocking(self._open(BlockingCallback())), self._expected)

    def __exit__(self, *_: object) -> None:
        run_blocking(self._close())

    async def __aenter__(self) -> AsyncOpenLoopbackServer:
        from ..adapters.callback.listener import AsyncCallback

        return AsyncOpenLoopbackServer(await self._open(AsyncCallback()), self._expected)

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _open(self, port: CallbackPort) -> CallbackListener[Callback]:
        self._listener = await port.open(self._expected.accept, ports=self._ports)
        return self._listener

    async def _close(self) -> None:
        if self._listener is not None:
            await self._listener.close()


def start_loopback_server(*, state: str | Secret | None = None, ports: Sequence[int] = ()) -> LoopbackServer:
    """Listen for one redirect on 127.0.0.1, path `/callback` (RFC 8252 §7.3); enter it by `with` or `async with`.

    The browser is shown a neutral page, since this server knows no outcome, once it is left.

    Args:
        state: the state to wait for: give it whenever it is known before the browser is opened. A redirect that comes
            in earlier than `wait` is remembered without it, but its browser is told that it is not the awaited one.
        ports: the allowed ports in order of preference; empty means any free one.

    Raises:
        ListenerError: when it is entered and none of the ports can be had.
    """
    return LoopbackServer(state, ports)
