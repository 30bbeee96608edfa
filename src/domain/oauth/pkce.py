"""Proof Key for Code Exchange (RFC 7636) and the `state` parameter (RFC 6749 §10.12)."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Callable

from ...ports.secret import Secret

METHOD = "S256"
"""The only challenge method: `plain` is never used (RFC 7636 §7.2)."""

_VERIFIER_BYTES = 32  # 256 bits of entropy, RFC 7636 §7.1
_STATE_BYTES = 32
_LENGTHS = range(43, 129)  # RFC 7636 §4.1


def generate_verifier(random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """Returns a new code verifier of 43 random characters (RFC 7636 §4.1).

    Args:
        random_bytes: returns as many unpredictable bytes as its argument says.
    """
    return _base64url(random_bytes(_VERIFIER_BYTES))


def challenge(verifier: str | Secret) -> str:
    """Returns the S256 code challenge of a code verifier (RFC 7636 §4.2).

    Args:
        verifier: the code verifier, of 43 to 128 characters.

    Raises:
        ValueError: the verifier is not 43 to 128 unreserved characters (RFC 7636 §4.1).
    """
    from hashlib import sha256

    verifier = Secret(verifier)
    if not _is_verifier(verifier.reveal()):
        raise ValueError("a code verifier is 43 to 128 characters of A-Z a-z 0-9 - . _ ~")
    return _base64url(sha256(verifier.reveal().encode()).digest())


def new_state(random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """Returns a new `state` of 43 random characters, which an attacker cannot guess (RFC 8252 §8.9).

    Args:
        random_bytes: returns as many unpredictable bytes as its argument says.
    """
    return _base64url(random_bytes(_STATE_BYTES))


def _is_verifier(text: str) -> bool:
    return len(text) in _LENGTHS and text.isascii() and all(c.isalnum() or c in "-._~" for c in text)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
