"""Discovers a server's endpoints, and caches its metadata with validators (RFC 8414 §3, RFC 9111)."""

import json
import re
from collections.abc import Mapping
from math import isfinite

from attrs import evolve, field, frozen

from ...ports.clock import Clock
from ...ports.hidden import Hidden
from ...ports.http import Http, HttpResponse
from ...ports.metadata import AwaitedMetadataStore
from ...ports.timeouts import METADATA_AGE, METADATA_MAX_AGE
from ..errors import InvalidMetadata, ServerUnavailable, TransportError
from ..oauth.metadata import OK, checked_metadata, metadata_request, metadata_urls, read_metadata
from ..oauth.own_message import with_own_message
from ..oauth.response import json_object

_VERSION = 1
_NOT_MODIFIED = 304
_SERVER_ERROR = 500
_TEXTS = ("url", "document", "etag", "last_modified")
_MAX_AGE_DIRECTIVE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?=$|[\s,])")
_UNCACHED_DIRECTIVE = re.compile(r"(?:^|[\s,])no-(?:cache|store)(?=$|[\s,=])")


@frozen
class CachedMetadata:
    """A cached metadata document.

    Attributes:
        url: the URL where it was found.
        document: its text, which is checked again on every use.
        fresh_until: until when it is fresh, in seconds since 1970-01-01 UTC.
        etag: the `ETag` of the response, or the empty text.
        last_modified: the `Last-Modified` of the response, or the empty text.
    """

    url: str
    document: str = field(repr=False)
    fresh_until: float
    etag: str = ""
    last_modified: str = ""

    @classmethod
    def from_json(cls, text: str | None, issuer: str) -> "CachedMetadata | None":
        """Reads a text that `to_json` returned; anything else gives None."""
        members = json_object((text or "").encode("utf-8", "replace")) or Hidden[object]()
        until = members.get("fresh_until")
        texts = {name: members.get(name) for name in _TEXTS}
        if members.get("version") != _VERSION or not all(isinstance(value, str) for value in texts.values()):
            return None
        if not isinstance(until, int | float) or not isfinite(until) or texts["url"] not in metadata_urls(issuer):
            return None
        url, document, etag, last_modified = (str(texts[name]) for name in _TEXTS)
        return cls(url, document, float(until), etag, last_modified)

    def to_json(self) -> str:
        """Returns the text to store."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        return json.dumps({"version": _VERSION, "fresh_until": self.fresh_until, **texts})

    def is_fresh(self, now: float) -> bool:
        """Returns whether it may be used without a request; a clock that was set back does not prolong it."""
        return now < self.fresh_until <= now + METADATA_MAX_AGE

    def validators(self) -> Mapping[str, str]:
        """Returns the headers of a conditional request."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value and value.isascii() and value.isprintable()}


def cached_metadata(url: str, response: HttpResponse, now: float) -> CachedMetadata:
    """Returns the document of a response for the cache.

    Args:
        url: the URL of the request.
        response: a successful response.
        now: the wall clock, in seconds since 1970-01-01 UTC.
    """
    headers = response.headers
    document = response.body.decode("utf-8", "replace")
    return CachedMetadata(
        url, document, _fresh_until(headers, now), headers.get("etag", ""), headers.get("last-modified", "")
    )


@frozen
class Discovery:
    """Returns the metadata of issuers, from the cache or from the server."""

    http: Http
    clock: Clock
    store: AwaitedMetadataStore

    async def run(self, issuer: str) -> Mapping[str, object]:
        """Returns the issuer's checked metadata: from the cache while it is fresh, else from the server.

        If the server cannot be reached, the cached metadata is used even if it is not fresh.

        Args:
            issuer: the issuer identifier.

        Raises:
            InvalidUrl: the issuer identifier is invalid.
            InvalidMetadata: the server has no valid metadata of this issuer, see `checked_metadata`.
            TransportError, ServerUnavailable: the server was not reached, and nothing is cached.
        """
        urls = metadata_urls(issuer)
        cached = CachedMetadata.from_json(await self.store.load(issuer), issuer)
        known = _checked(cached, issuer)
        if cached is None or known is None:
            return await self._search(issuer, urls)
        if cached.is_fresh(self.clock.now()):
            return known
        try:
            response = await self.http.send(metadata_request(cached.url, cached.validators()))
        except TransportError:
            return known
        if response.status == _NOT_MODIFIED:
            renewed = evolve(cached, fresh_until=_fresh_until(response.headers, self.clock.now()))
            await self.store.save(issuer, renewed.to_json())
            return known
        return known if response.status >= _SERVER_ERROR else await self._search(issuer, urls)

    async def _search(self, issuer: str, urls: tuple[str, ...]) -> Mapping[str, object]:
        """Requests each URL and returns the first valid metadata of this issuer; documents are never merged."""
        invalid: list[InvalidMetadata] = []
        statuses: list[int] = []
        for url in urls:
            response = await self.http.send(metadata_request(url))
            if response.status != OK:
                statuses.append(response.status)
                continue
            try:
                members = read_metadata(response, issuer)
            except InvalidMetadata as error:
                invalid.append(error)
                continue
            await self.store.save(issuer, cached_metadata(url, response, self.clock.now()).to_json())
            return members
        if invalid:
            raise invalid[0]
        if (status := max(statuses)) >= _SERVER_ERROR:
            problem = f"{issuer} cannot serve its metadata now (HTTP status {status})"
            raise with_own_message(ServerUnavailable("", problem, status))
        raise InvalidMetadata(f"{issuer} has no metadata: it answered with HTTP status {statuses[0]}")


def _checked(cached: CachedMetadata | None, issuer: str) -> Mapping[str, object] | None:
    if cached is None:
        return None
    try:
        return checked_metadata(cached.document, issuer)
    except InvalidMetadata:
        return None


def _fresh_until(headers: Mapping[str, str], now: float) -> float:
    control = headers.get("cache-control", "").lower()
    if _UNCACHED_DIRECTIVE.search(control):
        return now
    named = _MAX_AGE_DIRECTIVE.search(control)
    return now + min(float(named[1]) if named else METADATA_AGE, METADATA_MAX_AGE)
