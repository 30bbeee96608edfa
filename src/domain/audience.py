"""Who may be given a token: the origins of a profile's own API, and those that the embedder names."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from .errors import InvalidUrl
from .url import checked_url, origin


def named_origins(urls: Iterable[str]) -> frozenset[str]:
    """Check the origins that an embedder names.

    Args:
        urls: each `https://host` or `https://host:port`; http on loopback alone.

    Raises:
        InvalidUrl: one of them is no origin, or must not be given a token.
    """
    return frozenset(_named_origin(url) for url in urls)


def origin_of(url: str) -> str | None:
    """Give the origin of any URL in the form in which origins are compared, or None if it has none."""
    try:
        parts = urlsplit(url)
        return origin(parts) if parts.scheme in {"https", "http"} and parts.hostname else None
    except ValueError:
        return None


def _named_origin(url: str) -> str:
    parts = checked_url(url, "an origin that gets the token")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidUrl("an origin that gets the token is scheme, host and port, without a path")
    return origin(parts)
