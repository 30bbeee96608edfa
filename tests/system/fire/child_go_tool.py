"""A stand-in for the Go tool: it takes no lock.

Each line is the time at which it is called, and the seconds that it lets pass before it writes what it was granted. It
renews the login if the profile says that it is over.

It loads the tokens once, sends its request, and writes what it got: a file is truncated and then written, a keychain is
written entry by entry, and the profile comes last, with the same expiry. It knows neither bindings nor other fields.
"""

import json
import re
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from promptvm_oauth.adapters.secret_service.bus import SessionBus
from promptvm_oauth.adapters.secret_service.protocol import SERVICE_NAME, SecretService
from promptvm_oauth.adapters.stores.sealed_tokens import seal, unseal

ENTRIES = {"access_token": "access", "refresh_token": "refresh", "expires_at": "expires"}
EARLY = 60.0
EXPIRY = re.compile(r"^expires_at: *['\"]?([^'\"\n]*)['\"]?$", re.MULTILINE)


class Files:
    """The encrypted file."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "tokens" / "default.enc"
        self._key = directory / "tokens" / ".master"

    def load(self) -> dict[str, str]:
        fields = unseal(self._key.read_bytes(), self._path.read_bytes())
        assert fields is not None
        return fields

    def save(self, fields: dict[str, str]) -> float:
        return write_in_place(self._path, seal(self._key.read_bytes(), "default", fields))


class Entries:
    """The entries in the Secret Service, each read and written over a connection of its own."""

    def load(self) -> dict[str, str]:
        return {field: self._read(self._attributes(name)) for field, name in ENTRIES.items()}

    def save(self, fields: dict[str, str]) -> float:
        for field, name in ENTRIES.items():
            attributes = self._attributes(name)
            with closing(self._service()) as service:
                _item, prompt = service.write(
                    service.collection(), "of the Go tool", attributes, fields[field].encode()
                )
                assert not prompt
        return 0.0

    @staticmethod
    def _service() -> SecretService:
        return SecretService(SessionBus(SERVICE_NAME, 20), timeout=20)

    @staticmethod
    def _attributes(name: str) -> dict[str, str]:
        return {"service": "promptvm-cli", "username": f"promptvm-cli:default:{name}"}

    def _read(self, attributes: dict[str, str]) -> str:
        with closing(self._service()) as service:
            item = service.search(service.collection(), attributes)[-1]
            return service.secrets([item])[item].decode()


def write_in_place(path: Path, content: bytes) -> float:
    """Writes a file as the Go tool does; returns for how many seconds it was not whole."""
    begun = time.monotonic()
    path.write_bytes(content)
    return time.monotonic() - begun


def refresh(base_url: str, refresh_token: str) -> dict[str, Any] | None:
    """Returns what the server granted, or None if it rejected the refresh token."""
    body = {"grant_type": "refresh_token", "client_id": "promptvm-cli", "refresh_token": refresh_token}
    with closing(HTTPConnection(urlsplit(base_url).netloc, timeout=30)) as connection:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        connection.request("POST", "/api/v1/auth/cli/token", json.dumps(body), headers)
        response = connection.getresponse()
        content: dict[str, Any] = json.load(response)
    if response.status != 200:
        assert content["error"] == "invalid_grant", content
        return None
    return content


def renew(store: Files | Entries, profile: Path, base_url: str, pause: float) -> dict[str, Any]:
    """Does a call of the tool, and tells what became of it and how long it took from the request to the last write."""
    recorded = EXPIRY.search(profile.read_text())
    assert recorded is not None
    if datetime.fromisoformat(recorded[1]).timestamp() > time.time() + EARLY:
        return {"outcome": "fresh", "took": 0.0, "open": 0.0, "spent": ""}
    tokens = store.load()
    begun = time.monotonic()
    granted = refresh(base_url, tokens["refresh_token"])
    if granted is None:
        return {"outcome": "refused", "took": 0.0, "open": 0.0, "spent": ""}
    expires_at = (
        datetime.fromtimestamp(int(time.time() + granted["expires_in"]), UTC).isoformat().replace("+00:00", "Z")
    )
    time.sleep(pause)
    texts = (granted["access_token"], granted["refresh_token"], expires_at)
    opened = store.save(dict(zip(ENTRIES, texts, strict=True)))
    content = EXPIRY.sub(f"expires_at: {expires_at}", profile.read_text())
    opened = max(opened, write_in_place(profile, content.encode()))
    took = time.monotonic() - begun
    return {"outcome": "renewed", "took": took, "open": opened, "spent": tokens["refresh_token"]}


def main(directory: str, base_url: str, secrets: str) -> None:
    store = Files(Path(directory)) if secrets == "file" else Entries()
    told: object = "ready"
    while True:
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
        start, pause = json.loads(sys.stdin.readline())
        time.sleep(max(0.0, start - time.time()))
        told = renew(store, Path(directory, "profiles", "default.yaml"), base_url, pause)


if __name__ == "__main__":
    main(*sys.argv[1:])
