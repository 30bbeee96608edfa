"""The signing port: what an HTTP library's auth object needs to put a token into the right requests, and no others.

The library asks before it sends, and again when the answer is 401 or 403. Nothing is held between the two questions.
"""

from typing import NamedTuple, Protocol, TypeVar

from .hidden import Hidden

R = TypeVar("R")

REFUSALS = frozenset({401, 403})
"""The statuses of which a signer is told."""


class Refusal(NamedTuple):
    """An answer with one of `REFUSALS`.

    Attributes:
        url: of the request that was refused, after redirects; its origin is enough.
        status: 401 or 403.
        challenge: the `WWW-Authenticate` header, empty if there was none.
        signed: whether that request carried the headers it was signed with; a redirect may have lost them.
    """

    url: str
    status: int
    challenge: str
    signed: bool


class Signer(Protocol):
    """Signs requests for blocking callers. Safe to share between threads."""

    def sign(self, url: str) -> Hidden[str] | None:
        """Give the headers that a request to this URL is sent with, or None if it gets none.

        Raises:
            PromptVMAuthError: the URL is one of the profile's own and there is no token for it.
        """
        ...

    def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Give the headers for one more attempt, or None if the answer stands; a refused token is renewed and stored.

        Args:
            sent: what `sign` gave.
            refusal: the answer.

        Raises:
            PromptVMAuthError: the token was refused and could not be renewed.
        """
        ...


class AwaitedSigner(Protocol):
    """A `Signer` for asyncio."""

    async def sign(self, url: str) -> Hidden[str] | None:
        """See `Signer.sign`."""
        ...

    async def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """See `Signer.after`."""
        ...


class RequestAuth(Protocol):
    """What `auth()` gives, as type checkers see it: every one of the libraries takes a callable of this kind."""

    def __call__(self, request: R, /) -> R:
        """Sign a request of requests; httpx and httpx2 know the object as one of their own `Auth`."""
        ...
