"""What a program is told to do after an error, beside the error's own text."""

import asyncio

import pytest
from promptvm_oauth.domain import errors
from promptvm_oauth.domain.tokens import StoredTokens
from promptvm_oauth.domain.use_cases.next_step import step_after
from promptvm_oauth.ports.secret import Secret


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (errors.TransportError("no route"), "try again later"),
        (errors.ServerUnavailable("", "", 503), "try again later"),
        (errors.StoreLocked("locked", store="keychain"), "try again later"),
        (errors.NoTokensError("work"), "log in"),
        (errors.RefreshRejected("invalid_grant"), "log in"),
        (errors.UnboundTokens("unbound"), "log in"),
        (errors.StoreRefused("no", store="file"), "repair what the message names, then log in again"),
        (errors.ProfileError("work.yaml cannot be read"), "repair what the message names, then log in again"),
        (errors.LockUnavailable("no locks here"), "repair what the message names, then log in again"),
        (
            errors.TokensNotSaved("full", tokens=StoredTokens(Secret("t"))),
            "repair what the message names, then log in again",
        ),
        (errors.InvalidUrl("http is not safe"), "correct what the message names, then try again"),
        (errors.WrongNetworkSetup("no proxy there"), "correct what the message names, then try again"),
        (errors.InvalidResponse("no token"), "report it to the operator of the server"),
        (errors.AccessDenied("access_denied"), "log in again"),
        (errors.LoginTimeout("too late"), "log in again"),
        (errors.LoginCancelled("cancelled"), "log in again"),
        (errors.PromptVMAuthError("something"), "log in again"),
        (KeyboardInterrupt(), "log in again"),
        (asyncio.CancelledError(), "log in again"),
        (ValueError("pvm_rt_secret"), "report it as a defect of this program"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_one(error: BaseException, step: str) -> None:
    assert step_after(error) == step
