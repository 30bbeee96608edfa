"""Signing requests inside httpx: the flow of an `httpx.Auth`, for both of its clients.

httpx2 has the same interface with classes of its own, so the flow serves it as well. Neither is imported here,
since only an embedder that imported one of them has its requests.
"""

import sys
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from ...ports.hidden import Hidden
from ...ports.signing import REFUSALS, AwaitedSigner, Refusal, Signer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    import httpx
    from httpx import Headers as _Headers
else:
    _Headers = object  # the class of signed headers is made from this one and the library's own

_AUTHORIZATION = "Authorization"


class HttpxLike(NamedTuple):
    """What the flow needs of a library.

    Attributes:
        auth: the base class of its auth objects.
        in_memory: the class of request bodies that can be sent twice.
    """

    auth: type
    in_memory: type


def httpx_library(name: Literal["httpx", "httpx2"]) -> HttpxLike | None:
    """Returns the classes of a library, or None if it has not been imported."""
    library = sys.modules.get(name)
    auth, in_memory = getattr(library, "Auth", None), getattr(library, "ByteStream", None)
    return None if auth is None or in_memory is None else HttpxLike(auth, in_memory)


class HttpxFlow:
    """The auth flow, a base class of `PromptVMAuth`.

    Attributes:
        in_memory: the classes of request bodies that can be sent twice.
    """

    in_memory: tuple[type, ...] = ()

    @property
    def signer(self) -> Signer:
        """The signer for `Client`."""
        raise NotImplementedError

    @property
    def awaited_signer(self) -> AwaitedSigner:
        """The signer for `AsyncClient`."""
        raise NotImplementedError

    def sync_auth_flow(self, request: "httpx.Request") -> "Generator[httpx.Request, httpx.Response]":
        """Sends a signed request, and sends it again if it was refused and a new token may help."""
        sent = self.signer.sign(_origin(request))
        replayable = isinstance(request.stream, self.in_memory)
        if sent is not None:
            _attach(request, sent)
        response = yield request
        if sent is None or response.status_code not in REFUSALS:
            return
        again = self.signer.after(sent, _refusal(request, sent, response))
        if again is not None and self._may_send_again(request, response.request, replayable=replayable):
            _attach(response.request, again)
            yield response.request

    async def async_auth_flow(self, request: "httpx.Request") -> "AsyncGenerator[httpx.Request, httpx.Response]":
        """Sends a signed request, and sends it again if it was refused and a new token may help."""
        sent = await self.awaited_signer.sign(_origin(request))
        replayable = isinstance(request.stream, self.in_memory)
        if sent is not None:
            _attach(request, sent)
        response = yield request
        if sent is None or response.status_code not in REFUSALS:
            return
        again = await self.awaited_signer.after(sent, _refusal(request, sent, response))
        if again is not None and self._may_send_again(request, response.request, replayable=replayable):
            _attach(response.request, again)
            yield response.request

    def _may_send_again(self, first: "httpx.Request", refused: "httpx.Request", *, replayable: bool) -> bool:
        """Returns whether the body can be sent twice; for the first request this was checked before it was sent."""
        return replayable if refused is first else isinstance(refused.stream, self.in_memory)


def _origin(request: "httpx.Request") -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"


def _refusal(request: "httpx.Request", sent: Hidden[str], response: "httpx.Response") -> Refusal:
    refused = response.request
    bearer = sent.get(_AUTHORIZATION)
    signed = refused is request or (bearer is not None and refused.headers.get(_AUTHORIZATION) == bearer)
    challenge = response.headers.get("WWW-Authenticate", "")
    return Refusal(_origin(refused), response.status_code, challenge, signed)


def _attach(request: "httpx.Request", headers: Hidden[str]) -> None:
    """Adds the headers. On a redirect to another origin httpx drops `Authorization` but keeps all others."""
    if _AUTHORIZATION in headers:
        named = {_with_authorization(name): value.encode() for name, value in headers.items()}
        request.headers.update(named)
    else:
        request.headers = _keyed(type(request.headers))(request.headers, headers)


def _with_authorization(name: str) -> bytes:
    """Returns the name of a header such that it leaves a request together with `Authorization`."""
    return name.encode() if name == _AUTHORIZATION else _Companion(name.encode())


class _Companion(bytes):
    """The name of a header that is removed when `Authorization` is.

    httpx keeps the lower case of a name and compares the lower case of that with the name to remove. Everything else,
    a look-up or what is sent, sees the name as it is.
    """

    def lower(self) -> "_CompanionInLowerCase":
        return _CompanionInLowerCase(super().lower())


class _CompanionInLowerCase(bytes):
    def lower(self) -> "_EitherName":
        return _EitherName(self)


class _EitherName(bytes):
    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) or other == _AUTHORIZATION.lower().encode()

    __hash__ = bytes.__hash__


@cache
def _keyed(plain: "type[httpx.Headers]") -> "type[_KeyedHeaders]":
    """Returns the class of signed headers for a library; a request that was sent before has it already."""
    if issubclass(plain, _KeyedHeaders):
        return plain
    return cast("type[_KeyedHeaders]", type("KeyedHeaders", (_KeyedHeaders, plain), {}))


class _KeyedHeaders(_Headers):
    """Headers with API keys that are sent but never copied, so that the request of a redirect does not have them."""

    def __init__(self, headers: "httpx.Headers", keys: Hidden[str]) -> None:
        super().__init__(headers)
        self._keys = keys

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        return [*super().raw, *((name.encode(), value.encode()) for name, value in self._keys.items())]
