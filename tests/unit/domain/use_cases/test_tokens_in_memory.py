"""The tokens in memory: those of a login end with it, at once, and those of other users stay."""

from typing import TYPE_CHECKING

from promptvm_oauth.ports.events import LoggedIn, TokensRemoved

if TYPE_CHECKING:
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
