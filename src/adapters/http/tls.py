"""Which certificate authorities are trusted: those that SSL_CERT_FILE or SSL_CERT_DIR names, else the system's own."""

import os
import ssl
import sys

import httpx

_CHOSEN = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class TlsContext:
    """The TLS context of one adapter, made when the first https request needs it: it takes 20 ms."""

    _trusting: ssl.SSLContext | None = None

    def __call__(self, *, https: bool) -> ssl.SSLContext:
        """Give the shared context; for plain http one that trusts nobody, since httpx insists on having one."""
        if not https:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._trusting is None:
            self._trusting = _trusting()
        return self._trusting


def _trusting() -> ssl.SSLContext:
    """Make a context; where the system has no authorities of its own, as in bare containers, those of certifi serve."""
    if any(os.environ.get(name) for name in _CHOSEN) or not _has_own_authorities():
        return httpx.create_ssl_context()
    from truststore import SSLContext

    return SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _has_own_authorities() -> bool:
    platform: str = sys.platform
    paths = ssl.get_default_verify_paths()
    return platform in {"win32", "darwin"} or bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))
