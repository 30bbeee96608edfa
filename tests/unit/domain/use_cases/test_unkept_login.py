"""A login that no store takes: its tokens are in the error, and their session can be ended with them."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import OAuthClient, StoreFailed, TokensNotSaved
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.cli import main
from promptvm_oauth.devserver.faults import Drop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig


class Full(MemoryStore):
    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        raise StoreFailed("no space left", store=self.name)


def unkept(rig: "Rig") -> TokensNotSaved:
    with pytest.raises(TokensNotSaved) as caught:
        rig.call("login", "work", flow="browser", client=rig.make(secrets=Full()))
    return caught.value


def test_its_session_ends_with_its_tokens_and_no_other_does(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    kept = rig.server.auth.live_sessions
    error = unkept(rig)
    assert len(rig.server.auth.live_sessions) == 2

    assert rig.call("revoke_tokens", error.tokens, "work") == ""

    assert rig.server.auth.live_sessions == kept
    assert rig.call("access_token", "work") == rig.fields("work")["access_token"]


def test_a_session_that_cannot_be_ended_is_told(rig: "Rig") -> None:
    error = unkept(rig)
    rig.server.queue_fault("sessions", Drop())
    rig.server.queue_fault("sessions", Drop())

    reason = rig.call("revoke_tokens", error.tokens, "work")

    assert reason
    assert error.tokens.access_token.reveal() not in reason
    assert len(rig.server.auth.live_sessions) == 1


@pytest.mark.parametrize("fault", [False, True])
def test_the_command_ends_the_session_or_says_that_it_may_live_on(
    rig: "Rig", capsys: pytest.CaptureFixture[str], *, fault: bool
) -> None:
    if rig.colour != "blocking":
        return
    if fault:
        rig.server.queue_fault("sessions", Drop())
        rig.server.queue_fault("sessions", Drop())

    client = rig.make(secrets=Full())
    assert isinstance(client, OAuthClient)

    def make(**_: object) -> OAuthClient:
        return client

    code = main(["login", "--profile", "work", "--browser"], make_client=make)

    assert code == 5
    err = " ".join(capsys.readouterr().err.split())
    assert ("The session of this login was ended at the server." in err) is not fault
    assert ("The session of this login may live on at the server:" in err) is fault
    assert "no space left" in err
    assert len(rig.server.auth.live_sessions) == int(fault)
