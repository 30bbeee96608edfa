"""What must not happen, noticed where it happens."""

from __future__ import annotations

from asyncio import CancelledError
from typing import TYPE_CHECKING, Any

from .faults import STOP
from .times import LIFETIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .messages import Received
    from .server import Grant
    from .world import World

EARLIEST = 360.0
"""How long before its expiry a token may be renewed, in seconds."""

SECOND_LOOK = 0.4
"""How long another client that has no lock may take to save what it was granted, in seconds."""

FALLEN_BACK = ("keychain.save failed", "keychain.save unclear")
"""The faults that lose nothing where tokens that the keychain does not take go to the file."""

IN_FLIGHT = ("late", "in flight")
"""The ends of the names of faults after which a request still reaches its server."""


def violated(world: World, invariant: str, text: str) -> None:
    """Notes a violation."""
    world.violations += ((invariant, text),)


def heed(world: World, process: int, kind: str, rest: Sequence[Any]) -> None:
    """Judges what a process did between two steps."""
    if kind == "calls":
        world.called[process] = world.taken
    elif kind == "got token":
        _got_token(world, process, *rest)
    elif kind == "got pair":
        _got_pair(world, process, *rest)
    elif kind == "failed":
        _failed(world, process, *rest)


def presented(world: World, origin: str, grant: Grant | None, process: int) -> None:
    """Judges a refresh token that a process presents to a server."""
    program = world.programs[process]
    if not program.ours:
        return
    if grant is None:
        violated(world, "origin", f"{program.name} presents a refresh token that no server granted")
        return
    if grant.origin != origin:
        violated(world, "origin", f"{program.name} presents {grant.refresh} to another server")
        return
    earlier = world.presented.get(grant.number, ())
    if not world.late and not (world.signs_out and world.faults):
        for one in earlier:
            if not _answer_was_lost(world, one, grant):
                name = world.programs[one].name
                violated(world, "twice", f"{program.name} presents {grant.refresh}, as {name} did before")
        fresh = world.now < grant.expires_at - EARLIEST and grant.number not in world.refused
        if fresh and grant.number not in world.successors and not _met_fault(world, grant):
            violated(world, "once", f"{program.name} renews {grant.access}, which is fresh")
    world.presented[grant.number] = (*earlier, process)


def used_again(world: World, grant: Grant, process: int) -> None:
    """Notes that a server ended a session because a process presented its refresh token again."""
    if world.late:
        world.ended_by = f"ours, {world.faults[process][0][1]}, then used again"
        return
    first = world.grants[world.successors[grant.number]].process
    if not (world.programs[process].ours and world.programs[first].ours):
        world.ended_by = "used by both clients"
    elif _answer_was_lost(world, first, grant):
        world.ended_by = f"ours, {world.faults[first][-1][1]}"


def called(world: World, received: Received, grant: Grant | None, process: int) -> None:
    """Judges an API request."""
    program = world.programs[process]
    if not program.ours:
        return
    if grant is None:
        violated(world, "origin", f"{program.name} sends a token that no server granted")
    elif grant.origin != received.origin:
        violated(world, "origin", f"{program.name} sends {grant.access} to another server")
    elif received.organization not in {"", f"org-{grant.user}"}:
        violated(world, "person", f"{program.name} sends {grant.access} with {received.organization}")


def profile_written(world: World, profile: str, user: str) -> None:
    """Notes whom a profile names from now on."""
    world.named[profile] = (*world.named.get(profile, ()), (world.taken, user))


def token_stored(world: World, refresh_token: str | None) -> None:
    """Notes that a refresh token is stored."""
    grant = world.grant_of(refresh_token or "")
    if grant is not None:
        world.saved |= {grant.number}


def ended(world: World) -> None:
    """Judges how the processes ended."""
    for process, local in enumerate(world.locals):
        if not local.ended:
            steps = [step.name for step in local.steps]
            violated(world, "stuck", f"{world.programs[process].name} waits for {steps}")
        elif local.error is not None:
            stopped = any(fault.endswith(STOP) for _, fault in world.faults.get(process, ()))
            if not (stopped and isinstance(local.error, KeyboardInterrupt | CancelledError)):
                violated(world, "error", f"{world.programs[process].name} ended with {local.error!r}")


def lost(world: World, profile: str, verdict: str) -> str:
    """Judges the loss of a login; returns how it was lost if that may happen."""
    for grant in reversed(world.grants):
        if grant.process < 0:
            continue
        ours = world.programs[grant.process].ours
        if ours and grant.number in world.successors:
            continue
        if grant.number in world.saved and not _may_be_half_written(world, grant):
            continue
        whose = "ours" if ours else "the other client"
        for step, fault in world.faults.get(grant.process, ()):
            if _loses(step, fault, grant.granted_at) and not (world.falls_back and fault in FALLEN_BACK):
                return f"{whose}, {fault}"
    if not world.ended_by:
        violated(world, "lost", f"the login of {profile} was lost: {verdict}")
    return world.ended_by


def _got_token(world: World, process: int, profile: str, access: str) -> None:
    name, grant = world.programs[process].name, world.grant_of(access)
    if grant is None:
        violated(world, "origin", f"{name} got a token that no server granted")
        return
    named = world.named.get(profile, ())
    since = world.called[process]
    users = {user for taken, user in named if taken >= since}
    users.update([user for taken, user in named if taken < since][-1:])
    if grant.user not in users:
        violated(world, "person", f"{name} got {access} for {profile}, which named {sorted(users)}")
    if world.now >= grant.expires_at:
        violated(world, "torn", f"{name} got {access}, which has expired")


def _got_pair(world: World, process: int, access: str, refresh: str | None, expires_at: float | None) -> None:
    grant = world.grant_of(access)
    # A keychain is written entry by entry: an expiry of the pair before makes the next call renew or look again.
    if grant is None or refresh != grant.refresh or expires_at is None or expires_at > grant.expires_at:
        violated(world, "torn", f"{world.programs[process].name} got {access} with {refresh}")


def _failed(world: World, process: int, needs_login: bool, text: str) -> None:
    if needs_login and not world.signs_out and (living := _living(world)):
        name = world.programs[process].name
        violated(world, "alive", f"{name} is told to log in again while {living} lives: {text}")


def _living(world: World) -> str:
    """Returns a refresh token that is stored, or about to be, and that its server would take; or the empty text."""
    stored = world.disk.refresh_tokens()
    for grant in world.grants:
        if grant.number in world.successors or grant.family in world.revoked:
            continue
        process = grant.process
        half_written = _may_be_half_written(world, grant) and _met_fault(world, grant)
        if grant.refresh in stored and not half_written:
            return grant.refresh
        if process < 0 or grant.number in world.saved or world.locals[process].ended or process in world.faults:
            continue
        if grant.number not in world.successors.values():
            continue  # of a login that goes on
        if world.programs[process].ours or world.now < grant.expires_at - LIFETIME + SECOND_LOOK:
            return grant.refresh
    return ""


def _met_fault(world: World, grant: Grant) -> bool:
    """Returns whether the process that got a pair met a fault after that, so that it may not be saved whole."""
    return any(step > grant.granted_at for step, _ in world.faults.get(grant.process, ()))


def _may_be_half_written(world: World, grant: Grant) -> bool:
    """Returns whether a pair may be stored without the profile that says whose it is: the other client binds none."""
    return grant.process >= 0 and not world.programs[grant.process].ours


def _answer_was_lost(world: World, earlier: int, grant: Grant) -> bool:
    """Returns whether an earlier use of a refresh token had no answer that could have been saved.

    Args:
        world: the world.
        earlier: the process that used it.
        grant: the pair that it is of.
    """
    successor = world.successors.get(grant.number)
    if successor is None or world.grants[successor].process != earlier:
        return True  # the server did not handle it, or granted nothing for it
    granted_at = world.grants[successor].granted_at
    return successor not in world.saved and any(
        _loses(step, fault, granted_at) for step, fault in world.faults.get(earlier, ())
    )


def _loses(step: int, fault: str, granted_at: int) -> bool:
    """Returns whether what was granted at one step may be lost by a fault at another: none is by an interrupt."""
    return (step > granted_at or fault.endswith(IN_FLIGHT)) and not fault.endswith(STOP)
