"""The scenarios that are explored, by store: `file`, `keychain`, or `auto` over both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .other_client import OtherClient
from .scenario import (
    ELSEWHERE,
    Caller,
    Login,
    Scenario,
    ask,
    ask_at_once,
    load_pair,
    sign_in_as_ada,
    sign_in_as_eve,
    sign_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def ada(store: str) -> tuple[Login, ...]:
    """Returns the login of one user."""
    return (Login("work", "ada", "file" if store == "file" else "keychain"),)


def renewing(store: str) -> Iterator[Scenario]:
    """Processes of ours whose token has expired, all at once."""
    for asynchronous in (False, True):
        pair = tuple(Caller(name, store, (ask,), asynchronous=asynchronous) for name in ("first", "second"))
        kind = "asyncio" if asynchronous else "blocking"
        yield Scenario(f"two {kind} processes renew, {store}", ada(store), pair, store=store)
        yield Scenario(
            f"two {kind} processes renew, {store}, no family ends",
            ada(store),
            pair,
            store=store,
            revokes_families=False,
        )
    first, second = Caller("first", store, (ask, ask)), Caller("second", store, (ask, ask), asynchronous=True)
    yield Scenario(f"two processes ask twice, {store}", ada(store), (first, second), store=store)
    tasks = Caller("tasks", store, (ask_at_once,), asynchronous=True)
    yield Scenario(f"two tasks and a process renew, {store}", ada(store), (tasks, first), store=store)
    three = tuple(Caller(name, store, (ask,), asynchronous=name == "third") for name in ("first", "second", "third"))
    yield Scenario(f"three processes renew, {store}", ada(store), three, store=store)
    if store != "file":
        yield Scenario(
            f"three processes renew, {store}, no family ends", ada(store), three, store=store, revokes_families=False
        )


def beside_another_client(store: str) -> Iterator[Scenario]:
    """A process that renews beside the other client, which takes no lock."""
    other = OtherClient("other", "file" if store == "file" else "keychain")
    pair = (Caller("first", store, (ask,)), other)
    for revokes in (False, True):
        name = f"beside the other client, {store}{'' if revokes else ', no family ends'}"
        yield Scenario(name, ada(store), pair, store=store, revokes_families=revokes)


def signing_out(store: str) -> Iterator[Scenario]:
    """A process that signs out beside one that renews."""
    pair = (Caller("first", store, (ask,)), Caller("logout", store, (sign_out,)))
    yield Scenario(f"a sign-out beside a renewal, {store}", ada(store), pair, store=store, signs_out=True)


def reading(store: str) -> Iterator[Scenario]:
    """A process that reads the stored pair beside one that renews it."""
    pair = (Caller("first", store, (ask,)), Caller("reader", store, (load_pair,)))
    yield Scenario(f"the pair is read beside a renewal, {store}", ada(store), pair, store=store)


def signing_in(store: str) -> Iterator[Scenario]:
    """A process that signs somebody in over a login, beside one that renews it."""
    first = Caller("first", store, (ask,))
    eve, again = Caller("eve", store, (sign_in_as_eve,)), Caller("ada", store, (sign_in_as_ada,))
    yield Scenario(f"the sign-in of another user beside a renewal, {store}", ada(store), (first, eve), store=store)
    yield Scenario(f"a sign-in again beside a renewal, {store}", ada(store), (first, again), store=store)
    elsewhere = Caller("ada", store, (sign_in_as_ada,), base_url=ELSEWHERE)
    yield Scenario(
        f"a sign-in at another server beside a renewal, {store}", ada(store), (first, elsewhere), store=store
    )
    wrong = Caller("wrong", store, (ask,), base_url=ELSEWHERE)
    yield Scenario(f"a client of another server beside a renewal, {store}", ada(store), (first, wrong), store=store)


_FAMILIES = (
    *(beside_another_client(store) for store in ("file",)),
    *(renewing(store) for store in ("auto", "keychain", "file")),
    *(signing_out(store) for store in ("auto", "keychain", "file")),
    *(reading(store) for store in ("file",)),
    *(signing_in(store) for store in ("auto", "keychain", "file")),
)

ALL = {scenario.name: scenario for family in _FAMILIES for scenario in family}
"""The scenarios, by name."""
