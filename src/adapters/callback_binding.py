"""Binding the loopback port: 127.0.0.1, for this process alone (RFC 8252 §7.3, §8.3)."""

import socket
from collections.abc import Sequence

from ..ports.errors import ListenerError
from .callback_rules import HOST

BACKLOG = 1024
"""Connections that the operating system keeps before they are accepted."""


def bind(ports: Sequence[int]) -> socket.socket:
    """Listen on the first of the ports that is free; on any free one if none is named.

    Raises:
        ListenerError: none could be had; the text names them.
    """
    reasons: list[str] = []
    for port in ports or (0,):
        try:
            return _listen(port)
        except (OSError, OverflowError) as error:
            reasons.append(f"{port or 'any port'}: {getattr(error, 'strerror', None) or error}")
    raise ListenerError(
        f"no listener could be opened on {HOST} ({'; '.join(reasons)}): free one of the ports or allow another one"
    )


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Elsewhere than on Windows, where it would share the port, SO_REUSEADDR only skips the wait after a close.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        listening.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        listening.bind((HOST, port))
        listening.listen(BACKLOG)
        listening.settimeout(0)
    except BaseException:
        listening.close()
        raise
    return listening
