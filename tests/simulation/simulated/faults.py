"""How each port call can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from promptvm_oauth.ports.errors import (
    LockTimeout,
    LockUnavailable,
    ProfileError,
    StoreFailed,
    StoreLocked,
    StoreRefused,
    TransportError,
)

from .messages import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

FILE, KEYCHAIN = "file", "keychain"

STOP = "stop"
"""A process is interrupted as by Ctrl-C, or its caller is cancelled, in place of the step."""

KILL = "kill"
"""A process is killed in place of the step: after the step before it."""

KILL_IN_FLIGHT = "kill in flight"
"""A process is killed while its request is on its way, which arrives later."""


class Fault(NamedTuple):
    """One way for a step to fail.

    Attributes:
        name: its name in traces and reports.
        outcome: returns what the process gets instead of the step's own result; an error is raised in it.
        acts: whether the step takes effect nevertheless.
        late: whether it takes effect later, when the process no longer waits for it.
    """

    name: str
    outcome: Callable[[], object]
    acts: bool = False
    late: bool = False


def _reads(store: str) -> tuple[Fault, ...]:
    return (
        Fault("locked", lambda: StoreLocked("it is locked", store=store)),
        Fault("failed", lambda: StoreFailed("it cannot be read", store=store)),
    )


def _writes(store: str) -> tuple[Fault, ...]:
    return (
        Fault("failed", lambda: StoreFailed("the disk is full", store=store)),
        Fault("unclear", lambda: StoreFailed("no answer", store=store), acts=True),
    )


_PROFILES = (Fault("failed", lambda: ProfileError("the profile cannot be read or written")),)
_LOCKS = (
    Fault("timeout", lambda: LockTimeout("another holder kept it")),
    Fault("unavailable", lambda: LockUnavailable("no locks here")),
)

FAULTS: dict[str, tuple[Fault, ...]] = {
    "clock.reread": (),
    "clock.sleep": (),
    "file.delete": _writes(FILE),
    "file.load": _reads(FILE),
    "file.rehearse": (Fault("refused", lambda: StoreRefused("it is read-only", store=FILE)),),
    "file.save": _writes(FILE),
    "http.request": (
        Fault("unreachable", lambda: TransportError("no connection")),
        Fault("unavailable", lambda: Answer(503)),
        Fault("throttled", lambda: Answer(429)),
        Fault("late", lambda: TransportError("the server did not answer in time"), late=True),
    ),
    "http.answer": (
        Fault("lost", lambda: TransportError("the connection was closed")),
        Fault("cut", lambda: TransportError("the answer broke off", status=200)),
    ),
    "keychain.delete": _writes(KEYCHAIN),
    "keychain.load": _reads(KEYCHAIN),
    "keychain.probe": _reads(KEYCHAIN),
    "keychain.save": _writes(KEYCHAIN),
    "keychain.unlock": _reads(KEYCHAIN),
    "lock.hold": _LOCKS,
    "lock.try": _LOCKS,
    "profiles.activate": _PROFILES,
    "profiles.active": _PROFILES,
    "profiles.delete": _PROFILES,
    "profiles.load": _PROFILES,
    "profiles.names": _PROFILES,
    "profiles.save": _PROFILES,
}
"""The port calls of this library, and how each can fail; besides, a process can be stopped or killed at each."""


def all_pairs() -> set[str]:
    """Returns each pair of a port call and a fault that it can meet, as it stands in a report."""
    named = {f"{call} {fault.name}" for call, faults in FAULTS.items() for fault in faults}
    ended = {f"{call} {end}" for call in FAULTS for end in (STOP, KILL)}
    return named | ended | {f"http.request {KILL_IN_FLIGHT}"}
