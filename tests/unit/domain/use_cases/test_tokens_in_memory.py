"""The tokens in memory: those of a login end with it, at once, and those of other users stay."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import ProfileError, TokensNotSaved
from promptvm_oauth.ports.events import LoggedIn, TokensRemoved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from promptvm_oauth.ports.events import Event

    from .conftest import Rig

HOUR = 3600.0


def in_memory(rig: "Rig") -> set[str]:
    """Returns the tokens that the rig's client has in memory."""
    return {cached.token.reveal() for cached in rig.client._client.memory.values()}  # pyright: ignore[reportPrivateUsage] (nothing public tells it)


def test_a_renewal_leaves_the_tokens_of_other_users(rig: "Rig") -> None:
    for name in ("ada", "eve"):
        rig.call("login", name, flow="browser")
        rig.clock.advance(HOUR / 2)
    kept = rig.call("access_token", "eve")
    rig.clock.advance(HOUR / 2)
    renewed = rig.call("access_token", "ada")

    assert in_memory(rig) == {kept, renewed}
    rig.call("refresh", "ada")
    assert in_memory(rig) == {kept}


def test_a_login_leaves_the_tokens_of_other_users(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    kept = rig.call("access_token", "ada")
    rig.call("login", "eve", flow="browser")

    assert in_memory(rig) == {kept}
    rig.call("access_token", "eve")
    rig.call("logout", "eve")
    assert in_memory(rig) == {kept}


def test_a_renewal_forgets_the_same_login_under_another_name(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("access_token")
    rig.call("access_token", "ada")
    rig.call("refresh", "ada")

    assert in_memory(rig) == set()


def test_no_old_token_is_handed_out_while_the_server_is_asked_after_a_login_or_a_logout(rig: "Rig") -> None:
    found: list[set[str]] = []

    def look(event: "Event") -> None:
        if isinstance(event, LoggedIn | TokensRemoved):
            found.append(in_memory(rig))

    rig.client = rig.make(on_event=look)
    for _ in range(2):
        rig.call("login", "ada", flow="browser")
        rig.call("access_token", "ada")
    rig.call("logout", "ada")

    assert found == [set()] * 3


def test_a_token_that_was_renewed_for_a_named_profile_is_not_that_of_the_active_one(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    rig.call("login", "eve", flow="browser")
    rig.clock.advance(HOUR)

    assert rig.call("access_token", "ada") == rig.fields("ada")["access_token"]
    assert rig.call("access_token") == rig.fields("eve")["access_token"]


def test_a_token_in_memory_is_renewed_at_the_very_second_at_which_a_new_process_would(rig: "Rig") -> None:
    rig.call("login", "ada", flow="browser")
    first = rig.call("access_token", "ada")
    rig.clock.advance(HOUR - 300)

    assert rig.call("access_token", "ada") != first


def test_a_login_in_two_halves_whose_profile_cannot_be_written_leaves_no_token_in_memory(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, fields: "Mapping[str, str]") -> None:
        raise ProfileError("the disk is full")

    rig.call("login", "ada", flow="browser")
    rig.call("access_token", "ada")
    pending = rig.call("begin_login", "ada", redirect_uri="http://127.0.0.1:8000/callback")
    came_back_on = rig.visit(pending.authorize_url)
    monkeypatch.setattr(rig.profiles, "save", full)
    with pytest.raises(TokensNotSaved):
        rig.call("finish_login", pending, came_back_on)

    assert in_memory(rig) == set()
