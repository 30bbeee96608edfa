"""Checks server URLs where they enter the package, compares origins, and checks the origins that may get a token."""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from ..ports.loopback import is_loopback
from .errors import InvalidUrl

DEFAULT_BASE_URL = "https://api.promptvm.ai"
"""The base URL of PromptVM's API."""

_APP_HOSTS = (("api.", "app."), ("dev-api.", "dev-app."), ("staging-api.", "staging-app."))
_DEFAULT_PORTS = {"https": 443, "http": 80}
_MAX_URL = 4096


def checked_url(url: object, what: str) -> SplitResult:
    """Parses an absolute URL that is https, or http on loopback (RFC 6749 §3.1, RFC 8252 §8.3), without a user name.

    Args:
        url: the URL; not trusted.
        what: the name of the URL in error messages.

    Raises:
        InvalidUrl: it is anything else; the message does not repeat it, since it may contain a password.
    """
    if not isinstance(url, str) or not url or len(url) > _MAX_URL:
        raise InvalidUrl(f"{what} is not an absolute URL")
    if not url.isascii() or not url.isprintable() or any(character in url for character in ' "<>\\^`{|}'):
        raise InvalidUrl(f"{what} has characters that are not allowed in a URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidUrl(f"{what} is not an absolute URL") from None
    if parts.username is not None or parts.password is not None:
        raise InvalidUrl(f"{what} must not contain a user name or password")
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port == 0:
        raise InvalidUrl(f"{what} is not an absolute https URL")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidUrl(f"{what} must use https; plain http is allowed on this machine only")
    return parts


def origin(parts: SplitResult) -> str:
    """Returns scheme, host and port (RFC 6454 §4) in lower case; the scheme's default port is left out."""
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{shown}{port}"


def normal_base_url(url: object, what: str = "the base URL") -> str:
    """Returns a checked base URL without a trailing slash.

    Args:
        url: the URL; not trusted.
        what: the name of the URL in error messages.

    Raises:
        InvalidUrl: it is rejected by `checked_url`, or has a query or a fragment.
    """
    parts = checked_url(url, what)
    if parts.query or parts.fragment:
        raise InvalidUrl(f"{what} must have no query and no fragment")
    return origin(parts) + parts.path.rstrip("/")


def same_origin(one: str, other: str) -> bool:
    """Returns whether two URLs have the same scheme, host and port; what is no http or https URL has none."""
    first = origin_of(one)
    return first is not None and first == origin_of(other)


def named_origins(urls: Iterable[str]) -> frozenset[str]:
    """Returns the checked origins that an embedder passed.

    Args:
        urls: each `https://host` or `https://host:port`; http on loopback only.

    Raises:
        InvalidUrl: one of them is not an origin, or must not get a token.
    """
    return frozenset(_named_origin(url) for url in urls)


def origin_of(url: str) -> str | None:
    """Returns the origin of any URL, normalized for comparison, or None if it has no http or https origin."""
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


def web_app_of(base_url: str) -> str | None:
    """Returns the web app's origin, derived from the API's host: the same on loopback, None for an unknown host."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return origin(parts)
    for api, app in _APP_HOSTS:
        if host.startswith(api):
            return origin(parts).replace(f"://{api}", f"://{app}", 1)
    return None
