"""The signing port: what an HTTP library's auth object needs to add a token to the right requests, and to no others.

The library calls `sign` before it sends, and `after` when the response is 401 or 403. A signer keeps no state between
the two calls.
"""

from typing import NamedTuple, Protocol, TypeVar

from .hidden import Hidden

R = TypeVar("R")

REFUSALS = frozenset({401, 403})
"""The statuses after which a signer is called again."""


class Refusal(NamedTuple):
    """A response with one of `REFUSALS`.

    Attributes:
        url: the URL of the refused request, after redirects; its origin is enough.
        status: 401 or 403.
        challenge: the `WWW-Authenticate` header; empty if there is none.
        signed: whether the refused request carried the headers from `sign`; a redirect may have dropped them.
    """

    url: str
    status: int
    challenge: str
    signed: bool


class Signer(Protocol):
    """Signs requests for blocking callers. Safe to share between threads."""

    def sign(self, url: str) -> Hidden[str] | None:
        """Returns the headers to add to a request to this URL, or None if it must not be signed.

        Raises:
            PromptVMAuthError: the URL belongs to the profile and there is no token for it.
        """
        ...

    def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Returns the headers for one more attempt, or None if there is to be none. Refreshes a refused token.

        Args:
            sent: what `sign` returned.
            refusal: the response.

        Raises:
            PromptVMAuthError: the token was refused and could not be refreshed.
        """
        ...


class AwaitedSigner(Protocol):
    """A `Signer` for asynchronous callers."""

    async def sign(self, url: str) -> Hidden[str] | None:
        """Returns the headers to add to a request to this URL, or None; raises as `Signer.sign` does."""
        ...

    async def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """Returns the headers for one more attempt, or None; raises as `Signer.after` does."""
        ...


class RequestAuth(Protocol):
    """The type of what `auth()` returns: each of the HTTP libraries accepts such a callable."""

    def __call__(self, request: R, /) -> R:
        """Signs a prepared request of requests; httpx and httpx2 use the object as an instance of their own `Auth`."""
        ...
