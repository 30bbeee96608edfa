"""An API key is stored in a profile as the Go tool stores it, and never over a login."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import ConfigurationError, InvalidProfileName, LockTimeout, ProfileRequired, Secret, State
from promptvm_oauth.domain.use_cases.save_api_key import MAX_KEY

if TYPE_CHECKING:
    from typing import Any

    from .conftest import Rig

API = "https://api.promptvm.ai"


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("pk_1:sk_2", {"public_key": "pk_1", "secret_key": "sk_2"}),
        (Secret("pvk_single"), {"api_key": "pvk_single"}),
        ("a:b", {"api_key": "a:b"}),
    ],
    ids=["a pair", "a single key", "another text with a colon"],
)
def test_a_key_is_stored_as_the_go_tool_stores_it(rig: "Rig", key: str | Secret, fields: dict[str, str]) -> None:
    assert rig.call("save_api_key", "ci", key, client=rig.make(base_url=None, app_url=None)) == "ci"

    assert dict(rig.profiles.load("ci") or {}) == {
        "name": "ci",
        "base_url": API,
        "environment": "live",
        "auth_type": "api_key",
        **fields,
    }
    assert rig.profiles.active() == "ci"


def test_the_key_is_used_from_then_on(rig: "Rig") -> None:
    rig.call("save_api_key", None, "pk_1:sk_2")

    assert rig.call("access_token") == "pk_1:sk_2"
    status = rig.call("status")
    assert (status.profile, status.auth_type, status.state) == ("default", "api_key", State.UNVERIFIED)
    assert rig.server.log == ()


def test_a_key_replaces_a_key_at_the_same_server(rig: "Rig") -> None:
    rig.profiles.save("ci", {"api_key": "old", "base_url": "https://staging-api.promptvm.ai"})

    rig.call("save_api_key", "ci", "pk_1:sk_2", client=rig.make(base_url=None, app_url=None))

    assert dict(rig.profiles.load("ci") or {}) == {
        "name": "ci",
        "base_url": "https://staging-api.promptvm.ai",
        "environment": "staging",
        "auth_type": "api_key",
        "public_key": "pk_1",
        "secret_key": "sk_2",
    }


def test_a_key_is_not_stored_over_a_login(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")

    with pytest.raises(ConfigurationError, match="log out of it first"):
        rig.call("save_api_key", "work", "pk_1:sk_2")

    assert rig.call("access_token", "work") == rig.fields("work")["access_token"]
    rig.call("logout", "work")
    rig.call("save_api_key", "work", "pk_1:sk_2")
    assert rig.call("access_token", "work") == "pk_1:sk_2"
    assert "user_email" not in (rig.profiles.load("work") or {})


@pytest.mark.parametrize(
    "key",
    ["", " ", "a b", "a\r\nX-Evil: 1", "clé", "pk_1", "sk_1", "pk_1:", "pk_1:sk_2:x", "x" * (MAX_KEY + 1)],
)
def test_what_is_no_key_is_refused_and_not_repeated(rig: "Rig", key: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        rig.call("save_api_key", "ci", key)

    assert len(key) < 4 or key not in str(refused.value)
    assert rig.profiles.load("ci") is None
    assert rig.profiles.active() == "default"


def test_the_longest_key_is_stored(rig: "Rig") -> None:
    rig.call("save_api_key", "ci", "x" * MAX_KEY)
    assert rig.call("access_token", "ci") == "x" * MAX_KEY


def test_an_invalid_name_stores_nothing(rig: "Rig") -> None:
    with pytest.raises(InvalidProfileName):
        rig.call("save_api_key", "../x", "pk_1:sk_2")


@pytest.mark.parametrize("recorded", [False, True])
def test_a_standard_server_takes_no_key(rig: "Rig", recorded: bool) -> None:
    client = rig.client
    if recorded:
        rig.profiles.save(
            "ci", {"issuer": "https://id.example.test", "client_id": "c", "base_url": "https://id.example.test"}
        )
    else:
        client = rig.make(base_url=None, app_url=None, issuer="https://id.example.test", client_id="c")
    with pytest.raises(ConfigurationError, match=r"id\.example\.test"):
        rig.call("save_api_key", "ci", "pk_1:sk_2", client=client)


def test_a_client_for_many_users_stores_it_under_a_name_and_makes_nothing_active(rig: "Rig") -> None:
    client = rig.make(default_profile=None)
    with pytest.raises(ProfileRequired):
        rig.call("save_api_key", None, "pk_1:sk_2", client=client)
    assert rig.call("save_api_key", "alice", "pk_1:sk_2", client=client) == "alice"
    assert rig.profiles.active() == "default"


def test_a_profile_whose_lock_is_held_is_not_written(rig: "Rig") -> None:
    class Held:
        def hold(self, profile: str, *, timeout: float) -> "Any":
            raise LockTimeout("another holder")

    with pytest.raises(LockTimeout):
        rig.call("save_api_key", "ci", "pk_1:sk_2", client=rig.make(lock=Held()))
    assert rig.profiles.load("ci") is None
