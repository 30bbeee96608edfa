"""A server that rotates refresh tokens: a refresh token is spent by its use, and commit and answer are two steps."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from . import judge
from .messages import Answer
from .times import LIFETIME

if TYPE_CHECKING:
    from .messages import Received
    from .world import World

_UNAUTHORIZED = Answer(401, b'{"error":"invalid_token"}')
_INVALID_GRANT = Answer(400, b'{"error":"invalid_grant"}')


class Grant(NamedTuple):
    """A pair of tokens that was granted.

    Attributes:
        number: its place among those of a world.
        origin: the origin of the server that granted it.
        user: the user whose it is.
        family: the session that it belongs to.
        expires_at: when its access token expires, in seconds since 1970-01-01 UTC.
        process: the index of the process that asked for it; -1 for one from before the start.
        granted_at: the number of the world's step that committed it.
    """

    number: int
    origin: str
    user: str
    family: str
    expires_at: float
    process: int
    granted_at: int

    @property
    def access(self) -> str:
        """The access token."""
        return f"at-{self.number:04}-{self.user}"

    @property
    def refresh(self) -> str:
        """The refresh token."""
        return f"rt-{self.number:04}-{self.user}"


def handle(world: World, received: Received, process: int) -> Answer:
    """Commits a request and returns the answer."""
    if not received.path.endswith("/auth/cli/token"):
        return _call(world, received, process)
    parameters = received.parameters
    if parameters["grant_type"] == "refresh_token":
        return _refresh(world, received.origin, parameters["refresh_token"], process)
    user = parameters["code"].removeprefix("code-")
    return _granted(world.grant(received.origin, user, f"{user}-{len(world.grants)}", process))


def _refresh(world: World, origin: str, refresh_token: str, process: int) -> Answer:
    spent = world.grant_of(refresh_token)
    judge.presented(world, origin, spent, process)
    if spent is None or spent.origin != origin or spent.family in world.revoked:
        return _INVALID_GRANT
    if spent.number in world.successors:
        if world.revokes_families:
            world.revoked |= {spent.family}
            judge.used_again(world, spent, process)
        return _INVALID_GRANT
    granted = world.grant(origin, spent.user, spent.family, process)
    world.successors[spent.number] = granted.number
    return _granted(granted)


def _granted(grant: Grant) -> Answer:
    return Answer(200, _body(grant.access, grant.refresh, grant.user))


@cache
def _body(access: str, refresh: str, user: str) -> bytes:
    members: dict[str, Any] = {
        "access_token": access,
        "refresh_token": refresh,
        "expires_in": LIFETIME,
        "token_type": "Bearer",
        "user": {"id": user, "email": f"{user}@example.com"},
        "organization": {"id": f"org-{user}", "name": user},
    }
    return json.dumps(members).encode()


def _call(world: World, received: Received, process: int) -> Answer:
    grant = world.grant_of(received.token)
    judge.called(world, received, grant, process)
    if grant is None or grant.origin != received.origin or grant.family in world.revoked:
        if grant is not None:
            world.refused |= {grant.number}
        return _UNAUTHORIZED
    if world.now >= grant.expires_at:
        return _UNAUTHORIZED
    if received.method == "DELETE":
        world.revoked |= {received.path.rpartition("/")[2]}
        return Answer(204)
    if received.path.endswith("/sessions"):
        mine = {"id": grant.family, "accessTokenPrefix": grant.access[:10]}
        return Answer(200, json.dumps([mine]).encode())
    return Answer(200, b"{}")
