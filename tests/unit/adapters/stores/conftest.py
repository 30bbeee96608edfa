"""An encrypted file store's directory, and the files that another program may have put there."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PAIR = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-12-31T23:59:59Z"}
KEY = bytes(range(32))
NONCE = b"\x07" * 12


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Returns the directory of a configuration; it is not there yet."""
    return tmp_path / "promptvm"


@pytest.fixture
def tokens(directory: Path) -> Path:
    """Returns the directory of the token files, made as the store makes it."""
    tokens = directory / "tokens"
    tokens.mkdir(parents=True, mode=0o700)
    return tokens


def encrypted(content: object, key: bytes = KEY) -> bytes:
    """Encrypt as the Go tool does."""
    return NONCE + AESGCM(key).encrypt(NONCE, json.dumps(content).encode(), None)


def put(path: Path, content: bytes) -> None:
    """Write a file for its owner alone."""
    path.write_bytes(content)
    path.chmod(0o600)


def put_foreign(tokens: Path, content: object) -> None:
    """Write a token file and its key as another program does."""
    put(tokens / ".master", KEY)
    put(tokens / "work.enc", encrypted(content))
