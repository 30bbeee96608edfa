"""Binds the loopback port on 127.0.0.1 or [::1], for this process alone (RFC 8252 §7.3, §8.3)."""

import asyncio
import socket
from collections.abc import Sequence

from ...ports.errors import ListenerError
from .rules import HOST, LITERALS

BACKLOG = 1024
"""Connections that the operating system queues before they are accepted."""


def bind(ports: Sequence[int], address: str = HOST) -> socket.socket:
    """Returns a socket that listens on the first free port of `ports`, or on any free one if `ports` is empty.

    Args:
        ports: in order of preference.
        address: a key of `LITERALS`.

    Raises:
        ListenerError: none of the ports could be bound; the text names them.
    """
    reasons: list[str] = []
    for port in ports or (0,):
        try:
            return _listen(port, address)
        except (OSError, OverflowError) as error:
            reasons.append(f"{port or 'any port'}: {getattr(error, 'strerror', None) or error}")
    raise ListenerError(
        f"no listener could be opened on {LITERALS[address]} ({'; '.join(reasons)}): "
        "free one of the ports or allow another one"
    )


async def next_connection(listening: socket.socket) -> socket.socket:
    """Waits for a connection in the running event loop, and returns it.

    `sock_accept` of a loop with selectors is not used: if it is cancelled just when a connection comes, it loses that
    connection and writes a traceback.

    Raises:
        OSError: the system has no descriptor for it, or it was closed already.
    """
    while True:
        try:
            sock, _ = listening.accept()
        except (BlockingIOError, InterruptedError):
            try:
                await _readable(listening)
            except NotImplementedError:  # Windows' own loop, which can be cancelled
                sock, _ = await asyncio.get_running_loop().sock_accept(listening)
                return sock
        else:
            sock.settimeout(0)
            return sock


async def _readable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()
    loop.add_reader(sock, lambda: None if readable.done() else readable.set_result(None))
    try:
        await readable
    finally:
        loop.remove_reader(sock)


def _listen(port: int, address: str) -> socket.socket:
    family = socket.AF_INET if address == HOST else socket.AF_INET6
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        # SO_REUSEADDR only skips the wait after a close; on Windows, where it would share the port, it is not used.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        listening.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
        listening.settimeout(0)
    except BaseException:
        listening.close()
        raise
    return listening
