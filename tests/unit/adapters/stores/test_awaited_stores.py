"""A store that asks the interpreter to exit: its call fails, and the host program goes on."""

import asyncio
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient, ProfileError, StoreFailed, UnknownStore
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores import registered
from promptvm_oauth.adapters.stores.awaited import AwaitedProfiles, AwaitedStore, run_in_thread, run_inline
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

FIELDS = {"access_token": "a"}


class Ending:
    """A secret store whose every method raises the same."""

    name = "vault"

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def load(self, profile: str) -> Mapping[str, str] | None:
        raise self._error

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        raise self._error

    def delete(self, profile: str) -> None:
        raise self._error

    def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        raise self._error

    def probe(self) -> None:
        raise self._error


CALLS: dict[str, Callable[[AwaitedStore], Any]] = {
    "load": lambda store: store.load("work"),
    "place": lambda store: store.place("work", FIELDS),
    "save": lambda store: store.save("work", FIELDS),
    "delete": lambda store: store.delete("work"),
    "rehearse": lambda store: store.rehearse("work", FIELDS),
    "probe": lambda store: store.probe(),
}


@pytest.fixture(params=["blocking", "async"])
def run(request: pytest.FixtureRequest) -> Callable[[BaseException, Callable[[AwaitedStore], Any]], None]:
    def call(error: BaseException, work: Callable[[AwaitedStore], Any]) -> None:
        if request.param == "blocking":
            run_blocking(work(AwaitedStore(Ending(error), run_inline, "")))
        else:
            asyncio.run(work(AwaitedStore(Ending(error), run_in_thread, "")))

    return call


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_an_exit_in_a_store_is_that_stores_failure(run: Any, call: Callable[[AwaitedStore], Any]) -> None:
    with pytest.raises(StoreFailed, match="vault: the store raised SystemExit"):
        run(SystemExit(3), call)


def test_ctrl_c_in_a_store_is_not(run: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(KeyboardInterrupt(), CALLS["load"])


def test_an_exit_in_a_profile_store_is_a_profile_error() -> None:
    class Profiles(MemoryProfiles):
        def load(self, name: str) -> Mapping[str, str] | None:
            raise SystemExit(3)

    with pytest.raises(ProfileError, match="raised SystemExit"):
        run_blocking(AwaitedProfiles(Profiles(), run_inline).load("work"))


@pytest.mark.parametrize("client", [OAuthClient, AsyncOAuthClient])
@pytest.mark.parametrize("part", ["import", "call"])
def test_a_registered_store_that_exits_cannot_be_made(
    client: Callable[..., object], part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> object:
        raise SystemExit(3)

    class Boom(EntryPoint):
        def load(self) -> object:
            return leave if part == "call" else leave()

    def found(**_: str) -> tuple[EntryPoint, ...]:
        return (Boom("boom", "boom:Store", registered.ENTRY_POINTS),)

    monkeypatch.setattr(registered, "entry_points", found)
    with pytest.raises(UnknownStore, match="SystemExit"):
        client(secrets="boom")
