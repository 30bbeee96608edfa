"""The network settings of the environment, to be shown to the user: without passwords."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...ports.http import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


def network_settings(environ: Mapping[str, str], base_url: str) -> tuple[tuple[str, str], ...]:
    """Returns the proxy of requests to a server and the trusted CA certificates, as names and texts to show.

    Args:
        environ: the environment variables.
        base_url: the URL of the server.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base_url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    local = HttpRequest("GET", base_url).to_loopback
    used = "" if not proxy or local or proxy_bypass(parts.hostname or "") else without_password(proxy)
    certificates = [
        f"{name} names {path}" + ("" if os.path.exists(path) else ", which does not exist")
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")
        if (path := environ.get(name))
    ]
    return (
        ("proxy", used or (f"{without_password(proxy)} is set, not used for this server" if proxy else "none")),
        ("CA", "; ".join(certificates) or "the default certificates"),
    )


def without_password(url: str) -> str:
    """Returns the scheme, host and port of a proxy's URL, without its password and the rest."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "a proxy with an invalid address"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
