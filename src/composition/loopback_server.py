"""A loopback server for one redirect, without a client, like the Go package's `StartLoopbackServer`."""

from collections.abc import Sequence

from ..adapters.callback.blocking_listener import BlockingCallback
from ..adapters.callback.listener import AsyncCallback
from ..domain.use_cases.loopback_server import AsyncOpenLoopbackServer, Callbacks, LoopbackServer, OpenLoopbackServer
from ..ports.secret import Secret

__all__ = ["AsyncOpenLoopbackServer", "OpenLoopbackServer", "start_loopback_server"]


def start_loopback_server(*, state: str | Secret | None = None, ports: Sequence[int] = ()) -> LoopbackServer:
    """Returns a server for one redirect to `/callback` on 127.0.0.1 (RFC 8252 §7.3); open it by `with` or `async with`.

    When the server closes, the browser is shown a neutral page, since the outcome of the login is not known here.

    Args:
        state: the state to wait for. Pass it if it is known before the browser is opened. Without it, a redirect that
            arrives before `wait` is remembered, but its browser is shown an error page.
        ports: the allowed ports in order of preference; empty means any free port.

    Raises:
        ListenerError: on opening, if none of the ports is free.
    """
    return LoopbackServer(Callbacks(BlockingCallback, AsyncCallback), state, ports)
