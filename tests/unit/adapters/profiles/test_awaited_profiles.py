"""What a profile store of the embedder's own raises or returns, as the use cases see it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from promptvm_oauth import OAuthClient, ProfileError
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.awaited import AwaitedProfiles, run_in_thread, run_inline
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import LockTimeout

CALLS: dict[str, tuple[object, ...]] = {
    "active": (),
    "activate": ("work",),
    "load": ("work",),
    "save": ("work", {}),
    "delete": ("work",),
    "names": (),
}


class Database:
    """A store whose every method raises, or returns, the same."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def _give(self) -> Any:
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer

    def active(self) -> str:
        name: str = self._give()
        return name

    def activate(self, name: str) -> None:
        self._give()

    def load(self, name: str) -> Mapping[str, str] | None:
        loaded: Mapping[str, str] | None = self._give()
        return loaded

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        self._give()

    def delete(self, name: str) -> None:
        self._give()

    def names(self) -> Sequence[str]:
        names: Sequence[str] = self._give()
        return names


@pytest.mark.parametrize("call", CALLS)
def test_an_error_of_the_stores_own_becomes_a_profile_error(call: str) -> None:
    broken = OSError("connection to db.internal?password=hunter2 lost")
    with pytest.raises(ProfileError, match="the profile store Database raised OSError") as caught:
        run_blocking(getattr(AwaitedProfiles(Database(broken), run_inline), call)(*CALLS[call]))
    assert caught.value.__cause__ is broken
    assert "hunter2" not in str(caught.value)


def test_the_same_holds_in_a_worker_thread() -> None:
    with pytest.raises(ProfileError, match="the profile store Database raised LookupError"):
        asyncio.run(AwaitedProfiles(Database(LookupError("work")), run_in_thread).load("work"))


@pytest.mark.parametrize("error", [ProfileError("work.yaml: is a pipe"), LockTimeout("busy")])
def test_an_error_of_this_package_stays_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        run_blocking(AwaitedProfiles(Database(error), run_inline).load("work"))
    assert caught.value is error


def test_an_interrupt_is_no_error_of_the_store() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_blocking(AwaitedProfiles(Database(KeyboardInterrupt()), run_inline).load("work"))


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("load", "text"),
        ("load", 1),
        ("load", {"name": 1}),
        ("load", {1: "name"}),
        ("load", ["name"]),
        ("active", None),
        ("active", 1),
        ("names", None),
        ("names", "work"),
        ("names", [1]),
    ],
)
def test_what_no_profile_store_may_return_is_an_error_too(call: str, answer: object) -> None:
    with pytest.raises(ProfileError, match="the profile store Database returned"):
        run_blocking(getattr(AwaitedProfiles(Database(answer), run_inline), call)(*CALLS[call]))


def test_what_a_store_may_return_arrives() -> None:
    store = MemoryProfiles()
    store.save("work", {"base_url": "https://api.example.test"})
    store.activate("work")
    profiles = AwaitedProfiles(store, run_inline)
    assert run_blocking(profiles.active()) == "work"
    assert run_blocking(profiles.names()) == ("work",)
    assert run_blocking(profiles.load("work")) == {"name": "work", "base_url": "https://api.example.test"}
    assert run_blocking(profiles.load("home")) is None


def test_a_client_raises_it_as_one_of_its_own_errors() -> None:
    with OAuthClient(profiles=Database(OSError("gone")), secrets="memory") as client, pytest.raises(ProfileError):
        client.access_token("work")
