"""Texts for the user about failed requests.

They are made from types and numbers only. The messages of httpx are not used, since they quote header values, URLs and
bytes from the server.
"""

import socket
import ssl
from typing import cast

import httpx

FAILURES = (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError)
"""The errors of an exchange: ValueError for a bad name or proxy, ImportError for a proxy that needs a package."""

_TIMED_OUT = "no complete answer from {host} within {seconds:g} s; check the network and try again"
_CUT_SHORT = "the answer of {host} was cut short; check the network and try again"
_LOST = "the connection to {host} failed; check the network and try again"
_UNSENDABLE = "the request to {host} could not be made; check the address"

_OTHER_AUTHORITY = (
    "if an authority of your organisation or a proxy signed it, set SSL_CERT_FILE to its certificates (PEM), or add "
    "them to the system's trust store"
)
_REMEDIES = {
    9: "check the clock of this machine",  # X509_V_ERR_CERT_NOT_YET_VALID of OpenSSL
    10: "the server must renew it; check the clock of this machine as well",  # X509_V_ERR_CERT_HAS_EXPIRED
    62: "check the address",  # X509_V_ERR_HOSTNAME_MISMATCH
    64: "check the address",  # X509_V_ERR_IP_ADDRESS_MISMATCH
}
"""What helps, by OpenSSL's code of the failed check; any other code means an unknown certificate authority."""

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the name {host} was not found; check the address and the network"),
    (ConnectionRefusedError, "{host} refused the connection; check the address"),
    (ssl.SSLCertVerificationError, "the TLS certificate of {host} is not trusted: {detail}; {remedy}"),
    (ssl.SSLError, "no TLS connection to {host}; check that it speaks https, and the proxy if one is set"),
    (OSError, _LOST),
    (httpx.RemoteProtocolError, "{host} closed the connection without an answer, or does not speak HTTP"),
    (httpx.NetworkError, _LOST),
)
"""The text of an error is that of the first row with its type."""


def describe(error: BaseException, *, host: str, seconds: float, answering: bool) -> str:
    """Returns the text of a `TransportError`.

    Args:
        error: one of `FAILURES`.
        host: the host and port of the server.
        seconds: the deadline of the exchange.
        answering: whether the head of a response has arrived.
    """
    cause = system_error(error) or error
    if isinstance(cause, (TimeoutError, httpx.TimeoutException)):
        template = _TIMED_OUT
    elif answering:
        template = _CUT_SHORT
    else:
        template = next((text for kind, text in _REASONS if isinstance(cause, kind)), _UNSENDABLE)
    detail, remedy = "", ""
    if isinstance(cause, ssl.SSLCertVerificationError):
        detail = getattr(cause, "verify_message", "") or "the system refuses it"
        remedy = _REMEDIES.get(getattr(cause, "verify_code", 0), _OTHER_AUTHORITY)
    return template.format(host=host, seconds=seconds, detail=detail, remedy=remedy)


def system_error(error: BaseException | None) -> OSError | None:
    """Returns the error of the operating system that caused an httpx error, or None; its text quotes nothing."""
    found: OSError | None = None
    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
        if isinstance(error, OSError):
            found = error
        if isinstance(error, TimeoutError):
            break  # its cause is the interrupted read, whose error says only that no data is available
        error = error.__cause__ or error.__context__
    return found
