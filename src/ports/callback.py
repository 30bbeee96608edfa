"""The callback port: the loopback listener that the browser is redirected to (RFC 8252 §7.3).

The port knows HTTP and nothing of OAuth: which query is the awaited one is decided by `accept`, which the domain gives.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from attrs import frozen

Accepted = TypeVar("Accepted")
Accepted_co = TypeVar("Accepted_co", covariant=True)

Accept = Callable[[str], Accepted | None]
"""Given the raw query of a request to the redirect URI: the domain's value, or None for 'not the awaited one'.

It is called from any thread, never raises and is cheap. A value other than None ends the wait.
"""


@frozen
class Outcome:
    """What the browser is told once the flow knows how it ended.

    Attributes:
        succeeded: whether the person is signed in.
        detail: one sentence for the person; the page escapes it. Never a secret.
    """

    succeeded: bool
    detail: str = ""


class CallbackListener(Protocol[Accepted_co]):
    """An open listener; it serves in the background until `close`."""

    @property
    def redirect_uri(self) -> str:
        """The exact URI that is listened on, with the literal address and port that are bound."""
        ...

    def start_url(self, authorize_url: str) -> str:
        """Give a short local URL that redirects to `authorize_url` once.

        It keeps the long URL out of process lists and terminals; its path is 128 random bits.
        """
        ...

    async def wait(self, timeout: float) -> Accepted_co | None:
        """Wait for the first query that `accept` takes; the browser's request is held open until `answer`.

        Args:
            timeout: seconds.

        Returns:
            What `accept` gave, or None when the time is over.
        """
        ...

    async def answer(self, outcome: Outcome) -> None:
        """Tell the browser that is held, and every later one, how it ended."""
        ...

    async def close(self) -> None:
        """Stop listening and free the port within a second; a held browser is answered first. Repeatable."""
        ...


class CallbackPort(Protocol):
    """Opens listeners; several may be open at once, each for its own flow."""

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> CallbackListener[Accepted]:
        """Bind 127.0.0.1 exclusively and start to serve.

        Args:
            accept: the domain's check, see `Accept`.
            ports: the allowed ports in order of preference; empty means any free one.

        Raises:
            ListenerError: none of the ports could be bound; the text names them.
        """
        ...
