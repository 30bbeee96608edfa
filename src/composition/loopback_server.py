"""A loopback server for one redirect, without a client around it: the Go package's `StartLoopbackServer`."""

from collections.abc import Sequence

from ..adapters.callback.blocking_listener import BlockingCallback
from ..adapters.callback.listener import AsyncCallback
from ..domain.use_cases.loopback_server import AsyncOpenLoopbackServer, Callbacks, LoopbackServer, OpenLoopbackServer
from ..ports.secret import Secret

__all__ = ["AsyncOpenLoopbackServer", "OpenLoopbackServer", "start_loopback_server"]


def start_loopback_server(*, state: str | Secret | None = None, ports: Sequence[int] = ()) -> LoopbackServer:
    """Listens for one redirect on 127.0.0.1, path `/callback` (RFC 8252 §7.3); enter it by `with` or `async with`.

    The browser is shown a neutral page, since this server knows no outcome, once it is left.

    Args:
        state: the state to wait for: pass it whenever it is known before the browser is opened. A redirect that comes
            in earlier than `wait` is remembered without it, but its browser is told that it is not the awaited one.
        ports: the allowed ports in order of preference; empty means any free one.

    Raises:
        ListenerError: when it is entered and none of the ports can be had.
    """
    return LoopbackServer(Callbacks(BlockingCallback, AsyncCallback), state, ports)
