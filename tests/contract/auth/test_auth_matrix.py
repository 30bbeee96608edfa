"""Every client of every library, with an auth object of either face, in every situation that issue 5 names."""

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from .conftest import Rig


class Expected(NamedTuple):
    """How a situation ends: the caller's status, requests that the API saw, refreshes."""

    status: int
    sends: int
    refreshes: int


def as_it_is(rig: "Rig") -> dict[str, Any]:
    return {}


def expired(rig: "Rig") -> dict[str, Any]:
    rig.expire()
    return {}


def revoked_early(rig: "Rig") -> dict[str, Any]:
    rig.revoke_early()
    return {}


def refused_twice(rig: "Rig") -> dict[str, Any]:
    rig.refuse(401, times=2)
    return {}


def streaming_body(rig: "Rig") -> dict[str, Any]:
    rig.revoke_early()
    return {"method": "POST", "body": rig.stream(b"once", b"only")}


def redirected_away(rig: "Rig") -> dict[str, Any]:
    rig.api.redirects["/away"] = (302, "https://elsewhere.test/landing")
    return {"url": "/away"}


SITUATIONS = {
    as_it_is: Expected(200, 1, 0),
    expired: Expected(200, 1, 1),
    revoked_early: Expected(200, 2, 1),
    refused_twice: Expected(401, 2, 1),
    streaming_body: Expected(401, 1, 1),
    redirected_away: Expected(200, 2, 0),
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_every_client_ends_every_situation_alike(rig: "Rig", situation: Any) -> None:
    request = situation(rig)

    answered = rig.send(**request)

    assert Expected(answered.status, len(rig.api.seen), rig.refreshes) == SITUATIONS[situation]
    last = rig.api.seen[-1]
    if situation is redirected_away:
        assert last.origin == "https://elsewhere.test"
        assert last.token is None
        assert rig.tokens[0] == rig.stored
    elif situation is streaming_body:
        assert last.body == b"onceonly"
        assert last.token != rig.stored
    else:
        assert last.token == rig.stored
        assert last.headers["x-org-id"] == "org_dev"
