"""A token with what another program needs to use it, in both colours."""

from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient, ProfileRequired, RefreshRejected
from promptvm_oauth.devserver.faults import Answer, Drop

if TYPE_CHECKING:
    from .conftest import Rig

TEN_MINUTES = 600.0


@pytest.fixture
def signed_in(rig: "Rig") -> "Rig":
    rig.call("login", "work", flow="device")
    return rig


def refreshes(rig: "Rig") -> int:
    return rig.server.count("token", grant_type="refresh_token")


def test_a_login_has_all_details(signed_in: "Rig") -> None:
    details = signed_in.call("token_details")

    stored = signed_in.fields("work")
    assert details.access_token.reveal() == stored["access_token"] == signed_in.call("access_token", "work")
    assert details.token_type == "Bearer"
    assert details.expires_at.timestamp() == signed_in.clock.now() + 3600
    assert details.base_url == signed_in.server.base_url
    assert (details.profile, details.organization) == ("work", "org_dev")
    assert details.headers["Authorization"] == f"Bearer {stored['access_token']}"
    assert refreshes(signed_in) == 0


def test_it_shows_no_secret(signed_in: "Rig") -> None:
    details = signed_in.call("token_details", "work")
    assert "pvm_" not in f"{details!r} {details}"


@pytest.mark.parametrize(("left", "renewals"), [(601.0, 0), (600.0, 0), (599.0, 1), (0.0, 1), (-5.0, 1)])
def test_a_token_that_is_valid_for_too_short_is_renewed_first(signed_in: "Rig", left: float, renewals: int) -> None:
    signed_in.clock.advance(3600.0 - left)

    details = signed_in.call("token_details", "work", least=TEN_MINUTES)

    assert refreshes(signed_in) == renewals
    assert details.access_token.reveal() == signed_in.fields("work")["access_token"]
    assert details.expires_at.timestamp() - signed_in.clock.now() >= TEN_MINUTES


@pytest.mark.parametrize("fault", [Drop(), Answer(503)])
def test_one_that_cannot_be_renewed_now_is_used_for_as_long_as_it_is_valid(signed_in: "Rig", fault: Any) -> None:
    signed_in.clock.advance(3200.0)
    signed_in.server.queue_fault("token", fault)

    details = signed_in.call("token_details", "work", least=TEN_MINUTES)

    assert details.expires_at.timestamp() - signed_in.clock.now() == 400.0
    assert details.access_token.reveal() == signed_in.fields("work")["access_token"]


def test_a_login_that_was_ended_is_an_error_although_its_token_may_live_for_a_while(signed_in: "Rig") -> None:
    signed_in.clock.advance(3200.0)
    signed_in.end_sessions()

    with pytest.raises(RefreshRejected):
        signed_in.call("token_details", "work", least=TEN_MINUTES)


def test_a_login_without_a_refresh_token_is_used_for_as_long_as_it_is_valid(signed_in: "Rig") -> None:
    fields = dict(signed_in.fields("work"))
    del fields["refresh_token"]
    signed_in.store.save("work", fields)
    signed_in.clock.advance(3200.0)

    details = signed_in.call("token_details", "work", client=signed_in.make(), least=TEN_MINUTES)
    assert details.access_token.reveal() == fields["access_token"]


def test_a_token_that_another_process_has_renewed_comes_with_its_own_expiry(signed_in: "Rig") -> None:
    signed_in.call("access_token", "work")  # it is in memory now
    signed_in.clock.advance(100.0)
    signed_in.call("refresh", "work", client=signed_in.make())

    details = signed_in.call("token_details", "work")
    assert details.access_token.reveal() == signed_in.fields("work")["access_token"]
    assert details.expires_at.timestamp() == signed_in.clock.now() + 3600


def test_of_a_token_that_changes_at_each_look_the_expiry_is_not_known(
    signed_in: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    load, looks = signed_in.store.load, iter(range(100))

    def renewed_each_time(profile: str) -> Any:
        fields = load(profile)
        return fields and {**fields, "access_token": f"pvm_at_{next(looks)}"}

    monkeypatch.setattr(signed_in.store, "load", renewed_each_time)
    client = signed_in.make()
    assert signed_in.call("token_details", "work", client=client).expires_at is None


def test_an_api_key_does_not_expire(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTVM_API_KEY", "pvk_secret")
    details = rig.call("token_details", client=rig.make(), least=TEN_MINUTES)

    assert (details.access_token.reveal(), details.token_type, details.expires_at) == ("pvk_secret", "Bearer", None)
    assert (details.profile, details.organization) == ("", "")
    assert dict(details.headers) == {"Authorization": "Bearer pvk_secret"}


def test_a_key_pair_is_no_bearer_token(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTVM_PUBLIC_KEY", "pk_1")
    monkeypatch.setenv("PROMPTVM_SECRET_KEY", "sk_1")
    details = rig.call("token_details", client=rig.make())

    assert (details.token_type, details.access_token.reveal()) == ("", "pk_1:sk_1")
    assert dict(details.headers) == {"X-PromptVM-Public-Key": "pk_1", "X-PromptVM-Secret-Key": "sk_1"}


def test_a_client_for_many_users_needs_a_name(rig: "Rig") -> None:
    face = OAuthClient if rig.colour == "blocking" else AsyncOAuthClient
    with pytest.raises(ProfileRequired):
        rig.call("token_details", client=face(**rig.ports(), default_profile=None))
