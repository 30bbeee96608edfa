"""The object that `auth()` returns: its class inherits from the auth class of every HTTP library that is imported."""

from collections.abc import Callable
from functools import cache, cached_property
from typing import NamedTuple, cast

from ...ports.signing import AwaitedSigner, RequestAuth, Signer
from .httpx_auth import HttpxFlow, httpx_library
from .requests_auth import RequestsCall, requests_auth


class Signers(NamedTuple):
    """Makes the signers of one profile, each on its first request.

    Attributes:
        profile: the name of the profile, for `repr`.
        blocking: makes the signer of blocking HTTP clients.
        asynchronous: makes the signer of asynchronous HTTP clients.
    """

    profile: str | None
    blocking: Callable[[], Signer]
    asynchronous: Callable[[], AwaitedSigner]


class PromptVMAuth(HttpxFlow, RequestsCall):
    """Adds the user's token to requests. `auth()` makes it; it works with every library that was imported before."""

    def __init__(self, signers: Signers) -> None:
        self._signers = signers

    def __repr__(self) -> str:
        return f"PromptVMAuth(profile={self._signers.profile!r})"

    @property
    def signer(self) -> Signer:
        """The signer of blocking clients."""
        return self._signer

    @property
    def awaited_signer(self) -> AwaitedSigner:
        """The signer of asynchronous clients."""
        return self._awaited_signer

    @cached_property
    def _signer(self) -> Signer:
        return self._signers.blocking()

    @cached_property
    def _awaited_signer(self) -> AwaitedSigner:
        return self._signers.asynchronous()


def make_request_auth(signers: Signers) -> RequestAuth:
    """Returns an auth object for the HTTP libraries that are imported now."""
    like_httpx = [library for library in (httpx_library("httpx"), httpx_library("httpx2")) if library is not None]
    bases = (*(library.auth for library in like_httpx), requests_auth())
    in_memory = tuple(library.in_memory for library in like_httpx)
    kind = _class_of(tuple(base for base in bases if base is not None), in_memory)
    return kind(signers)


@cache
def _class_of(bases: tuple[type, ...], in_memory: tuple[type, ...]) -> type[PromptVMAuth]:
    """Returns the class for these libraries, whose clients require instances of their own auth class."""
    return cast("type[PromptVMAuth]", type("PromptVMAuth", (PromptVMAuth, *bases), {"in_memory": in_memory}))
