"""`refresh`: a new access token now, even though the old one is fresh."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import NoRefreshToken, NoTokensError, RefreshRejected, StoredTokens

if TYPE_CHECKING:
    from .conftest import Rig


def test_a_fresh_token_is_renewed_all_the_same(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    old = rig.call("access_token")

    new = rig.call("refresh")

    assert new != old
    assert new == rig.fields()["access_token"] == rig.call("access_token")
    assert rig.server.count("token", grant_type="refresh_token") == 1
    assert rig.heard()[-1] == "Refreshed"


def test_the_named_profile_is_renewed_and_no_other(rig: "Rig") -> None:
    rig.call("login", "home", flow="browser")
    rig.call("login", "work", flow="browser")
    work = dict(rig.fields("work"))

    assert rig.call("refresh", "home") == rig.fields("home")["access_token"]
    assert dict(rig.fields("work")) == work


def test_the_profiles_expiry_follows(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(1000)
    rig.call("refresh")

    assert (rig.profiles.load("default") or {})["expires_at"] == rig.fields()["expires_at"]


def test_a_profiles_tokens_are_renewed_even_where_the_environment_holds_a_key(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.call("login", flow="browser")
    monkeypatch.setenv("PROMPTVM_API_KEY", "pk_1:sk_1")

    assert rig.call("refresh") == rig.fields()["access_token"]


def test_without_a_login_without_a_refresh_token_and_after_its_end_the_error_says_log_in(rig: "Rig") -> None:
    with pytest.raises(NoTokensError):
        rig.call("refresh")

    rig.call("save_tokens", "bare", StoredTokens("access"))
    with pytest.raises(NoRefreshToken):
        rig.call("refresh", "bare")

    rig.call("login", flow="browser")
    rig.end_sessions()
    with pytest.raises(RefreshRejected) as caught:
        rig.call("refresh")
    assert caught.value.needs_login
