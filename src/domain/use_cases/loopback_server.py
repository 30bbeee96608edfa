"""A loopback server for one redirect, without a client, like the Go package's `StartLoopbackServer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ...ports.timeouts import LOGIN_WAIT
from ..errors import LoginTimeout
from ..oauth.awaited_redirect import AwaitedRedirect, Callback
from .run_blocking import run_blocking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...ports.callback import CallbackListener, CallbackPort
    from ...ports.secret import Secret


class Callbacks(NamedTuple):
    """Builds the callback port for `with` and for `async with`."""

    blocking: Callable[[], CallbackPort]
    asynchronous: Callable[[], CallbackPort]


class _OpenServer:
    """The base of both kinds of open servers."""

    def __init__(self, listener: CallbackListener[Callback], awaited: AwaitedRedirect) -> None:
        self._listener = listener
        self._awaited = awaited

    @property
    def redirect_uri(self) -> str:
        """The exact redirect URI, `http://127.0.0.1:<port>/callback`."""
        return self._listener.redirect_uri

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return urlsplit(self.redirect_uri).port or 0

    async def _wait(self, state: str | Secret, timeout: float) -> Callback:
        callback = self._awaited.expect(state) or await self._listener.wait(timeout)
        if callback is None:
            raise LoginTimeout("no redirect with the awaited state arrived in time")
        return callback


class OpenLoopbackServer(_OpenServer):
    """An open server, the value of `with start_loopback_server() as`."""

    def wait(self, *, state: str | Secret, timeout: float = LOGIN_WAIT) -> Callback:
        """Waits for the redirect with this state. Any other request is answered with 400 (RFC 8252 §8.9).

        It does not check `iss` (RFC 9207), since this server does not know the authorization server.

        Args:
            state: the `state` that was sent to the authorization server.
            timeout: seconds to wait.

        Returns:
            The code of the redirect, or the error that it reports.

        Raises:
            LoginTimeout: the redirect did not arrive in time.
        """
        return run_blocking(self._wait(state, timeout))


class AsyncOpenLoopbackServer(_OpenServer):
    """An open server, the value of `async with start_loopback_server() as`."""

    async def wait(self, *, state: str | Secret, timeout: float = LOGIN_WAIT) -> Callback:
        """Waits for the redirect with this state. Any other request is answered with 400 (RFC 8252 §8.9).

        It does not check `iss` (RFC 9207), since this server does not know the authorization server.

        Args:
            state: the `state` that was sent to the authorization server.
            timeout: seconds to wait.

        Returns:
            The code of the redirect, or the error that it reports.

        Raises:
            LoginTimeout: the redirect did not arrive in time.
        """
        return await self._wait(state, timeout)


class LoopbackServer:
    """A server that a `with` or an `async with` statement opens and closes."""

    def __init__(self, callbacks: Callbacks, state: str | Secret | None, ports: Sequence[int]) -> None:
        self._callbacks = callbacks
        self._awaited = AwaitedRedirect()
        self._ports = ports
        self._listener: CallbackListener[Callback] | None = None
        if state is not None:
            self._awaited.expect(state)

    def __enter__(self) -> OpenLoopbackServer:
        return OpenLoopbackServer(run_blocking(self._open(self._callbacks.blocking())), self._awaited)

    def __exit__(self, *_: object) -> None:
        run_blocking(self._close())

    async def __aenter__(self) -> AsyncOpenLoopbackServer:
        return AsyncOpenLoopbackServer(await self._open(self._callbacks.asynchronous()), self._awaited)

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _open(self, port: CallbackPort) -> CallbackListener[Callback]:
        self._listener = await port.open(self._awaited.accept, ports=self._ports)
        return self._listener

    async def _close(self) -> None:
        if self._listener is not None:
            await self._listener.close()
