"""The process of a login is ended after it stored the tokens and before it wrote the profile of another login."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import AuthorizationServer, ProfileError, WrongServer, WrongUser
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.awaited import AwaitedProfiles, AwaitedStore, run_inline
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.devserver.settings import User
from promptvm_oauth.domain.account import NO_KEY, Account
from promptvm_oauth.domain.binding import Binding
from promptvm_oauth.domain.profile import Profile
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.domain.use_cases.unrecorded_login import record_unrecorded
from promptvm_oauth.testing.auth_server import FakeAuthServer
from promptvm_oauth.testing.lock import FakeLock

from .test_replaced_session import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig

EVE = User("usr_eve", "eve@example.com")
HOUR = 3600.0
METHODS = ["access_token", "refresh"]


class Killed(BaseException):
    """Nothing of the process runs after it."""


class Ending(MemoryProfiles):
    """Profiles whose process is ended when it is about to write one."""

    def __init__(self, profiles: MemoryProfiles) -> None:
        super().__init__()
        self._real = profiles

    def load(self, name: str) -> "Mapping[str, str] | None":
        return self._real.load(name)

    def active(self) -> str:
        return self._real.active()

    def save(self, name: str, fields: "Mapping[str, str]") -> None:
        raise Killed


def ended_login(rig: "Rig", user: User, profile: str = "work") -> None:
    """Signs somebody in, and another user over that login, whose process is ended."""
    rig.call("login", profile, flow="browser")
    rig.server.settings.user = user
    with pytest.raises(Killed):
        rig.call("login", profile, flow="browser", client=rig.make(profiles=Ending(rig.profiles)))


@pytest.mark.parametrize("method", METHODS)
def test_the_login_of_another_user_is_recorded_by_the_next_call(rig: "Rig", method: str) -> None:
    ended_login(rig, EVE)

    token = rig.call(method, "work", client=rig.make())

    assert token == rig.fields("work")["access_token"]
    recorded = rig.profiles.load("work") or {}
    assert recorded["user_id"] == "usr_eve"
    assert "user_email" not in recorded
    rig.clock.advance(HOUR)
    assert rig.call("access_token", "work", client=rig.make()) == rig.fields("work")["access_token"]


@pytest.mark.parametrize("method", METHODS)
def test_a_login_to_another_server_is_recorded_by_the_next_call(rig: "Rig", method: str) -> None:
    other = FakeAuthServer(base_url="https://other.test")
    network = Network(rig, other)
    rig.call("login", "work", flow="browser")
    rig.person = other.approve
    client = rig.make(base_url=other.base_url, http=network, profiles=Ending(rig.profiles))
    with pytest.raises(Killed):
        rig.call("login", "work", flow="browser", client=client)

    token = rig.call(method, "work", client=rig.make(base_url=None, http=network))

    assert token == rig.fields("work")["access_token"]
    assert (rig.profiles.load("work") or {})["base_url"] == other.base_url


@pytest.mark.parametrize("method", METHODS)
def test_a_profile_that_was_written_since_is_left_alone(rig: "Rig", method: str) -> None:
    ended_login(rig, EVE)
    recorded = dict(rig.profiles.load("work") or {}) | {"expires_at": "2031-01-01T00:00:00Z"}
    rig.profiles.save("work", recorded)

    with pytest.raises(WrongUser):
        rig.call(method, "work", client=rig.make())

    assert rig.profiles.load("work") == recorded


def test_tokens_of_another_server_that_replaced_nothing_are_refused(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.profiles.save("work", dict(rig.profiles.load("work") or {}) | {"base_url": "https://other.test"})

    for method in METHODS:
        with pytest.raises(WrongServer):
            rig.call(method, "work", client=rig.make(base_url=None))


def test_a_profile_that_cannot_be_written_is_told(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    ended_login(rig, EVE)

    def full(name: str, fields: "Mapping[str, str]") -> None:
        raise ProfileError("the disk is full")

    monkeypatch.setattr(rig.profiles, "save", full)
    with pytest.raises(ProfileError):
        rig.call("access_token", "work", client=rig.make())


def test_until_then_the_status_names_the_user_of_the_tokens(rig: "Rig") -> None:
    ended_login(rig, EVE)

    status = rig.call("status", "work", client=rig.make())

    assert (status.user.id, status.user.email) == ("usr_eve", "")


def test_the_refresh_token_of_another_user_is_spent_once(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.store.save("default", {name: rig.fields()[name] for name in ("access_token", "refresh_token", "expires_at")})
    granted = {"access_token": "eve's", "token_type": "Bearer", "refresh_token": "eve's too", "user": {"id": "eve"}}
    rig.server.queue_fault("token", Answer(200, granted))
    rig.clock.advance(HOUR)

    for _ in range(2):
        with pytest.raises(WrongUser):
            rig.call("access_token")

    assert rig.server.count("token", grant_type="refresh_token") == 1


def test_a_refresh_for_another_user_than_the_tokens_is_refused_where_the_profile_names_none(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.profiles.save("default", dict(rig.profiles.load("default") or {}) | {"user_id": ""})
    granted = {"access_token": "eve's", "token_type": "Bearer", "refresh_token": "eve's too", "user": {"id": "eve"}}
    rig.server.queue_fault("token", Answer(200, granted))
    before = rig.fields()
    rig.clock.advance(HOUR)

    for _ in range(2):
        with pytest.raises(WrongUser):
            rig.call("access_token")

    assert rig.server.count("token", grant_type="refresh_token") == 1
    assert rig.fields() == before


def torn_login(rig: "Rig", user: User) -> None:
    """Signs a user in over another login; the process is ended between the entries of its refresh and access token."""
    rig.call("login", "work", flow="browser")
    earlier = rig.fields("work")["access_token"]
    rig.server.settings.user = user
    with pytest.raises(Killed):
        rig.call("login", "work", flow="browser", client=rig.make(profiles=Ending(rig.profiles)))
    rig.store.save("work", dict(rig.fields("work")) | {"access_token": earlier})


@pytest.mark.parametrize("method", METHODS)
def test_a_login_whose_access_token_was_not_stored_is_recorded_and_renewed(rig: "Rig", method: str) -> None:
    torn_login(rig, EVE)
    earlier = rig.fields("work")["access_token"]

    token = rig.call(method, "work", client=rig.make())

    assert token == rig.fields("work")["access_token"] != earlier
    assert (rig.profiles.load("work") or {})["user_id"] == "usr_eve"
    assert rig.server.count("token", grant_type="refresh_token") == 1


def test_the_refresh_token_of_another_server_is_not_sent_to_the_profiles(rig: "Rig") -> None:
    other = FakeAuthServer(base_url="https://other.test")
    network = Network(rig, other)
    rig.call("login", "work", flow="browser")
    earlier = rig.fields("work")["access_token"]
    rig.person = other.approve
    client = rig.make(base_url=other.base_url, http=network, profiles=Ending(rig.profiles))
    with pytest.raises(Killed):
        rig.call("login", "work", flow="browser", client=client)
    rig.store.save("work", dict(rig.fields("work")) | {"access_token": earlier})

    assert rig.call("access_token", "work", client=rig.make(base_url=None, http=network)) != earlier

    assert other.count("token", grant_type="refresh_token") == 1
    assert rig.server.count("token", grant_type="refresh_token") == 0


@pytest.mark.parametrize("ends", ["logout", "login"])
def test_a_torn_login_is_ended_without_the_access_token_of_the_earlier_one(rig: "Rig", ends: str) -> None:
    rig.call("login", "work", flow="browser")
    earlier = rig.fields("work")["access_token"]
    rig.call("login", "work", flow="browser")
    rig.store.save("work", dict(rig.fields("work")) | {"access_token": earlier})
    network = Network(rig)

    if ends == "login":
        rig.server.settings.user = EVE
    rig.call(ends, "work", client=rig.make(http=network), **({"flow": "browser"} if ends == "login" else {}))

    assert True not in [
        earlier in f"{request.headers.get('Authorization')} {request.body!r}" for request in network.sent
    ]
    assert len(rig.server.auth.live_sessions) == (ends == "login")


@pytest.mark.parametrize("method", METHODS)
def test_the_login_is_recorded_under_its_own_name_whichever_profile_is_active(rig: "Rig", method: str) -> None:
    ended_login(rig, EVE)
    rig.call("login", "home", flow="browser")
    client = rig.make()

    assert rig.call(method, "work", client=client) == rig.fields("work")["access_token"]
    assert rig.call("access_token", client=client) == rig.fields("home")["access_token"]
    assert (rig.profiles.load("work") or {})["user_id"] == "usr_eve"


def test_a_login_to_another_standard_server_is_recorded_with_its_client() -> None:
    before = Profile("work", issuer="https://old.test", client_id="app", auth_type="oauth", recorded=True)
    store, profiles = MemoryStore(), MemoryProfiles()
    profiles.save("work", before.fields())
    binding = Binding("https://new.test", "other", "ada", 0.0, 60.0, before.digest)
    store.save("work", binding.bound({"access_token": "a", "refresh_token": "r"}))

    async def no_server(_: object = None, /) -> AuthorizationServer:
        raise AssertionError

    account = Account("work", before, "https://old.test", NO_KEY, AwaitedStore(store, run_inline, ""), no_server)
    assert run_blocking(record_unrecorded(account, AwaitedProfiles(profiles, run_inline), FakeLock(), 1.0))

    recorded = profiles.load("work") or {}
    assert (recorded["issuer"], recorded["client_id"]) == ("https://new.test", "other")
    assert recorded["expires_at"] == "1970-01-01T00:01:00Z"
