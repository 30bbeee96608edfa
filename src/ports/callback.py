"""The callback port: the loopback listener that the browser is redirected to (RFC 8252 §7.3).

The port knows HTTP and no OAuth: the domain passes `accept`, which decides whether a query is the awaited one.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from attrs import frozen

Accepted = TypeVar("Accepted")
Accepted_co = TypeVar("Accepted_co", covariant=True)

Accept = Callable[[str], Accepted | None]
"""Takes the raw query of a request to the redirect URI; returns the domain's value, or None for any other query.

May be called from any thread, never raises, and is cheap. A value other than None ends the wait.
"""

Admit = Callable[[], bool]
"""Called at each visit of a start URL, from any thread; returns whether this visit is redirected. Never raises."""


def always() -> bool:
    """Admits every visit."""
    return True


@frozen
class Outcome:
    """How a login ended, as the browser shows it.

    Attributes:
        succeeded: whether the user is signed in.
        detail: one sentence for the user, without secrets; the page escapes it.
        product: what the user signs in to; the page escapes it.
        account: the e-mail address or name of the user who is signed in; the page escapes it.
    """

    succeeded: bool
    detail: str = ""
    product: str = ""
    account: str = ""


class CallbackListener(Protocol[Accepted_co]):
    """An open listener; it serves in the background until `close`."""

    @property
    def redirect_uri(self) -> str:
        """The exact redirect URI, with the loopback address and the port that are bound."""
        ...

    def start_url(self, authorize_url: str, admit: Admit = always) -> str:
        """Returns a short local URL that redirects to `authorize_url` until a query is accepted.

        It keeps the long URL out of process lists and terminals. Its path has 128 random bits. A request that a browser
        sends ahead of its user, with `Sec-Purpose`, is not a visit and receives no address.

        Args:
            authorize_url: the URL at the authorization server.
            admit: asked at each visit whether it is redirected; see `Admit`.
        """
        ...

    async def wait(self, timeout: float) -> Accepted_co | None:
        """Waits for the first query that `accept` accepts; the browser's request stays open until `answer`.

        Args:
            timeout: the longest wait, in seconds.

        Returns:
            What `accept` returned, or None after `timeout` seconds or once the listener is closed.
        """
        ...

    async def answer(self, outcome: Outcome) -> None:
        """Shows the outcome to the waiting browser and to every later one; every call but the first is ignored."""
        ...

    async def close(self) -> None:
        """Answers a waiting browser, stops listening and frees the port, within a second. May be called again."""
        ...


class CallbackPort(Protocol):
    """Opens listeners; several may be open at once, each for its own login."""

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> CallbackListener[Accepted]:
        """Binds 127.0.0.1 exclusively and starts to serve.

        Args:
            accept: the domain's check of a query; see `Accept`.
            ports: the allowed ports in order of preference; empty means any free one.

        Raises:
            ListenerError: none of the ports could be bound; the text names them.
        """
        ...
