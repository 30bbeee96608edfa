"""How long a lock is waited for is one option, and every use case that takes a lock obeys it."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import RefreshPolicy, Secret, StoredTokens

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
