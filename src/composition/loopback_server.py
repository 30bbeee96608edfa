"""A loopback server for one redirect, without a client, like the Go package's `StartLoopbackServer`."""

from collections.abc import Sequence

from ..adapters.callback.blocking_listener import BlockingCallback
from ..adapters.callback.listener import AsyncCallback
from ..domain.use_cases.loopback_server import AsyncOpenLoopbackServer, Callbacks, LoopbackServer, OpenLoopbackServer
from ..ports.secret import Secret

__all__ = ["AsyncOpenLoopbackServer", "OpenLoopbackServer", "start_loopback_server"]


def start_loopback_server(*, state: str | Secret | None = None, ports: Sequence[int] = ()) -> LoopbackServer:
    """Returns a server that listens for one redirect on 127.0.0.1, path `/callback` (RFC 8252 §7.3).

    Use it in a `with` or an `async with` statement, which opens and closes it. When it closes, the browser shows a page
    that does not say whether the login succeeded, because this server does not know.

    Args:
        state: the `state` that the redirect must have. Pass it if you know it before the browser is opened. Without it,
            a redirect that arrives before `wait` is stored, but the browser shows that it was not expected.
        ports: the ports that may be used, in order of preference; empty means any free port.

    Raises:
        ListenerError: on entering the statement: none of the ports is free.
    """
    return LoopbackServer(Callbacks(BlockingCallback, AsyncCallback), state, ports)
