"""The trusted certificate authorities: those of SSL_CERT_FILE or SSL_CERT_DIR, else those of the system."""

import os
import ssl
import sys

import httpx

from ...ports.errors import WrongNetworkSetup
from ...ports.text import clean

_CHOSEN = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class TlsContext:
    """The TLS context of one adapter, created on the first https request since that takes 20 ms."""

    _trusting: ssl.SSLContext | None = None

    def __call__(self, *, https: bool) -> ssl.SSLContext:
        """Returns the shared context; for plain http one without authorities, since httpx requires a context.

        Raises:
            WrongNetworkSetup: the chosen certificates cannot be read.
        """
        if not https:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._trusting is None:
            self._trusting = _trusting()
        return self._trusting


def _trusting() -> ssl.SSLContext:
    """Returns a new context; on systems without authorities, such as bare containers, those of certifi are trusted."""
    chosen = next((name for name in _CHOSEN if os.environ.get(name)), "")
    if chosen:
        return _chosen(chosen)
    if not _has_own_authorities():
        return httpx.create_ssl_context()
    from truststore import SSLContext

    return SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _chosen(setting: str) -> ssl.SSLContext:
    """Returns a context that trusts what SSL_CERT_FILE, or without it SSL_CERT_DIR, names."""
    path = os.environ[setting]
    if not os.path.exists(path):  # a directory that is missing would count as empty
        problem = "does not exist"
    else:
        try:
            return httpx.create_ssl_context()
        except OSError as error:  # ssl.SSLError is one
            problem = "has no certificates (PEM)" if isinstance(error, ssl.SSLError) else "cannot be read"
    raise WrongNetworkSetup(f"{setting} names {clean(path)}, which {problem}; correct {setting}, or unset it")


def _has_own_authorities() -> bool:
    platform: str = sys.platform
    paths = ssl.get_default_verify_paths()
    return platform in {"win32", "darwin"} or bool(paths.cafile or (paths.capath and os.listdir(paths.capath)))
