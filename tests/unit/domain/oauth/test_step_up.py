"""Refusals that a new login could cure, as typed errors that say what to ask for."""

import pytest
from promptvm_oauth import InsufficientScope, StepUpNeeded, step_up_error
from promptvm_oauth.domain.oauth.response import refusal
from promptvm_oauth.ports.http import HttpResponse


def test_a_missing_scope_is_named() -> None:
    error = step_up_error(403, 'Bearer realm="x", error="insufficient_scope", scope="read write"')
    assert isinstance(error, InsufficientScope)
    assert (error.scope, error.status, error.needs_login) == ("read write", 403, True)
    assert "read write" in str(error)


def test_a_stronger_or_newer_sign_in_is_named() -> None:
    error = step_up_error(
        401, 'Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="300"'
    )
    assert isinstance(error, StepUpNeeded)
    assert (error.acr_values, error.max_age, error.needs_login) == ("gold silver", 300, True)
    assert "gold silver" in str(error)
    assert "300 s" in str(error)


@pytest.mark.parametrize("age", ["-1", "x", "", "9" * 40, "٣"])
def test_an_age_that_is_no_number_of_seconds_is_left_out(age: str) -> None:
    error = step_up_error(401, f'Bearer error="insufficient_user_authentication", max_age="{age}"')
    assert isinstance(error, StepUpNeeded)
    assert error.max_age is None


@pytest.mark.parametrize("challenge", ["", "Basic realm=x", 'Bearer error="invalid_token"', "Bearer"])
def test_other_refusals_ask_for_no_scope_and_no_new_sign_in(challenge: str) -> None:
    assert step_up_error(401, challenge) is None


def test_what_the_server_wrote_is_cleaned() -> None:
    error = step_up_error(403, 'Bearer error="insufficient_scope", scope="a\x1b[2Jb", error_description="c\u202ed"')
    assert error is not None
    assert str(error).isprintable()


def test_our_own_calls_raise_them_too() -> None:
    answer = HttpResponse(403, {"www-authenticate": 'Bearer error="insufficient_scope", scope="admin"'})
    error = refusal(answer)
    assert isinstance(error, InsufficientScope)
    assert error.scope == "admin"


def test_a_stronger_sign_in_keeps_the_status_and_the_description_of_the_answer() -> None:
    challenge = 'Bearer error="insufficient_user_authentication", error_description="too old", max_age="5"'
    error = step_up_error(401, challenge)
    assert isinstance(error, StepUpNeeded)
    assert (error.status, error.acr_values) == (401, "")
    assert error.description.startswith("too old")


def test_a_code_and_a_description_of_any_length_are_cut() -> None:
    error = step_up_error(403, f'Bearer error="insufficient_scope", error_description="{"d" * 3000}"')
    assert error is not None
    assert error.description.startswith("ddd")
    assert len(error.description) < 1000
