"""One person signs in, and again: after a logout, an expiry, as another person; in every store, at both servers."""

import asyncio
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from promptvm_oauth import (
    AsyncOAuthClient,
    AuthorizationServer,
    NoTokensError,
    OAuthClient,
    ProfileError,
    RefreshRejected,
    TokensNotSaved,
)
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.composition import stores
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing import FakeClock
from promptvm_oauth.testing.http import json_response
from promptvm_oauth.testing.keyring_backend import MemoryKeyring

if TYPE_CHECKING:
    from promptvm_oauth.ports.events import Event

ISSUER = "https://id.example.test"
API = "https://api.promptvm.test"


class CustomStore:
    """The shortest store that an embedder may write."""

    name = "custom"

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}

    def load(self, profile: str) -> Mapping[str, str] | None:
        return self.rows.get(profile)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        self.rows[profile] = dict(fields)

    def delete(self, profile: str) -> None:
        self.rows.pop(profile, None)


class Server:
    """A server of either kind that approves each device login at once and never issues a token twice."""

    def __init__(self, user: str = "user-1") -> None:
        self.user = user
        self.numbers = count(1)
        self.refused = False

    async def send(self, request: HttpRequest) -> HttpResponse:
        path = urlsplit(request.url).path
        if path.endswith("/code"):
            page = f"https://{urlsplit(request.url).hostname}/device"
            return json_response(
                200,
                {"device_code": "d", "user_code": "AB-CD", "verification_uri": page, "expires_in": 60, "interval": 1},
            )
        if "sessions" in path or path.endswith(("/revoke", "/me")):
            return HttpResponse(404)
        if self.refused:
            return json_response(400, {"error": "invalid_grant"})
        number = next(self.numbers)
        granted: dict[str, Any] = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
        granted |= {"token_type": "Bearer", "expires_in": 3600}
        return json_response(200, granted | {"user": {"id": self.user, "email": f"{self.user}@example.test"}})

    async def close(self) -> None:
        """Nothing is held."""


class Rig:
    """A client of one colour on fakes, for one kind of server and one of store. `call` runs one of its methods."""

    def __init__(self, colour: str, kind: str, secrets: Any, directory: Path) -> None:
        self.colour = colour
        self.server = Server()
        self.clock = FakeClock()
        self.events: list[Event] = []
        where: dict[str, Any] = {"base_url": API}
        if kind == "standard":
            where = {
                "server": AuthorizationServer.standard(
                    ISSUER,
                    "app",
                    device_authorization_endpoint=f"{ISSUER}/code",
                    token_endpoint=f"{ISSUER}/token",
                )
            }
        self.arguments: dict[str, Any] = {
            **where,
            "secrets": secrets,
            "config_dir": str(directory),
            "http": self.server,
            "clock": self.clock,
            "on_event": self.events.append,
        }
        self.client = self.make()

    def make(self, **ports: Any) -> Any:
        face = OAuthClient if self.colour == "blocking" else AsyncOAuthClient
        arguments: dict[str, Any] = {**self.arguments, **ports}
        return face(**arguments)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        bound = getattr(self.client, method)
        if self.colour == "blocking":
            return bound(*args, **kwargs)

        async def awaited() -> Any:
            return await bound(*args, **kwargs)

        return asyncio.run(awaited())

    def login(self) -> Any:
        return self.call("login", "work", flow="device")

    def restart(self) -> None:
        """Go on as another process would: nothing is left but what is stored."""
        self.client = self.make()


@pytest.fixture(params=["memory", "file", "keyring", "auto", "custom"])
def secrets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    backend = MemoryKeyring()

    def keychain(*_: object) -> tuple[KeyringStore, str]:
        return KeyringStore(backend=backend), ""

    def own_keychain(*_: object) -> KeyringStore:
        return KeyringStore("others", backend=backend)

    monkeypatch.setattr(stores, "keychain", keychain)
    monkeypatch.setattr(stores, "own_keychain", own_keychain)
    made: dict[str, Any] = {"memory": MemoryStore(), "custom": CustomStore()}
    return made.get(request.param, request.param)


@pytest.fixture(params=["promptvm", "standard"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["blocking", "asyncio"])
def rig(
    request: pytest.FixtureRequest, kind: str, secrets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Rig:
    for name in ("BASE_URL", "APP_URL", "API_KEY", "PUBLIC_KEY", "SECRET_KEY"):
        monkeypatch.delenv(f"PROMPTVM_{name}", raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):  # the locks of a keychain lie in the user's own directory
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return Rig(request.param, kind, secrets, tmp_path)


def test_signing_in_three_times_in_a_row(rig: Rig) -> None:
    for number in (1, 2, 3):
        rig.login()
        rig.restart()
        assert rig.call("access_token", "work") == f"access-{number}"
        assert rig.call("load_tokens", "work").refresh_token.reveal() == f"refresh-{number}"


def test_signing_in_twice_with_one_client(rig: Rig) -> None:
    rig.login()
    assert rig.call("access_token", "work") == "access-1"
    rig.login()
    assert rig.call("access_token", "work") == "access-2"


def test_signing_in_again_after_a_logout(rig: Rig) -> None:
    rig.login()
    rig.call("logout", "work", revoke=False)
    with pytest.raises(NoTokensError):
        rig.call("access_token", "work")
    rig.login()
    assert rig.call("access_token", "work") == "access-2"


def test_signing_in_again_after_the_profile_was_removed(rig: Rig) -> None:
    rig.login()
    rig.call("remove_profile", "work")
    rig.login()
    assert rig.call("access_token", "work") == "access-2"


def test_signing_in_again_after_an_expiry(rig: Rig) -> None:
    rig.login()
    rig.clock.advance(3601)
    rig.login()
    rig.restart()
    assert rig.call("access_token", "work") == "access-2"
    rig.clock.advance(3601)
    assert rig.call("access_token", "work") == "access-3"


def test_signing_in_again_after_the_server_refused_the_refresh_token(rig: Rig) -> None:
    rig.login()
    rig.clock.advance(3601)
    rig.server.refused = True
    with pytest.raises(RefreshRejected):
        rig.call("access_token", "work")
    rig.server.refused = False
    rig.login()
    assert rig.call("access_token", "work") == "access-2"


def test_signing_in_again_as_another_person(rig: Rig, kind: str) -> None:
    rig.login()
    rig.server.user = "user-2"
    result = rig.login()
    rig.restart()
    assert rig.call("access_token", "work") == "access-2"
    assert result.user.id == "user-2"
    if kind == "promptvm":
        assert rig.call("status", "work").user.id == "user-2"


class _Broken(MemoryProfiles):
    """Profiles whose disk is full from some moment on."""

    error: Exception | None = None

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        if self.error is not None:
            raise self.error
        super().save(name, fields)


@pytest.mark.parametrize("error", [ProfileError("no space left"), OSError(28, "no space left"), KeyError("user_id")])
def test_whatever_breaks_between_exchange_and_save_the_error_carries_the_tokens(rig: Rig, error: Exception) -> None:
    profiles = _Broken()
    rig.client = rig.make(profiles=profiles)
    rig.login()
    profiles.error = error
    with pytest.raises(TokensNotSaved) as raised:
        rig.login()
    assert raised.value.tokens.access_token.reveal() == "access-2"
    assert raised.value.tokens.refresh_token is not None
    assert "access-2" not in str(raised.value)
    profiles.error = None
    rig.login()
    assert rig.call("access_token", "work") == "access-3"
