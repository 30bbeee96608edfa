"""The object that `auth()` gives: one class made of the auth bases of every HTTP library that is imported by then."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, cast

from ..adapters.auth.httpx_auth import HttpxFlow, httpx_library
from ..adapters.auth.requests_auth import RequestsCall, requests_auth
from ..domain.use_cases.run_blocking import run_blocking
from ..domain.use_cases.signing import Signing

if TYPE_CHECKING:
    from ..ports.hidden import Hidden
    from ..ports.signing import Refusal, RequestAuth
    from .core import Core
    from .pair import Pair


class BlockingSigner:
    """The signer of blocking clients."""

    def __init__(self, signing: Signing) -> None:
        """Take what decides."""
        self._signing = signing

    def sign(self, url: str) -> Hidden[str] | None:
        """See `Signer.sign`."""
        return self._signing.at_hand(url) or run_blocking(self._signing.sign(url))

    def after(self, sent: Hidden[str], refusal: Refusal) -> Hidden[str] | None:
        """See `Signer.after`."""
        return run_blocking(self._signing.after(sent, refusal))


class PromptVMAuth(HttpxFlow, RequestsCall):
    """Puts a person's token into requests. Made by `auth()`; it fits every library that is imported by then."""

    def __init__(self, pair: Pair, profile: str | None, origins: frozenset[str]) -> None:
        """Take both colours of the client; each is used when a request of its kind comes."""
        self._pair = pair
        self._profile = profile
        self._origins = origins

    def __repr__(self) -> str:
        return f"PromptVMAuth(profile={self._profile!r})"

    @property
    def signer(self) -> BlockingSigner:
        """The signer of blocking clients."""
        return self._signer

    @property
    def awaited_signer(self) -> Signing:
        """The signer of asynchronous clients."""
        return self._awaited_signer

    @cached_property
    def _signer(self) -> BlockingSigner:
        return BlockingSigner(self._signing(self._pair.blocking))

    @cached_property
    def _awaited_signer(self) -> Signing:
        return self._signing(self._pair.awaited)

    def _signing(self, core: Core) -> Signing:
        return Signing(core.access, core.credential, core.ports.emit, profile=self._profile, origins=self._origins)


def make_auth(pair: Pair, profile: str | None, origins: frozenset[str]) -> RequestAuth:
    """Make the object for the libraries that are imported by now."""
    like_httpx = [library for library in (httpx_library("httpx"), httpx_library("httpx2")) if library is not None]
    bases = (*(library.auth for library in like_httpx), requests_auth())
    in_memory = tuple(library.in_memory for library in like_httpx)
    kind = _class_of(tuple(base for base in bases if base is not None), in_memory)
    return kind(pair, profile, origins)


@cache
def _class_of(bases: tuple[type, ...], in_memory: tuple[type, ...]) -> type[PromptVMAuth]:
    return cast("type[PromptVMAuth]", type("PromptVMAuth", (PromptVMAuth, *bases), {"in_memory": in_memory}))
