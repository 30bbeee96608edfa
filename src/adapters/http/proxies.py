"""Failures that a proxy is to blame for: they name it and the setting that it comes from, and not the server.

A setting that is wrong does not mend itself, so its failure is not retryable. What may pass is.
"""

import re
import socket

import httpx

from ...ports.errors import TransportError, WrongNetworkSetup
from ...ports.http import HttpRequest
from ..system.network_settings import Proxy, set_proxies, used_proxy
from .failures import system_error

_STATUS = re.compile(r"([1-5][0-9][0-9])(?: |$)")
_REFUSALS = frozenset({"401", "403", "407"})


def proxy_of(url: str, error: BaseException) -> Proxy | None:
    """Returns the proxy that a failed exchange used, or that made it fail before it began; None if there is none.

    httpx prepares all proxies that are set, so that one for other servers can make it fail as well.

    Args:
        url: the URL of the request.
        error: one of `FAILURES`.
    """
    if _to_loopback(url):
        return None
    if isinstance(error, ImportError):
        return next((proxy for proxy in set_proxies().values() if _is_socks(proxy)), None)
    if isinstance(error, (ValueError, httpx.InvalidURL)) and system_error(error) is None:
        return next((proxy for proxy in set_proxies().values() if _is_invalid(proxy)), None)
    return used_proxy(url)


def blame(error: BaseException, proxy: Proxy, host: str) -> TransportError | None:
    """Returns the error that names a proxy, or None if the proxy is not to blame.

    Args:
        error: one of `FAILURES`.
        proxy: the proxy that `proxy_of` returned.
        host: the host and port of the server.
    """
    cause = system_error(error) or error
    if isinstance(cause, httpx.ProxyError):
        return _refusal(cause, proxy, host)
    if isinstance(cause, (TimeoutError, httpx.ConnectTimeout)):
        return TransportError(f"no answer from {host} through {proxy}; check the network and the proxy")
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
        return TransportError(f"the name of {proxy} was not found; check the network")
    wrong = _wrong_setting(cause, proxy)
    return WrongNetworkSetup(wrong) if wrong else None


def _wrong_setting(cause: BaseException, proxy: Proxy) -> str:
    """Returns what is wrong with the setting of a proxy, or the empty text."""
    match cause:
        case ImportError():
            package = "needs a package that is not installed: pip install 'httpx[socks]'"
            return f"{proxy} {package}, or correct {proxy.setting}"
        case socket.gaierror():
            return f"the name of {proxy} was not found; correct {proxy.setting}"
        case ConnectionRefusedError():
            return f"{proxy} refuses connections; correct {proxy.setting}, or start the proxy"
        case httpx.InvalidURL() | ValueError() if not isinstance(cause, OSError):  # as a wrong certificate is
            return f"{proxy.setting} has no address of a proxy that can be used; correct or unset it"
        case _:
            return ""


def _refusal(error: httpx.ProxyError, proxy: Proxy, host: str) -> TransportError:
    """Returns the error for a proxy that was reached; of its answer, only the status is shown."""
    found = _STATUS.match(str(error))
    status = f" (HTTP status {found[1]})" if found else ""
    if found and found[1] in _REFUSALS:
        return WrongNetworkSetup(f"{proxy} refuses to connect to {host}{status}; correct {proxy.setting}")
    return TransportError(f"{proxy} did not connect to {host}{status}; try again later, or correct {proxy.setting}")


def _to_loopback(url: str) -> bool:
    """Returns whether a request uses no proxy; one to an invalid URL is not sent at all."""
    try:
        return HttpRequest("GET", url).to_loopback
    except ValueError:
        return True


def _is_socks(proxy: Proxy) -> bool:
    return proxy.url.lower().startswith("socks")


def _is_invalid(proxy: Proxy) -> bool:
    try:
        httpx.Proxy(proxy.url if "://" in proxy.url else f"http://{proxy.url}")
    except (ValueError, httpx.InvalidURL):
        return True
    return False
