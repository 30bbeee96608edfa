"""The last value that is accepted at each limit of the protocol, and the first that is not."""

import pytest
from promptvm_oauth.domain.errors import InvalidUrl, StepUpNeeded
from promptvm_oauth.domain.oauth.authorization import MAX_CODE, Attempt, VerifiedCode
from promptvm_oauth.domain.oauth.device import Polling
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse
from promptvm_oauth.domain.oauth.metadata import read_metadata
from promptvm_oauth.domain.oauth.pasted_redirect import read_paste
from promptvm_oauth.domain.oauth.pkce import challenge
from promptvm_oauth.domain.oauth.response import step_up_error
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.ports.errors import TransportError
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing import json_response

SERVER = AuthorizationServer.promptvm()
ATTEMPT = Attempt(SERVER, Secret("state"), Secret("v" * 43))
ISSUER = "https://id.example.test"


def test_the_longest_code_is_accepted_and_a_longer_one_is_not() -> None:
    assert MAX_CODE == 8192
    assert isinstance(ATTEMPT.accept(f"state=state&code={'c' * 8192}"), VerifiedCode)
    assert ATTEMPT.accept(f"state=state&code={'c' * 8193}") is None


@pytest.mark.parametrize("length", [43, 128])
def test_a_verifier_of_every_allowed_length_has_a_challenge(length: int) -> None:
    assert len(challenge("v" * length)) == 43


@pytest.mark.parametrize("text", ["v" * 42, "v" * 129, "v" * 42 + "+", "v" * 42 + "é"])
def test_a_verifier_of_another_length_or_alphabet_has_none(text: str) -> None:
    with pytest.raises(ValueError, match="43 to 128"):
        challenge(text)


def test_a_verifier_may_hold_every_unreserved_character() -> None:
    assert challenge("-._~" + "aZ9" * 13)


def test_metadata_without_a_content_type_is_read() -> None:
    body = json_response(200, {"issuer": ISSUER}).body
    assert read_metadata(HttpResponse(200, {}, body), ISSUER) == {"issuer": ISSUER}
    assert read_metadata(HttpResponse(200, {"content-type": "Application/LD+JSON; x"}, body), ISSUER)


@pytest.mark.parametrize(("age", "known"), [("9" * 9, True), ("9" * 10, False), ("-1", False), ("", False)])
def test_an_age_that_a_server_wants_is_a_number_of_few_digits(age: str, known: bool) -> None:
    error = step_up_error(401, f'Bearer error="insufficient_user_authentication", max_age="{age}"')
    assert isinstance(error, StepUpNeeded)
    assert (error.max_age is not None) is known


@pytest.mark.parametrize("issuer", ["http://id.example.test", "https://h?x", "https://h#x", "https://h#"])
def test_an_issuer_is_checked_however_the_server_is_made(issuer: str) -> None:
    with pytest.raises(InvalidUrl):
        AuthorizationServer(base_url=ISSUER, issuer=issuer)


@pytest.mark.parametrize("digit", ["٣", "\uff11"])
def test_a_digit_of_another_script_is_a_character_that_no_address_has(digit: str) -> None:
    pasted = read_paste(f"http://127.0.0.1:1/callback?code={digit}", "http://127.0.0.1:1/callback")
    assert "not allowed" in pasted.problem


def test_a_lost_answer_forgets_the_slow_downs_before_it() -> None:
    polling = Polling.start(SERVER, DeviceCodeResponse(Secret("device"), "AB", "https://h"), 900.0, 0.0, 0.0)
    slow = json_response(400, {"error": "slow_down"})
    for answer in (slow, slow):
        decided = polling.process(answer, 0.0)
        assert isinstance(decided, Polling)
        polling = decided
    assert (polling.slow_downs, polling.interval) == (2, 15.0)
    lost = polling.transport_failed(TransportError("no network"), 0.0)
    assert (lost.slow_downs, lost.interval, lost.backoff, lost.retry_after) == (0, 15.0, 30.0, 0.0)
    pending = lost.process(json_response(400, {"error": "authorization_pending"}), 0.0)
    assert isinstance(pending, Polling)
    assert (pending.slow_downs, pending.backoff, pending.retry_after) == (0, 0.0, 0.0)
