"""The content of an encrypted token file: 12 bytes of nonce, AES-256-GCM ciphertext, 16 bytes of tag.

There is no associated data and no version byte; the plaintext is a JSON object. This package also writes the
name of the profile, which detects a file that was moved from another profile. The Go tool ignores it.
"""

import json
import os
from typing import TYPE_CHECKING, cast

from ...ports.rfc3339 import GO_ZERO_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

PROFILE = "profile"
"""The reserved member that binds a file to its profile."""

_KNOWN = ("access_token", "refresh_token", "expires_at", PROFILE)


def seal(key: bytes, profile: str, fields: "Mapping[str, str]") -> bytes:
    """Returns the encrypted fields of a profile; a field named `profile` is replaced by the name of the profile."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    plaintext = json.dumps({**fields, PROFILE: profile}).encode()
    return nonce + AESGCM(key).encrypt(nonce, plaintext, None)


def unseal(key: bytes, sealed: bytes) -> dict[str, str] | None:
    """Returns the decrypted fields of a file.

    Returns:
        The members that are text, with `profile` if the file has it; None if the content is damaged, was encrypted with
        another key or is not a JSON object. Never raises, since an error could hold the plaintext.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(key) != KEY_BYTES or len(sealed) < NONCE_BYTES + TAG_BYTES:
        return None
    try:
        plaintext = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        content: object = json.loads(plaintext.decode())
    except (InvalidTag, ValueError, RecursionError):
        return None
    return _text_fields(content)


def _text_fields(content: object) -> dict[str, str] | None:
    """Returns the members that are text; None if a known member is neither text nor null."""
    if not isinstance(content, dict):
        return None
    members = cast("dict[str, object]", content)
    if any(not isinstance(members.get(name), str | None) for name in _KNOWN):
        return None
    fields = {name: value for name, value in members.items() if isinstance(value, str)}
    if fields.get("expires_at") in {"", GO_ZERO_TIME}:
        del fields["expires_at"]
    return fields
