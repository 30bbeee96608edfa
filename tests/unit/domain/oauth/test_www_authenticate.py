import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.oauth.www_authenticate import Step, bearer_parameters, next_step, wanted_scope


@pytest.mark.parametrize(
    ("status", "challenge", "step"),
    [
        (401, "", Step.RENEW),
        (401, "Bearer", Step.RENEW),
        (401, 'Bearer realm="api"', Step.RENEW),
        (401, 'Basic realm="api"', Step.RENEW),
        (401, 'Bearer error="invalid_token"', Step.RENEW),
        (401, "bearer error=invalid_token", Step.RENEW),
        (401, 'Bearer error="token_expired"', Step.RENEW),
        (401, 'Bearer error="insufficient_scope"', Step.STEP_UP),
        (401, 'BEARER realm="a, b", ERROR = "insufficient_scope"', Step.STEP_UP),
        (401, 'Basic realm="error=\\"x\\"", Bearer realm="api", error="insufficient_scope"', Step.STEP_UP),
        (401, 'Bearer error="insufficient_user_authentication", acr_values="mfa"', Step.STEP_UP),
        (401, 'Bearer error="invalid_request"', Step.NOTHING),
        (401, 'Bearer error="INVALID_TOKEN"', Step.NOTHING),
        (403, "", Step.STEP_UP),
        (403, 'Bearer error="insufficient_scope"', Step.STEP_UP),
        (403, 'Bearer error="invalid_token"', Step.STEP_UP),
        (200, 'Bearer error="invalid_token"', Step.NOTHING),
        (407, "", Step.NOTHING),
        (500, "", Step.NOTHING),
    ],
)
def test_status_and_challenge_decide_what_is_done(status: int, challenge: str, step: Step) -> None:
    assert next_step(status, challenge) is step


@pytest.mark.parametrize(
    ("challenge", "parameters"),
    [
        ('Bearer realm="x", error="a", error="b"', {"realm": "x", "error": "a"}),
        (
            'Bearer error_description="say \\"error=insufficient_scope\\""',
            {"error_description": 'say "error=insufficient_scope"'},
        ),
        ("Negotiate YWJj==, Bearer error=a", {"error": "a"}),
        ("Bearer error=a, Basic error=b", {"error": "a"}),
        ('Basic realm="x", error="a"', {}),
        ('Bearer error="never closed', {}),
        ("error=a", {}),
        ("\x00\r\n,,,= ;", {}),
    ],
)
def test_only_the_parameters_of_the_bearer_challenge_count(challenge: str, parameters: dict[str, str]) -> None:
    assert bearer_parameters(challenge) == parameters


def test_the_scope_is_fit_to_be_shown() -> None:
    assert wanted_scope('Bearer scope="read \x1b[2J write"') == "read [2J write"
    assert len(wanted_scope(f'Bearer scope="{"a" * 4000}"')) <= 300
    assert wanted_scope("Bearer") == ""


def test_of_a_challenge_4096_characters_are_read() -> None:
    begin = "Bearer error="
    read = "a" * (4096 - len(begin))
    assert bearer_parameters(f"{begin}{read}b") == {"error": read}


def test_a_challenge_is_read_up_to_a_bound() -> None:
    assert bearer_parameters(f'Bearer realm="{"x" * 5000}", error="insufficient_scope"') == {}


@given(st.integers(), st.text(st.sampled_from('Bearr =",\\ \t'), max_size=60) | st.text(max_size=60))
def test_no_challenge_raises(status: int, challenge: str) -> None:
    assert isinstance(next_step(status, challenge), Step)
