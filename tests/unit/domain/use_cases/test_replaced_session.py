"""A login over an old one ends the session that it replaced, once the new tokens are stored, and only that one."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import ProfileError, TransportError
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.devserver.faults import Answer, Drop
from promptvm_oauth.devserver.settings import User
from promptvm_oauth.ports.events import LoggedIn, ProblemNoticed
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.auth_server import FakeAuthServer

if TYPE_CHECKING:
    from .conftest import Rig

HOUR = 3600.0
EVE = User("usr_eve", "eve@example.com")


class Network:
    """The rig's server and others; it notes the requests, and a function may answer one in place of a server."""

    def __init__(self, rig: "Rig", *others: FakeAuthServer) -> None:
        self._servers = {server.base_url: server for server in (rig.server, *others)}
        self.sent: list[HttpRequest] = []
        self.instead: Callable[[HttpRequest], HttpResponse | None] = lambda _: None

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(request)
        answer = self.instead(request)
        server = next(server for base_url, server in self._servers.items() if request.url.startswith(base_url))
        return await server.send(request) if answer is None else answer

    async def close(self) -> None:
        pass

    def requests(self, method: str, path: str) -> list[HttpRequest]:
        return [each for each in self.sent if each.method == method and path in each.url]


def problems(rig: "Rig") -> list[str]:
    return [event.problem for event in rig.events if isinstance(event, ProblemNoticed)]


def login(rig: "Rig", **ports: Any) -> Any:
    return rig.call("login", "work", flow="browser", client=rig.make(**ports))


def bearer(request: HttpRequest) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


def test_three_logins_leave_one_session(rig: "Rig") -> None:
    for _ in range(3):
        login(rig)

    (session,) = rig.server.auth.live_sessions
    assert session.access_token == rig.fields("work")["access_token"]
    assert problems(rig) == []


def test_other_profiles_keep_their_sessions(rig: "Rig") -> None:
    rig.call("login", "home", flow="browser")
    login(rig)
    login(rig)

    assert len(rig.server.auth.live_sessions) == 2
    assert rig.call("status", "home", check=True).state.value == "live"


def test_the_old_session_is_ended_with_the_old_pair_after_the_new_one_is_stored(rig: "Rig") -> None:
    login(rig)
    old = rig.fields("work")["access_token"]
    network = Network(rig)
    stored: list[tuple[str, str]] = []

    def look(request: HttpRequest) -> None:
        if "/sessions" in request.url:
            stored.append((rig.fields("work")["access_token"], rig.heard()[-1]))

    network.instead = look
    login(rig, http=network)

    new = rig.fields("work")["access_token"]
    assert [bearer(each) for each in network.sent if "/sessions" in each.url] == [old, old]
    assert stored == [(new, "LoggedIn")] * 2
    assert network.requests("DELETE", "/sessions/")


def test_an_expired_old_login_of_the_same_user_is_ended_without_spending_its_refresh_token(rig: "Rig") -> None:
    login(rig)
    rig.clock.advance(HOUR)
    network = Network(rig)

    login(rig, http=network)

    assert len(rig.server.auth.live_sessions) == 1
    assert rig.server.count("token", grant_type="refresh_token") == 0
    assert {bearer(each) for each in network.sent if "/sessions" in each.url} == {rig.fields("work")["access_token"]}
    assert problems(rig) == []


def test_an_old_session_that_has_ended_is_no_problem(rig: "Rig") -> None:
    login(rig)
    rig.end_sessions()

    login(rig)

    assert len(rig.server.auth.live_sessions) == 1
    assert problems(rig) == []


def test_another_user_s_session_is_ended_with_their_own_pair_even_if_it_has_expired(rig: "Rig") -> None:
    rig.server.settings.user = EVE
    login(rig)
    rig.clock.advance(HOUR)
    rig.server.settings.user = User()
    network = Network(rig)

    login(rig, http=network)

    (session,) = rig.server.auth.live_sessions
    assert session.approval.user == User()
    assert len(network.requests("POST", "/auth/cli/token")) == 2  # the code, and the old refresh token
    assert rig.fields("work")["access_token"] not in {bearer(each) for each in network.sent if "/sessions" in each.url}
    assert (rig.profiles.load("work") or {})["user_email"] == "ada@example.com"
    assert problems(rig) == []


@pytest.mark.parametrize("expired", [False, True])
def test_another_user_s_session_that_has_ended_is_no_problem(rig: "Rig", expired: bool) -> None:
    rig.server.settings.user = EVE
    login(rig)
    rig.end_sessions()
    rig.clock.advance(HOUR if expired else 0)
    rig.server.settings.user = User()

    login(rig)

    assert problems(rig) == []


def test_a_session_at_another_server_is_ended_there(rig: "Rig") -> None:
    other = FakeAuthServer(rig.clock, base_url="https://api.other.test", app_url="https://app.other.test")
    network = Network(rig, other)
    login(rig, http=network)
    rig.on_page = other.approve
    network.sent.clear()

    login(rig, http=network, base_url=other.base_url, app_url=other.app_url)

    assert not rig.server.auth.live_sessions
    assert len(other.auth.live_sessions) == 1
    new = rig.fields("work")["access_token"]
    assert new not in {bearer(each) for each in network.sent if each.url.startswith(rig.server.base_url)}
    assert problems(rig) == []


def shared_session(rig: "Rig", token: Callable[[], str]) -> Callable[[HttpRequest], HttpResponse | None]:
    """Returns answers of a server with one session, whose prefix is that of the token at the moment."""

    def answer(request: HttpRequest) -> HttpResponse | None:
        if request.method != "GET" or "/sessions" not in request.url:
            return None
        return HttpResponse(200, {}, json.dumps([{"id": "ses_1", "accessTokenPrefix": token()[:16]}]).encode())

    return answer


@pytest.mark.parametrize("expired", [False, True])
def test_a_session_that_both_logins_share_is_never_ended(rig: "Rig", expired: bool) -> None:
    login(rig)
    rig.clock.advance(HOUR if expired else 0)
    network = Network(rig)
    network.instead = shared_session(rig, lambda: rig.fields("work")["access_token"])

    login(rig, http=network)

    assert not network.requests("DELETE", "/")
    assert not [each for each in network.requests("POST", "/token") if b"refresh_token" in (each.body or b"")]


def test_a_session_that_has_the_prefix_of_both_tokens_is_never_ended(rig: "Rig") -> None:
    login(rig)
    network = Network(rig)
    network.instead = shared_session(rig, lambda: "pvm_at_" + "x" * 9)
    login(rig, http=network)
    assert not network.requests("DELETE", "/")

    network.instead = lambda request: (
        HttpResponse(200, {}, b'[{"id": "ses_1", "accessTokenPrefix": "pvm_at_"}]')
        if request.method == "GET" and "/sessions" in request.url
        else None
    )
    login(rig, http=network)
    assert not network.requests("DELETE", "/")


def test_a_new_session_that_is_not_listed_leaves_the_old_one_and_says_so(rig: "Rig") -> None:
    login(rig)
    old = rig.fields("work")["access_token"]
    network = Network(rig)
    network.instead = shared_session(rig, lambda: old)

    login(rig, http=network)

    assert not network.requests("DELETE", "/")
    (problem,) = problems(rig)
    assert "it could not be told apart from the new one" in problem


def test_the_same_id_for_both_is_not_ended(rig: "Rig") -> None:
    login(rig)
    old = rig.fields("work")["access_token"]
    network = Network(rig)

    def both(request: HttpRequest) -> HttpResponse | None:
        if request.method != "GET" or "/sessions" not in request.url:
            return None
        tokens = (old, rig.fields("work")["access_token"])
        return HttpResponse(
            200, {}, json.dumps([{"id": "ses_1", "accessTokenPrefix": token[:16]} for token in tokens]).encode()
        )

    network.instead = both
    login(rig, http=network)

    assert not network.requests("DELETE", "/")
    assert problems(rig) == []


@pytest.mark.parametrize("fault", [Drop(), Answer(500, b""), Answer(200, {"not": "a list"}), Answer(200, b"[]")])
def test_a_failure_is_told_and_does_not_fail_the_login(rig: "Rig", fault: Drop | Answer) -> None:
    login(rig)
    rig.server.queue_fault("sessions", fault)

    assert login(rig).profile == "work"

    (problem,) = problems(rig)
    assert problem.startswith("the earlier session of ada@example.com at https://api.promptvm.test may live on: ")
    assert problem.endswith("; it can be ended in that account's list of authorised devices")
    assert len(rig.server.auth.live_sessions) == 2


def test_another_user_s_session_that_is_not_listed_is_told(rig: "Rig") -> None:
    rig.server.settings.user = EVE
    login(rig)
    rig.server.settings.user = User()
    rig.server.queue_fault("sessions", Answer(200, b"[]"))

    login(rig)

    (problem,) = problems(rig)
    assert "eve@example.com" in problem
    assert "it was not found in the server's list of sessions" in problem


def test_an_unexpected_error_of_the_http_port_is_told_without_its_text(rig: "Rig") -> None:
    login(rig)
    network = Network(rig)

    def fail(request: HttpRequest) -> None:
        if "/sessions" in request.url:
            raise RuntimeError("secret detail")

    network.instead = fail
    login(rig, http=network)

    (problem,) = problems(rig)
    assert "unexpected RuntimeError" in problem


def test_a_hanging_server_holds_a_finished_login_for_five_seconds_at_most(rig: "Rig") -> None:
    login(rig)
    network = Network(rig)
    waited: list[float] = []

    def hang(request: HttpRequest) -> None:
        if "/sessions" in request.url:
            waited.append(request.timeout)
            rig.clock.advance(request.timeout)
            raise TransportError("the server took too long to answer")

    network.instead = hang
    login(rig, http=network)

    assert waited == [5.0]


def test_an_old_login_that_nothing_can_renew_has_no_session(rig: "Rig") -> None:
    rig.server.settings.omit_refresh_token = True
    login(rig)
    rig.clock.advance(HOUR)
    rig.events.clear()

    login(rig)

    assert rig.server.count("sessions") == 0
    assert not [problem for problem in problems(rig) if "earlier" in problem]


def test_the_same_token_again_is_the_same_session(rig: "Rig") -> None:
    login(rig)
    fields = rig.fields("work")
    again = {"access_token": fields["access_token"], "refresh_token": "r2", "token_type": "Bearer", "expires_in": 60}
    rig.server.queue_fault("token", Answer(200, again))

    login(rig)

    assert rig.server.count("sessions") == 0


def test_tokens_whose_server_nothing_names_are_sent_nowhere(rig: "Rig") -> None:
    rig.store.save("work", {"access_token": "unbound", "refresh_token": "r"})

    login(rig)

    assert rig.server.count("sessions") == 0
    (problem,) = problems(rig)
    assert "nothing says which server issued its tokens" in problem


def test_tokens_without_a_profile_are_ended_at_the_server_that_they_are_bound_to(rig: "Rig") -> None:
    login(rig)
    rig.profiles.delete("work")

    login(rig)

    assert len(rig.server.auth.live_sessions) == 1
    assert problems(rig) == []


def test_tokens_that_are_bound_to_another_server_than_the_profile_s_are_sent_nowhere(rig: "Rig") -> None:
    login(rig)
    rig.profiles.save("work", {**(rig.profiles.load("work") or {}), "base_url": "https://api.evil.test"})
    network = Network(rig)

    login(rig, http=network)

    assert not [each for each in network.sent if "/sessions" in each.url]
    (problem,) = problems(rig)
    assert "belong to https://api.promptvm.test" in problem


def test_a_login_that_was_not_stored_ends_nothing(rig: "Rig") -> None:
    class Stuck(MemoryProfiles):
        def save(self, name: str, fields: Mapping[str, str]) -> None:
            if self.load(name) is not None:
                raise ProfileError("the disk is full")
            super().save(name, fields)

    profiles = Stuck()
    login(rig, profiles=profiles)
    with pytest.raises(Exception, match="the disk is full"):
        login(rig, profiles=profiles)

    assert len(rig.server.auth.live_sessions) == 2
    assert len([event for event in rig.events if isinstance(event, LoggedIn)]) == 1


@pytest.mark.parametrize("flow", ["device", "web"])
def test_every_way_to_log_in_ends_the_old_session(rig: "Rig", flow: str) -> None:
    for _ in range(2):
        if flow == "device":
            rig.call("login", "work", flow="device")
        else:
            pending = rig.call("begin_login", "work", redirect_uri="http://127.0.0.1:8080/callback")
            rig.call("finish_login", pending, rig.server.approve(pending.authorize_url))

    assert len(rig.server.auth.live_sessions) == 1


def test_the_browser_is_answered_before_the_old_session_is_ended_and_an_interrupt_keeps_the_login(rig: "Rig") -> None:
    login(rig)
    network = Network(rig)
    answered: list[int] = []

    def interrupted(request: HttpRequest) -> None:
        if "/sessions" in request.url:
            answered.append(len(rig.callback.outcomes))
            raise KeyboardInterrupt

    network.instead = interrupted
    client = rig.make(http=network)
    old = rig.call("access_token", "work", client=client)

    with pytest.raises(KeyboardInterrupt):
        rig.call("login", "work", flow="browser", client=client)

    assert answered == [2]
    assert rig.call("access_token", "work", client=client) == rig.fields("work")["access_token"] != old


def go_login(rig: "Rig", base_url: str, *, whole: bool) -> None:
    """Writes a login as the Go tool does: the tokens first, then the profile."""
    expires_at = "2030-01-01T00:00:00Z"
    rig.store.save("work", {"access_token": "of-eve", "refresh_token": "eve", "expires_at": expires_at})
    if whole:
        recorded = {"base_url": base_url, "auth_type": "oauth", "expires_at": expires_at, "user_id": "usr_eve"}
        rig.profiles.save("work", {"name": "work", **recorded})


def test_a_login_that_another_program_recorded_meanwhile_is_ended_at_its_own_server(rig: "Rig") -> None:
    login(rig)
    network = Network(rig, FakeAuthServer(base_url="https://other.test"))

    def meanwhile(url: str) -> str:
        go_login(rig, "https://other.test", whole=True)
        return rig.server.approve(url)

    rig.person = meanwhile
    login(rig, http=network)

    asked = [each.url for each in network.sent if each.headers.get("Authorization") == "Bearer of-eve"]
    assert asked
    assert all(url.startswith("https://other.test/") for url in asked)


def test_tokens_that_another_program_wrote_without_their_profile_are_sent_nowhere(rig: "Rig") -> None:
    login(rig)
    network = Network(rig)

    def meanwhile(url: str) -> str:
        go_login(rig, "", whole=False)
        return rig.server.approve(url)

    rig.person = meanwhile
    login(rig, http=network)

    assert "of-eve" not in {bearer(each) for each in network.sent if "Authorization" in each.headers}
    (problem,) = problems(rig)
    assert "may live on: the profile was written for other tokens" in problem


def test_the_replaced_session_is_ended_even_if_the_profile_cannot_be_made_the_active_one(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    login(rig)

    def read_only(name: str) -> None:
        raise ProfileError("config.yaml cannot be written")

    monkeypatch.setattr(rig.profiles, "activate", read_only)
    with pytest.raises(ProfileError):
        login(rig)

    (session,) = rig.server.auth.live_sessions
    assert session.access_token == rig.fields("work")["access_token"]
