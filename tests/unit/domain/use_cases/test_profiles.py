"""Several profiles on one machine: listing, switching and removing them; profiles that hold API keys."""

from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import (
    InvalidProfileName,
    LockTimeout,
    NoTokensError,
    ProfileError,
    ProfileSummary,
    State,
    StoreFailed,
    UnknownProfile,
)
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Drop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig


def test_every_profile_is_listed_by_name_with_who_is_signed_in(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.call("login", "home", flow="browser")
    rig.profiles.save("keys", {"api_key": "pk_1:sk_1"})

    url, person = rig.server.base_url, "ada@example.com"
    assert rig.call("list_profiles") == (
        ProfileSummary("home", True, url, "oauth", person, "org_dev", signed_in=True),
        ProfileSummary("keys", False, "https://api.promptvm.ai", "api_key", signed_in=True),
        ProfileSummary("work", False, url, "oauth", person, "org_dev", signed_in=True),
    )


def test_a_profile_that_was_signed_out_says_so(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.call("login", "home", flow="browser")
    rig.call("logout", "work")

    assert {each.name: each.signed_in for each in rig.call("list_profiles")} == {"home": True, "work": False}
    rig.call("login", "work", flow="browser")
    assert {each.name: each.signed_in for each in rig.call("list_profiles")} == {"home": True, "work": True}


def test_a_login_without_an_expiry_is_never_called_signed_out(rig: "Rig") -> None:
    rig.server.settings.omit_expires_in = True
    rig.call("login", "work", flow="browser")
    assert [each.signed_in for each in rig.call("list_profiles")] == [None]

    rig.call("logout")
    assert [each.signed_in for each in rig.call("list_profiles")] == [False]


def test_before_the_first_login_there_is_no_profile(rig: "Rig") -> None:
    assert rig.call("list_profiles") == ()


def test_no_key_and_no_token_is_in_the_list(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.profiles.save("keys", {"public_key": "pk_seen", "secret_key": "sk_seen"})

    shown = repr(rig.call("list_profiles"))

    assert "seen" not in shown
    assert rig.fields()["access_token"] not in shown


def test_a_profile_that_cannot_be_read_says_so_and_hides_no_other(rig: "Rig") -> None:
    class Damaged(MemoryProfiles):
        def load(self, name: str) -> "Mapping[str, str] | None":
            if name == "home":
                raise ProfileError("home.yaml is no YAML")
            return super().load(name)

    profiles = Damaged()
    for name in ("home", "work"):
        profiles.save(name, {"base_url": rig.server.base_url})

    home, work = rig.call("list_profiles", client=rig.make(profiles=profiles))

    assert (home.name, home.problem) == ("home", "home.yaml is no YAML")
    assert (work.name, work.problem) == ("work", "")


def test_the_profile_that_is_used_is_the_one_of_calls_that_name_none(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.call("login", "home", flow="browser")
    assert rig.call("access_token") == rig.fields("home")["access_token"]

    rig.call("use_profile", "work")

    assert rig.call("access_token") == rig.fields("work")["access_token"]
    assert rig.call("status").profile == "work"


def test_a_profile_that_does_not_exist_cannot_be_used(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")

    with pytest.raises(UnknownProfile, match="'home'"):
        rig.call("use_profile", "home")

    assert rig.profiles.active() == "work"


@pytest.mark.parametrize("revoke", [True, False])
def test_a_removed_profile_is_gone_with_its_tokens_and_its_session_is_ended(rig: "Rig", revoke: bool) -> None:
    rig.call("login", "home", flow="browser")
    rig.call("login", "work", flow="browser")
    rig.call("access_token", "home")

    result = rig.call("remove_profile", "home") if revoke else rig.call("remove_profile", "home", revoke=False)

    assert (result.profile, result.removed, result.revoked) == ("home", True, revoke)
    assert result.reason == ("" if revoke else "you chose to keep it")
    assert [profile.name for profile in rig.call("list_profiles")] == ["work"]
    assert not rig.fields("home")
    assert rig.profiles.active() == "work"
    assert len(rig.server.auth.live_sessions) == (1 if revoke else 2)
    with pytest.raises(NoTokensError):
        rig.call("access_token", "home")


def test_a_removed_profile_leaves_no_e_mail_address_and_a_logout_leaves_it(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")

    rig.call("logout", "work")
    assert (rig.profiles.load("work") or {})["user_email"] == "ada@example.com"

    rig.call("remove_profile", "work")
    assert rig.profiles.load("work") is None


def test_a_profile_is_gone_before_the_server_is_asked_and_its_session_may_live_on(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.server.queue_fault("sessions", Drop())

    result = rig.call("remove_profile", "work")

    assert (result.removed, result.revoked) == (True, False)
    assert "closed the connection" in result.reason
    assert rig.profiles.load("work") is None


def test_a_removed_profile_ends_its_session_at_the_server_that_it_records(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    elsewhere = rig.make(base_url="https://api.elsewhere.test", app_url="https://app.elsewhere.test")

    assert rig.call("remove_profile", "work", client=elsewhere).revoked

    assert not rig.server.auth.live_sessions


def test_tokens_without_a_profile_are_removed_and_sent_nowhere(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.profiles.delete("work")
    before = len(rig.server.log)

    result = rig.call("remove_profile", "work")

    assert (result.removed, result.revoked) == (True, False)
    assert result.reason == "there is no profile 'work', so the server of its tokens is not known"
    assert len(rig.server.log) == before
    assert not rig.fields("work")


def test_a_profile_whose_lock_is_held_is_not_removed(rig: "Rig") -> None:
    class Held:
        def hold(self, profile: str, *, timeout: float) -> Any:
            raise LockTimeout("another holder")

    rig.call("login", "work", flow="browser")

    with pytest.raises(LockTimeout):
        rig.call("remove_profile", "work", client=rig.make(lock=Held()))

    assert rig.fields("work")
    assert rig.server.auth.live_sessions
    assert rig.profiles.load("work")


def test_removing_the_active_profile_leaves_none_active(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.call("remove_profile", "work")

    assert rig.profiles.active() == ""
    assert (rig.call("status").profile, rig.call("status").state) == ("", State.SIGNED_OUT)


def test_removing_what_is_not_there_is_no_error(rig: "Rig") -> None:
    rig.call("remove_profile", "never")


def test_a_profile_whose_tokens_cannot_be_removed_is_kept(rig: "Rig") -> None:
    class Stuck(MemoryStore):
        def delete(self, profile: str) -> None:
            raise StoreFailed("the keychain is gone", store="stuck")

    rig.call("login", "work", flow="browser")

    with pytest.raises(StoreFailed):
        rig.call("remove_profile", "work", client=rig.make(secrets=Stuck()))

    assert [profile.name for profile in rig.call("list_profiles")] == ["work"]


@pytest.mark.parametrize("method", ["use_profile", "remove_profile"])
@pytest.mark.parametrize("name", ["../../x", "..", "a/b", "", "a\0"])
def test_an_invalid_profile_name_touches_nothing(rig: "Rig", method: str, name: str) -> None:
    with pytest.raises(InvalidProfileName):
        rig.call(method, name)

    assert rig.profiles.active() == "default"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"public_key": "pk_1", "secret_key": "sk_1"}, "pk_1:sk_1"),
        ({"api_key": "pk_1:sk_1"}, "pk_1:sk_1"),
        ({"api_key": "a-single-key"}, "a-single-key"),
    ],
    ids=["a pair", "a legacy pair", "a single key"],
)
def test_the_access_token_of_an_api_key_profile_is_its_key(rig: "Rig", fields: dict[str, str], key: str) -> None:
    rig.profiles.save("keys", {**fields, "base_url": rig.server.base_url})
    rig.call("use_profile", "keys")

    assert rig.call("access_token") == key
    assert rig.call("access_token", "keys") == key
    status = rig.call("status")
    assert (status.state, status.auth_type) == (State.UNVERIFIED, "api_key")
    assert key not in repr(status)
    assert rig.server.log == ()


def test_a_logout_of_an_api_key_profile_takes_the_key_out_of_it(rig: "Rig") -> None:
    rig.profiles.save("keys", {"public_key": "pk_1", "secret_key": "sk_1", "base_url": rig.server.base_url})

    assert rig.call("logout", "keys").removed

    assert dict(rig.profiles.load("keys") or {}) == {"name": "keys", "base_url": rig.server.base_url}
    with pytest.raises(NoTokensError):
        rig.call("access_token", "keys")
