"""The network settings of the environment, to be shown to the user: without passwords."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ...ports.http import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = ("http", "https", "all")


class Proxy(NamedTuple):
    """A proxy of the environment.

    Attributes:
        url: its URL, which may have a password.
        setting: the name of the environment variable that names it, or words for the system's settings.
    """

    url: str
    setting: str

    def __str__(self) -> str:
        return f"the proxy {without_password(self.url)} (set by {self.setting})"

    def __repr__(self) -> str:
        return f"Proxy({self})"


def set_proxies() -> dict[str, Proxy]:
    """Returns the proxies that are set, by the scheme of the URLs they are for: `http`, `https` or `all`."""
    from urllib.request import getproxies

    set_here = getproxies()
    return {scheme: Proxy(set_here[scheme], _setting(scheme)) for scheme in _SCHEMES if set_here.get(scheme)}


def used_proxy(url: str) -> Proxy | None:
    """Returns the proxy of requests to a URL, or None.

    Args:
        url: a valid URL.
    """
    from urllib.request import proxy_bypass

    parts = urlsplit(url)
    proxies = set_proxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    local = HttpRequest("GET", url).to_loopback
    return None if proxy is None or local or proxy_bypass(parts.hostname or "") else proxy


def network_settings(environ: Mapping[str, str], base_url: str) -> tuple[tuple[str, str], ...]:
    """Returns the proxy of requests to a server and the trusted CA certificates, as names and texts to show.

    Args:
        environ: the environment variables.
        base_url: the URL of the server.
    """
    proxies, used = set_proxies(), used_proxy(base_url)
    proxy = proxies.get(urlsplit(base_url).scheme) or proxies.get("all")
    unused = "none" if proxy is None else f"{without_password(proxy.url)} is set, not used for this server"
    certificates = [
        f"{name} names {path}" + ("" if os.path.exists(path) else ", which does not exist")
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")
        if (path := environ.get(name))
    ]
    return (
        ("proxy", unused if used is None else without_password(used.url)),
        ("CA", "; ".join(certificates) or "the default certificates"),
    )


def _setting(scheme: str) -> str:
    name = f"{scheme}_proxy"
    return next((each for each in (name, name.upper()) if os.environ.get(each)), "the system's proxy settings")


def without_password(url: str) -> str:
    """Returns the scheme, host and port of a proxy's URL, without its password and the rest."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "a proxy with an invalid address"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
