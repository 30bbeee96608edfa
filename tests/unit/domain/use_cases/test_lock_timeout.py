"""How long a lock is waited for is one option, and every use case that takes a lock obeys it."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import LockTimeout, RefreshPolicy, Secret, StoredTokens, WrongUser
from promptvm_oauth.devserver.faults import Answer

from .other_program import HOUR, later, write_profile

if TYPE_CHECKING:
    from .conftest import Rig


class Timed:
    """A lock that is always free and notes how long its callers would have waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[Any]:
        self.waits.append(timeout)
        return nullcontext()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("login", {"flow": "device"}),
        ("refresh", {}),
        ("logout", {}),
        ("save_tokens", {"profile": "default", "tokens": StoredTokens(Secret("a"))}),
        ("delete_tokens", {"profile": "default"}),
        ("remove_profile", {"name": "default"}),
    ],
)
def test_the_policy_says_how_long_a_lock_is_waited_for(rig: "Rig", method: str, arguments: dict[str, Any]) -> None:
    rig.call("login", flow="browser")
    lock = Timed()
    client = rig.make(lock=lock, policy=RefreshPolicy(lock_timeout=7.0))

    rig.call(method, client=client, **arguments)

    assert set(lock.waits) == {7.0}


class Taken(Timed):
    """A lock that another process holds."""

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[Any]:
        super().hold(profile, timeout=timeout)
        raise LockTimeout("another process holds the lock")


def test_no_lock_is_waited_for_until_the_very_second_at_which_a_token_expires(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    client = rig.make(lock=(lock := Taken()))
    rig.clock.advance(HOUR - 0.5)
    assert rig.call("access_token", client=client) == rig.fields()["access_token"]
    assert lock.waits == [0]

    rig.clock.advance(0.5)
    with pytest.raises(LockTimeout):
        rig.call("access_token", client=client)


def test_bound_tokens_are_used_without_a_lock_whatever_expiry_their_profile_has(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    write_profile(rig, later(rig, -HOUR))
    client = rig.make(lock=(lock := Timed()))

    assert rig.call("access_token", client=client) == rig.fields()["access_token"]
    assert lock.waits == []


def test_tokens_that_were_granted_for_another_user_are_not_taken_for_a_login_to_record(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    granted = {"access_token": "ada's", "token_type": "Bearer", "refresh_token": "ada's too", "user": {"id": "ada"}}
    rig.server.queue_fault("token", Answer(200, granted))
    rig.clock.advance(HOUR)
    client = rig.make(lock=(lock := Timed()))

    with pytest.raises(WrongUser):
        rig.call("access_token", client=client)
    assert len(lock.waits) == 1  # that of the renewal
