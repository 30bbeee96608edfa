"""The trusted certificate authorities: those of SSL_CERT_FILE or SSL_CERT_DIR, else those of the system."""

import os
import ssl
import sys

import httpx

_CHOSEN = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class TlsContext:
    """The TLS context of one adapter, created on the first https request since that takes 20 ms."""

    _trusting: ssl.SSLContext | None = None

    def __call__(self, *, https: bool) -> ssl.SSLContext:
        """Returns the shared context; for plain http one without authorities, since httpx requires a context."""
        if not https:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._trusting is None:
            self._trusting = _trusting()
        return self._trusting


def _trusting() -> ssl.SSLContext:
    """Returns a new context; on systems without authorities, such as bare containers, those of certifi are trusted."""
    if any(os.environ.get(name) for name in _CHOSEN) or not _has_own_authorities():
        return httpx.create_ssl_context()
    from truststore import SSLContext

    return SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _has_own_authorities() -> bool:
    platform: str = sys.platform
    paths = ssl.get_default_verify_paths()
    return platform in {"win32", "darwin"} or bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))
