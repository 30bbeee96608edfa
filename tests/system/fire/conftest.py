"""A server with rotation and reuse detection, an encrypted-file store, and processes that share both.

The environment variable `FIRE` says how often what depends on chance is repeated: 2 unless set, 20 to be thorough.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from attrs import frozen
from promptvm_oauth import AsyncOAuthClient, OAuthClient, PromptVMAuthError
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.devserver import DevServer, Settings

if TYPE_CHECKING:
    from promptvm_oauth.devserver.exchange import Reply
    from promptvm_oauth.devserver.request_log import LogEntry
    from promptvm_oauth.devserver.sessions import Session
    from promptvm_oauth.ports.secrets import SecretStore

HERE = Path(__file__).parent
PATIENCE = 60.0
REDIRECT = "http://127.0.0.1:1/callback"
LONG_AGO = "2001-01-01T00:00:00Z"


@frozen
class Approving:
    """The person approves a device as soon as it has a code."""

    approve: Callable[[str], object]

    def strike(self, act: Callable[[], "Reply"]) -> "Reply":
        reply = act()
        self.approve(json.loads(reply.body)["user_code"])
        return reply


class Child:
    """A program of this directory that answers each line with a line of JSON; killed when it takes too long for one."""

    def __init__(self, program: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / program), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        watchdog.join()
        assert line, "the child said nothing"
        return json.loads(line)

    def ask(self, message: Any) -> Any:
        self.tell(message)
        return self.hear()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class House:
    """A server, a directory with one login, and what they say about each other."""

    def __init__(self, directory: Path) -> None:
        self.on_request: Callable[[], object] = lambda: None
        self.server = DevServer(settings=Settings(), log=self._hear)
        self.auth = self.server.auth
        self.children: list[Child] = []
        self.secrets = "file"
        self.move_to(directory)

    def _hear(self, _entry: "LogEntry") -> None:
        self.on_request()

    def move_to(self, directory: Path) -> None:
        """Let this be the configuration directory from now on."""
        self.directory = directory
        self.store: SecretStore = EncryptedFileStore(directory)

    def keep_in_keychain(self) -> None:
        """Let the Secret Service of this session hold the tokens."""
        self.secrets = "keyring"
        self.store = SecretServiceStore()

    def client(self, **given: Any) -> OAuthClient:
        return OAuthClient(**self._given(), **given)

    def async_client(self, **given: Any) -> AsyncOAuthClient:
        return AsyncOAuthClient(**self._given(), **given)

    def _given(self) -> dict[str, Any]:
        return {"secrets": self.secrets, "config_dir": str(self.directory), "base_url": self.server.base_url}

    def begin_login(self) -> tuple[str, str]:
        """Returns a pending login and the URL that the browser came back on, as text."""
        with self.client() as client:
            pending = client.begin_login("default", redirect_uri=REDIRECT)
        return pending.to_json(), self.auth.approve(pending.authorize_url)

    def log_in(self) -> None:
        with self.client() as client:
            pending = client.begin_login("default", redirect_uri=REDIRECT)
            client.finish_login(pending, self.auth.approve(pending.authorize_url))

    def log_in_expired(self) -> None:
        self.log_in()
        self.expire()

    def expire(self) -> None:
        self.store.save("default", {**self.fields(), "expires_at": LONG_AGO, "granted_at": LONG_AGO})

    def fields(self) -> dict[str, str]:
        return dict(self.store.load("default") or {})

    def profile_file(self) -> Path:
        return self.directory / "profiles" / "default.yaml"

    def tokens_file(self) -> Path:
        return self.directory / "tokens" / "default.enc"

    def settle(self) -> None:
        """Wait until the server has handled all that a process sent before it was killed."""
        deadline = time.monotonic() + 10
        while any("process_request_thread" in thread.name for thread in threading.enumerate()):
            assert time.monotonic() < deadline, "the server still serves a connection"
            time.sleep(0.002)

    @property
    def refreshes(self) -> int:
        """How many refresh requests were sent, whatever became of them."""
        return self.auth.count("token", grant_type="refresh_token")

    @property
    def session(self) -> "Session":
        """The newest session that lives."""
        return self.auth.live_sessions[-1]

    def call(self, access_token: str) -> str:
        """Call the API, and give the token that it took; a refused one is an `httpx.HTTPStatusError`."""
        headers = {"Authorization": f"Bearer {access_token}"}
        httpx.get(f"{self.server.base_url}/api/v1/me", headers=headers, trust_env=False).raise_for_status()
        return access_token

    def next_run(self) -> str | PromptVMAuthError:
        """Do as the next run of a program: call the API, and give the token that it took or why there is none."""
        with self.client() as client:
            try:
                return client.with_auto_refresh(self.call)
            except PromptVMAuthError as error:
                return error

    def start(self, program: str, *arguments: str) -> Child:
        """Start a program that shares the directory and the server."""
        child = Child(program, str(self.directory), self.server.base_url, *arguments)
        self.children.append(child)
        return child


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    for name in ("BASE_URL", "APP_URL", "API_KEY", "PUBLIC_KEY", "SECRET_KEY"):
        monkeypatch.delenv(f"PROMPTVM_{name}", raising=False)
    house = House(tmp_path / "promptvm")
    with house.server:
        yield house
        for child in house.children:
            child.close()


@pytest.fixture
def rounds() -> int:
    """How often what depends on chance is repeated."""
    return int(os.environ.get("FIRE", "2"))
