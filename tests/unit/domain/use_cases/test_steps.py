"""The single steps of the flows, which store nothing."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from promptvm_oauth import (
    AccessDenied,
    DeviceCodeExpired,
    InvalidResponse,
    OAuthError,
    RefreshRejected,
    Secret,
    TransportError,
    challenge,
    generate_verifier,
    new_state,
)
from promptvm_oauth.devserver.faults import Answer, Drop

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Rig

REDIRECT = "http://127.0.0.1:50000/callback"


def come_back(rig: "Rig", verifier: str, state: str) -> str:
    """Approve in the browser as a caller of the single steps would let it be, and give the code."""
    query = {
        "client_id": "promptvm-cli",
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        "state": state,
        "scope": "profile",
    }
    redirect = rig.server.approve(f"{rig.server.app_url}/cli/authorize?{urlencode(query)}")
    answer = parse_qs(urlsplit(redirect).query)
    assert answer["state"] == [state]
    return answer["code"][0]


def test_a_code_is_exchanged_for_tokens_and_nothing_is_stored(rig: "Rig") -> None:
    verifier = generate_verifier()
    code = come_back(rig, verifier, new_state())

    tokens = rig.call("exchange_code", code, verifier, REDIRECT)

    assert tokens.access_token.reveal().startswith("pvm_at_")
    assert tokens.refresh_token.reveal().startswith("pvm_rt_")
    assert (tokens.token_type, tokens.expires_in) == ("Bearer", 3600)
    assert tokens.expires_at.timestamp() == rig.clock.now() + 3600
    assert (tokens.user.email, tokens.organization.slug) == ("ada@example.com", "example")
    assert not rig.fields()
    assert rig.heard() == []


def test_a_code_and_a_verifier_may_be_secrets(rig: "Rig") -> None:
    verifier = generate_verifier()
    code = come_back(rig, verifier, new_state())

    assert rig.call("exchange_code", Secret(code), Secret(verifier), REDIRECT).user.id == "usr_dev"


@pytest.mark.parametrize("wrong", ["code", "verifier", "redirect URI"])
def test_what_does_not_belong_together_is_refused_and_not_sent_again(rig: "Rig", wrong: str) -> None:
    verifier = generate_verifier()
    code = come_back(rig, verifier, new_state())
    arguments = {
        "code": ("another-code", verifier, REDIRECT),
        "verifier": (code, generate_verifier(), REDIRECT),
        "redirect URI": (code, verifier, REDIRECT.replace("50000", "50001")),
    }[wrong]

    with pytest.raises(OAuthError) as caught:
        rig.call("exchange_code", *arguments)

    assert (caught.value.code, caught.value.status) == ("invalid_grant", 400)
    assert not any(secret in str(caught.value) for secret in (code, verifier))
    assert rig.server.count("token") == 1


def test_a_code_works_once(rig: "Rig") -> None:
    verifier = generate_verifier()
    code = come_back(rig, verifier, new_state())
    rig.call("exchange_code", code, verifier, REDIRECT)

    with pytest.raises(OAuthError, match="invalid_grant"):
        rig.call("exchange_code", code, verifier, REDIRECT)


def test_a_device_code_is_requested_and_polled_until_the_person_approves(rig: "Rig") -> None:
    issued = rig.call("request_device_code", device_name="Ada's laptop")
    rig.server.approve_device(issued.user_code)
    tokens = rig.call("poll_device_token", issued.device_code, interval=issued.interval, expires_in=issued.expires_in)

    assert issued.verification_uri == "https://app.promptvm.test/cli/device"
    assert issued.user_code in issued.verification_uri_complete
    assert (issued.expires_in, issued.interval, issued.openable) == (600, 5, True)
    assert tokens.user.email == "ada@example.com"
    assert rig.clock.sleeps == [5.0]
    assert [session.approval.device_name for session in rig.server.auth.live_sessions] == ["Ada's laptop"]
    assert not rig.fields()


def test_a_device_is_called_by_the_environment_or_by_this_machine(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "engine-1")
    for expected in ("promptvm-cli @ engine-1", "lab bench"):
        issued = rig.call("request_device_code")
        rig.server.approve_device(issued.user_code)
        rig.call("poll_device_token", issued.device_code)
        assert rig.server.auth.live_sessions[-1].approval.device_name == expected
        monkeypatch.setenv("PROMPTVM_DEVICE_NAME", "lab bench")


@pytest.mark.parametrize("interval", [0, -1, -0.5])
def test_an_interval_that_cannot_be_waited_means_five_seconds(rig: "Rig", interval: float) -> None:
    issued = rig.call("request_device_code")
    rig.server.approve_device(issued.user_code)
    rig.call("poll_device_token", issued.device_code.reveal(), interval=interval)

    assert rig.clock.sleeps == [5.0]


def test_a_device_that_is_denied_or_forgotten_ends_with_its_own_error(rig: "Rig") -> None:
    denied, forgotten = rig.call("request_device_code"), rig.call("request_device_code")
    rig.server.deny_device(denied.user_code)

    with pytest.raises(AccessDenied):
        rig.call("poll_device_token", denied.device_code)
    with pytest.raises(DeviceCodeExpired):
        rig.call("poll_device_token", forgotten.device_code, expires_in=30)


def test_polling_survives_a_lost_answer(rig: "Rig") -> None:
    issued = rig.call("request_device_code")
    rig.server.approve_device(issued.user_code)
    rig.server.queue_fault("device_token", Drop())

    assert rig.call("poll_device_token", issued.device_code).user.id == "usr_dev"
    assert rig.clock.sleeps == [5.0, 10.0]


def test_a_refresh_token_is_exchanged_and_nothing_is_stored(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    before = dict(rig.fields())

    tokens = rig.call("refresh_token", before["refresh_token"])

    assert tokens.access_token.reveal() != before["access_token"]
    assert tokens.refresh_token.reveal() != before["refresh_token"]
    assert dict(rig.fields()) == before


def test_a_dead_refresh_token_is_rejected_without_being_named(rig: "Rig") -> None:
    with pytest.raises(RefreshRejected) as caught:
        rig.call("refresh_token", "pvm_rt_long-forgotten")

    assert caught.value.needs_login
    assert "pvm_rt_long-forgotten" not in str(caught.value)


STEPS: "dict[str, Callable[[Rig], object]]" = {
    "device_code": lambda rig: rig.call("request_device_code"),
    "token": lambda rig: rig.call("exchange_code", "code", "v" * 43, REDIRECT),
}


@pytest.mark.parametrize("endpoint", STEPS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Drop(), TransportError),
        (Answer(200, b"<html>"), InvalidResponse),
        (Answer(307, b"", {"Location": "https://elsewhere.test/"}), OAuthError),
    ],
    ids=["lost", "not JSON", "a redirect"],
)
def test_a_step_that_fails_is_not_repeated(
    rig: "Rig", endpoint: str, fault: Drop | Answer, error: type[Exception]
) -> None:
    rig.server.queue_fault(endpoint, fault)  # type: ignore[arg-type] # the parameter's literal type is widened by parametrize

    with pytest.raises(error):
        STEPS[endpoint](rig)

    assert len(rig.server.log) == 1
