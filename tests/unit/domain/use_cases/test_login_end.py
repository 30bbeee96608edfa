"""A login that fails is told as an event, before the error is raised, in both colours."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import AccessDenied, NoTokensError, PromptVMAuthError, TransportError
from promptvm_oauth.devserver.faults import Drop
from promptvm_oauth.domain.use_cases.login_end import failed
from promptvm_oauth.ports.errors import StoreLocked
from promptvm_oauth.ports.events import LoginFailed

if TYPE_CHECKING:
    from .conftest import Rig


@pytest.mark.parametrize("flow", ["browser", "device"])
def test_a_denied_login_ends_with_an_event_that_says_so(rig: "Rig", flow: str) -> None:
    rig.deny()
    rig.person = rig.server.deny
    with pytest.raises(AccessDenied) as caught:
        rig.call("login", "work", flow=flow)

    assert rig.events[-1] == LoginFailed(
        "work", str(caught.value), "access_denied", error="AccessDenied", next_step="log in again"
    )


def test_an_outage_may_pass(rig: "Rig") -> None:
    rig.server.queue_fault("device_code", Drop())
    with pytest.raises(TransportError):
        rig.call("login", "work", flow="device")
    last = rig.events[-1]
    assert isinstance(last, LoginFailed)
    assert (last.code, last.retryable, last.error, last.next_step) == ("", True, "TransportError", "try again later")


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_ends_a_login_with_an_event(rig: "Rig", interrupt: type[BaseException]) -> None:
    def person(_: str) -> str:
        raise interrupt

    rig.person = person
    with pytest.raises(interrupt):
        rig.call("login", "work", flow="browser")
    assert rig.events[-1] == LoginFailed(
        "work", "the login was interrupted", retryable=True, error=interrupt.__name__, next_step="log in again"
    )


def test_a_login_that_succeeds_ends_with_no_such_event(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    assert "LoginFailed" not in rig.heard()


def test_what_a_foreign_error_says_is_left_out() -> None:
    foreign = failed("work", ValueError("pvm_rt_secret"))
    assert (foreign.reason, foreign.error) == ("an unexpected error ended the login", "ValueError")
    assert not foreign.retryable
    assert failed("work", PromptVMAuthError("we said so")).reason == "we said so"
    assert failed("work", StoreLocked("locked", store="k")).retryable
    assert not failed("work", StoreLocked("locked", store="k")).needs_login
    assert failed("work", NoTokensError("work")).needs_login
