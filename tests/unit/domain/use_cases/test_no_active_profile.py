"""After a logout no profile is active: the next call without a name is nobody's, and never another account's."""

from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import NoActiveProfile, NoTokensError, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Rig

CALLS: dict[str, "Callable[[Rig], Any]"] = {
    "access_token": lambda rig: rig.call("access_token"),
    "with_auto_refresh": lambda rig: rig.call("with_auto_refresh", pytest.fail),
    "refresh": lambda rig: rig.call("refresh"),
    "sessions": lambda rig: rig.call("sessions"),
    "revoke_session": lambda rig: rig.call("revoke_session", "some"),
    "logout": lambda rig: rig.call("logout"),
    "load_tokens": lambda rig: rig.call("load_tokens"),
}


def signed_out(rig: "Rig") -> None:
    """Sign in to a personal and to a work account, and out of the latter, which is the active one."""
    rig.call("login", "default", flow="browser")
    rig.call("login", "work", flow="browser")
    assert rig.call("logout").profile == "work"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_after_the_logout_is_not_for_another_account(rig: "Rig", call: "Callable[[Rig], Any]") -> None:
    signed_out(rig)
    kept, sent = dict(rig.fields("default")), len(rig.server.log)

    with pytest.raises(NoActiveProfile, match="no profile is active: name one of default, work, or log in") as caught:
        call(rig)

    assert caught.value.needs_login
    assert caught.value.profiles == ("default", "work")
    assert isinstance(caught.value, NoTokensError)
    assert rig.fields("default") == kept
    assert len(rig.server.log) == sent
    assert len(rig.server.auth.live_sessions) == 1


def test_the_status_after_the_logout_says_signed_out_of_no_profile(rig: "Rig") -> None:
    signed_out(rig)

    for check in (False, True):
        status = rig.call("status", check=check)

        assert (status.profile, status.state, status.user) == ("", State.SIGNED_OUT, None)
        assert (status.base_url, status.store, status.auth_type) == (rig.server.base_url, "memory", "")


def test_explicit_names_and_keys_of_the_environment_still_count(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    signed_out(rig)
    assert rig.call("access_token", "default") == rig.fields("default")["access_token"]
    assert rig.call("status", "default").state is State.LIVE

    monkeypatch.setenv("PROMPTVM_API_KEY", "pk_one:sk_one")
    assert rig.call("access_token", client=rig.make()) == "pk_one:sk_one"


@pytest.mark.parametrize("flow", ["browser", "web"])
def test_a_login_without_a_name_takes_default(rig: "Rig", flow: str) -> None:
    rig.call("login", "work", flow="browser")
    rig.call("logout")

    if flow == "web":
        pending = rig.call("begin_login", redirect_uri="http://127.0.0.1:8000/callback")
        rig.call("finish_login", pending, rig.visit(pending.authorize_url))
    else:
        rig.call("login", flow=flow)

    assert rig.call("status").profile == rig.profiles.active() == "default"


def test_the_single_steps_of_a_login_need_no_active_profile(rig: "Rig") -> None:
    signed_out(rig)

    assert rig.call("request_device_code").user_code


def test_removing_the_active_profile_gives_its_place_to_nobody(rig: "Rig") -> None:
    rig.call("login", "default", flow="browser")
    rig.call("login", "work", flow="browser")
    rig.call("remove_profile", "work")

    with pytest.raises(NoActiveProfile, match="no profile is active: name default, or log in"):
        rig.call("access_token")


def test_without_any_profile_there_is_none_to_name(rig: "Rig") -> None:
    rig.profiles.activate("")

    with pytest.raises(NoActiveProfile, match=r"^no profile is active: log in first$"):
        rig.call("access_token")


def test_of_many_profiles_the_first_are_named(rig: "Rig") -> None:
    for number in range(30):
        rig.profiles.save(f"p{number:02}", {"base_url": rig.server.base_url})
    rig.profiles.activate("")

    with pytest.raises(NoActiveProfile, match="p18, p19 and 10 more, or log in") as caught:
        rig.call("access_token")
    assert len(caught.value.profiles) == 30


def test_the_profile_of_somebody_who_never_logged_in_is_default(rig: "Rig") -> None:
    with pytest.raises(NoTokensError, match="profile 'default' is not signed in"):
        rig.call("access_token")
