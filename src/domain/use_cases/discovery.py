"""Finding out where a server has its endpoints, and remembering it with its validators (RFC 8414 §3, RFC 9111)."""

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
from ..oauth.response import json_object

_VERSION = 1
_NOT_MODIFIED = 304
_SERVER_ERROR = 500
_TEXTS = ("url", "document", "etag", "last_modified")
_MAX_AGE_DIRECTIVE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?=$|[\s,])")
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:cache|store)(?=$|[\s,=])")


@frozen
class CachedMetadata:
    """A document as it is remembered.

    Attributes:
        url: where it was found.
        document: its text; it is checked again whenever it is used.
        fresh_until: seconds since 1970-01-01 UTC.
        etag: of the answer, or the empty text.
        last_modified: of the answer, or the empty text.
    """

    url: str
    document: str = field(repr=False)
    fresh_until: float
    etag: str = ""
    last_modified: str = ""

    @classmethod
    def from_json(cls, text: str | None, issuer: str) -> "CachedMetadata | None":
        """Read what `to_json` wrote; None for anything else."""
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
        """Give the text that is stored."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        return json.dumps({"version": _VERSION, "fresh_until": self.fresh_until, **texts})

    def is_fresh(self, now: float) -> bool:
        """Say whether it counts without asking; a clock that went back does not make it last longer."""
        return now < self.fresh_until <= now + METADATA_MAX_AGE

    def validators(self) -> Mapping[str, str]:
        """Give the headers that ask whether it has changed."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value and value.isascii() and value.isprintable()}


def cached_metadata(url: str, response: HttpResponse, now: float) -> CachedMetadata:
    """Give what is remembered of a good answer."""
    headers = response.headers
    document = response.body.decode("utf-8", "replace")
    return CachedMetadata(
        url, document, _fresh_until(headers, now), headers.get("etag", ""), headers.get("last-modified", "")
    )


@frozen
class Discovery:
    """The use case: what does this issuer say of itself?"""

    http: Http
    clock: Clock
    store: AwaitedMetadataStore

    async def run(self, issuer: str) -> Mapping[str, object]:
        """Give the issuer's checked metadata: the remembered one while it is fresh, else the server's.

        Where the server cannot be reached, the remembered one serves.

        Raises:
            InvalidUrl: it can be no issuer.
            InvalidMetadata: none of the places has a document of this issuer, see `checked_metadata`.
            TransportError, ServerUnavailable: the server was not reached, and nothing is remembered.
        """
        urls = metadata_urls(issuer)
        kept = CachedMetadata.from_json(await self.store.load(issuer), issuer)
        known = _known(kept, issuer)
        if kept is None or known is None:
            return await self._search(issuer, urls)
        if kept.is_fresh(self.clock.now()):
            return known
        try:
            response = await self.http.send(metadata_request(kept.url, kept.validators()))
        except TransportError:
            return known
        if response.status == _NOT_MODIFIED:
            renewed = evolve(kept, fresh_until=_fresh_until(response.headers, self.clock.now()))
            await self.store.save(issuer, renewed.to_json())
            return known
        return known if response.status >= _SERVER_ERROR else await self._search(issuer, urls)

    async def _search(self, issuer: str, urls: tuple[str, ...]) -> Mapping[str, object]:
        """Ask each of the places; the first document of this issuer counts, whole and alone."""
        refused: list[InvalidMetadata] = []
        statuses: list[int] = []
        for url in urls:
            response = await self.http.send(metadata_request(url))
            if response.status != OK:
                statuses.append(response.status)
                continue
            try:
                members = read_metadata(response, issuer)
            except InvalidMetadata as error:
                refused.append(error)
                continue
            await self.store.save(issuer, cached_metadata(url, response, self.clock.now()).to_json())
            return members
        if refused:
            raise refused[0]
        if max(statuses) >= _SERVER_ERROR:
            raise ServerUnavailable("", f"{issuer} could not describe itself", max(statuses))
        raise InvalidMetadata(f"{issuer} has no metadata: it answered with HTTP status {statuses[0]}")


def _known(kept: CachedMetadata | None, issuer: str) -> Mapping[str, object] | None:
    if kept is None:
        return None
    try:
        return checked_metadata(kept.document, issuer)
    except InvalidMetadata:
        return None


def _fresh_until(headers: Mapping[str, str], now: float) -> float:
    control = headers.get("cache-control", "").lower()
    if _NOT_KEPT.search(control):
        return now
    named = _MAX_AGE_DIRECTIVE.search(control)
    return now + min(float(named[1]) if named else METADATA_AGE, METADATA_MAX_AGE)
