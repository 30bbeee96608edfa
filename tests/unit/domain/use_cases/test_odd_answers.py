"""Odd answers of the token endpoint, in whole flows: what was granted is kept, and nothing spent is sent twice."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import (
    NoRefreshToken,
    RefreshRejected,
    ServerUnavailable,
    State,
    UnreadableResponse,
)
from promptvm_oauth.devserver.faults import Act, Answer
from promptvm_oauth.ports.events import ProblemNoticed, Retrying

if TYPE_CHECKING:
    from promptvm_oauth.devserver.exchange import Reply

    from .conftest import Rig

HOUR = 3600.0
PAGE = b"<!DOCTYPE html><title>Just a moment...</title>"


class Changed:
    """The request is processed; some members of the answer are others."""

    def __init__(self, **members: object) -> None:
        self.members = members

    def strike(self, act: Act) -> "Reply":
        import json

        from attrs import evolve

        reply = act()
        return evolve(reply, body=json.dumps(json.loads(reply.body) | self.members).encode())


def refreshes(rig: "Rig") -> int:
    return rig.server.count("token", grant_type="refresh_token")


def problems(rig: "Rig") -> list[str]:
    return [event.problem for event in rig.events if isinstance(event, ProblemNoticed)]


@pytest.mark.parametrize("unusable", ["té", 5, "x" * 65_537, {"a": "b"}])
def test_a_new_refresh_token_that_cannot_be_used_is_told_and_the_old_one_is_never_sent_again(
    rig: "Rig", unusable: object
) -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    rig.server.queue_fault("token", Changed(refresh_token=unusable))

    token = rig.call("access_token")

    assert token == rig.fields()["access_token"]
    assert "refresh_token" not in rig.fields()
    assert rig.heard()[-2:] == ["Refreshed", "ProblemNoticed"]
    assert "a refresh token that cannot be used" in problems(rig)[-1]
    rig.clock.advance(HOUR)
    for _ in range(2):
        with pytest.raises(NoRefreshToken):
            rig.call("access_token", client=rig.make())
    assert refreshes(rig) == 1
    assert not rig.server.auth.revoked_families


@pytest.mark.parametrize("flow", ["browser", "device"])
def test_a_login_whose_refresh_token_cannot_be_used_is_kept_and_told(rig: "Rig", flow: str) -> None:
    rig.server.queue_fault("token" if flow == "browser" else "device_token", Changed(refresh_token="té"))

    result = rig.call("login", flow=flow)

    assert not result.renewable
    assert rig.call("access_token") == rig.fields()["access_token"]
    assert ["a refresh token that cannot be used" in problem for problem in problems(rig)] == [True]


@pytest.mark.parametrize(
    "answer", [Answer(403, PAGE), Answer(400, PAGE), Answer(200, PAGE), Answer(403, {"message": "no"})]
)
def test_a_page_in_place_of_a_refresh_keeps_the_login(rig: "Rig", answer: Answer) -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    before = dict(rig.fields())
    rig.server.queue_fault("token", answer)

    with pytest.raises(ServerUnavailable) as caught:
        rig.call("access_token")

    assert (caught.value.retryable, caught.value.needs_login) == (True, False)
    assert dict(rig.fields()) == before
    assert rig.call("access_token") == rig.fields()["access_token"] != before["access_token"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_rejects_no_login_whatever_it_says(rig: "Rig", status: int) -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    rig.server.queue_fault("token", Answer(status, {"error": "invalid_grant"}))

    with pytest.raises(ServerUnavailable):
        rig.call("access_token")
    rig.server.queue_fault("token", Answer(status, {"error": "invalid_grant"}))
    assert rig.call("status", check=True).state is State.UNVERIFIED
    assert rig.call("access_token")


@pytest.mark.parametrize("code", ["bad_refresh_token", "interaction_required"])
def test_a_code_that_means_the_same_as_invalid_grant_needs_a_login(rig: "Rig", code: str) -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(HOUR)
    rig.server.queue_fault("token", *[Answer(200, {"error": code})] * 2)

    with pytest.raises(RefreshRejected) as caught:
        rig.call("access_token")
    assert caught.value.needs_login
    assert rig.call("status", check=True).state is State.REJECTED


@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_page_in_place_of_the_api_says_nothing_about_the_login(rig: "Rig", status: int) -> None:
    rig.call("login", flow="browser")
    rig.server.queue_fault("me", *[Answer(status, PAGE)] * 2)

    assert rig.call("status", check=True).state is State.UNVERIFIED


@pytest.mark.parametrize("status", [200, 302, 403, 404])
def test_a_page_between_two_polls_does_not_end_a_device_login(rig: "Rig", status: int) -> None:
    rig.server.queue_fault("device_token", Answer(status, PAGE), Answer(status, PAGE))

    assert rig.call("login", flow="device").flow == "device"

    reasons = [(event.reason, event.seconds) for event in rig.events if isinstance(event, Retrying)]
    problem = f"the answer (HTTP status {status}) is not the server's"
    assert reasons == [(problem, 10.0), (problem, 20.0)]


@pytest.mark.parametrize("flow", ["browser", "device"])
def test_a_grant_that_names_its_token_twice_is_kept(rig: "Rig", flow: str) -> None:
    body = b'{"access_token": "one", "access_token": "two"}'
    answer = Answer(200, body, {"Content-Type": "application/json"})
    rig.server.queue_fault("token" if flow == "browser" else "device_token", answer)

    rig.call("login", flow=flow)
    assert rig.fields()["access_token"] == "two"


class SameToken:
    """The request is processed, and the answer has the access token that is in force already."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.token = fields["access_token"]

    def strike(self, act: Act) -> "Reply":
        return Changed(access_token=self.token).strike(act)


def test_a_server_that_grants_the_same_token_is_asked_once_for_one_refusal(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    same = SameToken(rig.fields())
    rig.server.queue_fault("token", same, same)
    calls: list[Any] = []

    class Refused(Exception):
        status = 401

    def refused(token: str) -> None:
        calls.append(token)
        raise Refused

    async def refused_async(token: str) -> None:
        refused(token)

    with pytest.raises(Refused):
        rig.call("with_auto_refresh", refused if rig.colour == "blocking" else refused_async)
    assert (len(calls), refreshes(rig)) == (1, 1)


class Unreadable:
    """An HTTP port whose answers to a grant are in an unknown encoding, though the server has processed the request."""

    def __init__(self, rig: "Rig", path: str) -> None:
        self._rig = rig
        self._path = path

    async def send(self, request: Any) -> Any:
        response = await self._rig.server.send(request)
        if request.url.endswith(self._path) and response.status == 200:
            raise UnreadableResponse("compressed in an unknown way", status=200)
        return response

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(("flow", "path"), [("browser", "/cli/token"), ("device", "/device/token")])
def test_a_grant_that_cannot_be_read_is_not_asked_for_again(rig: "Rig", flow: str, path: str) -> None:
    client = rig.make(http=Unreadable(rig, path))

    with pytest.raises(UnreadableResponse) as caught:
        rig.call("login", flow=flow, client=client)
    assert not caught.value.retryable
    assert rig.server.count("token" if flow == "browser" else "device_token") == 1


def test_beyond_the_year_9999_tokens_are_renewed_and_their_expiry_is_not_known(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.clock.advance(datetime(9999, 12, 31, 23, 59, tzinfo=UTC).timestamp() - rig.clock.now())
    rig.server.queue_fault("token", Answer(200, {"access_token": "new", "refresh_token": "next", "expires_in": 3600}))

    assert rig.call("access_token") == "new" == rig.call("access_token")
    assert "expires_at" not in rig.fields()
    assert not (rig.profiles.load("default") or {}).get("expires_at")
    assert rig.call("status").expires_at is None

    rig.clock.advance(365 * 86400.0)
    assert rig.call("login", "later", flow="browser").expires_at is None
    assert rig.call("access_token", "later") == rig.fields("later")["access_token"]


def test_an_early_refresh_that_cannot_be_read_is_not_made_again_while_the_token_lives(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    client = rig.make(http=Unreadable(rig, "/cli/token"))
    rig.clock.advance(HOUR - 30)

    for _ in range(3):
        assert rig.call("access_token", client=client) == rig.fields()["access_token"]
        rig.clock.advance(8)
    assert refreshes(rig) == 1
    rig.clock.advance(HOUR)
    with pytest.raises(RefreshRejected):
        rig.call("access_token", client=client)
