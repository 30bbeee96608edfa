"""A client for a standard server, in both colours: what is stored where, and the answers of its token endpoint."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import pytest
from promptvm_oauth import (
    ConfigurationError,
    InvalidMetadata,
    InvalidResponse,
    LogoutResult,
    NoTokensError,
    OAuthError,
    PendingLogin,
    RefreshRejected,
    Secret,
    State,
    StoredTokens,
    StoreFailed,
    TransportError,
    WrongIssuer,
    WrongServer,
)
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.ports.events import ProblemNoticed
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.ports.rfc3339 import format_time
from promptvm_oauth.testing.http import json_response
from promptvm_oauth.testing.lock import FakeLock

if TYPE_CHECKING:
    from .conftest import Rig

ISSUER = "https://login.example.test"
REDIRECT = "http://127.0.0.1:5000/callback"
GRANT = {"access_token": "access-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "refresh-1"}


class Server:
    """A standard server as an `Http` port: metadata, and whatever the tests let its other endpoints answer."""

    def __init__(self, issuer: str = ISSUER) -> None:
        self.metadata: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "device_authorization_endpoint": f"{issuer}/device",
            "revocation_endpoint": f"{issuer}/revoke",
            "authorization_response_iss_parameter_supported": True,
        }
        self.issuer = issuer
        self.token: HttpResponse | Exception = json_response(200, GRANT)
        self.revoke: HttpResponse | Exception = HttpResponse(200)
        self.revokes: list[HttpResponse] = []  # before `revoke`
        self.lost = False
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if self.lost:
            raise TransportError("no network")
        if "/.well-known/" in request.url:
            return json_response(200, self.metadata)
        if request.url == f"{self.issuer}/revoke" and self.revokes:
            return self.revokes.pop(0)
        answer = self.token if request.url == f"{self.issuer}/token" else self.revoke
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        """Nothing is held."""

    def posts(self) -> list[dict[str, str]]:
        sent = (request for request in self.requests if request.method == "POST")
        return [dict(parse_qsl((request.body or b"").decode())) for request in sent]


class StandardRig:
    """A rig whose client is for a standard server; what else it touches are the fakes of the rig that it stands on."""

    def __init__(self, rig: "Rig") -> None:
        self.fakes = rig
        self.server = Server()
        self.client = self.make()

    def make(self, **arguments: Any) -> Any:
        given = {"issuer": ISSUER, "client_id": "app", "scope": "read", "base_url": None, "app_url": None}
        return self.fakes.make(**{"http": self.server, **given, **arguments})

    def call(self, method: str, *args: Any, client: Any = None, **kwargs: Any) -> Any:
        return self.fakes.call(method, *args, client=client or self.client, **kwargs)

    def begin(self, profile: str | None = None, **kwargs: Any) -> PendingLogin:
        pending: PendingLogin = self.call("begin_login", profile, redirect_uri=REDIRECT, **kwargs)
        return pending

    def finish(self, pending: PendingLogin, client: Any = None, **parameters: str) -> Any:
        query = urlencode({"state": pending.state.reveal(), "iss": ISSUER, "code": "c"} | parameters)
        return self.call("finish_login", pending, f"{REDIRECT}?{query}", client=client)

    def login(self, profile: str | None = None, **answer: Any) -> Any:
        if answer:
            self.server.token = json_response(200, {k: v for k, v in (GRANT | answer).items() if v is not ...})
        return self.finish(self.begin(profile))

    def problems(self) -> list[str]:
        return [event.problem for event in self.fakes.events if isinstance(event, ProblemNoticed)]


@pytest.fixture
def rig(rig: "Rig") -> StandardRig:
    return StandardRig(rig)


def test_a_login_is_bound_to_its_issuer_and_client(rig: StandardRig) -> None:
    rig.login("work")
    fields = rig.fakes.fields("work")
    assert fields["version"] == "1"
    assert (fields["server"], fields["client_id"]) == (ISSUER, "app")
    assert (fields["access_token"], fields["refresh_token"]) == ("access-1", "refresh-1")
    recorded = rig.fakes.profiles.load("work") or {}
    assert (recorded["issuer"], recorded["client_id"], recorded["scope"]) == (ISSUER, "app", "read")
    assert "token_ref" not in recorded


def test_later_calls_find_the_server_by_the_profile_alone(rig: StandardRig) -> None:
    rig.login("work")
    plain = rig.make(issuer=None, client_id=None, scope=None)
    assert rig.call("access_token", "work", client=plain) == "access-1"
    rig.server.token = json_response(200, GRANT | {"access_token": "access-2"})
    assert rig.call("refresh", "work", client=plain) == "access-2"
    assert rig.server.posts()[-1] == {"grant_type": "refresh_token", "client_id": "app", "refresh_token": "refresh-1"}


def test_a_client_secret_is_stored_with_the_tokens_and_used_again(rig: StandardRig) -> None:
    rig.client = rig.make(client_secret="s3cret")
    rig.login("work")
    assert rig.fakes.fields("work")["client_secret"] == "s3cret"
    rig.call("refresh", "work", client=rig.make(issuer=None, client_id=None))
    assert rig.server.requests[-1].headers["Authorization"].startswith("Basic ")


def test_the_client_secret_of_a_removed_login_ends_its_session(rig: StandardRig) -> None:
    rig.client = rig.make(client_secret="s3cret")
    rig.login("work")
    assert rig.call("logout", "work", client=rig.make(issuer=None, client_id=None)).revoked
    assert rig.fakes.fields("work") == {}
    assert rig.server.requests[-1].url == f"{ISSUER}/revoke"
    assert rig.server.requests[-1].headers["Authorization"].startswith("Basic ")


def test_metadata_is_asked_for_once_by_one_client(rig: StandardRig) -> None:
    rig.login("work")
    rig.call("refresh", "work")
    asked = [request for request in rig.server.requests if "/.well-known/" in request.url]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "arguments",
    [{"issuer": "https://evil.test"}, {"client_id": "other"}, {"issuer": None, "base_url": "https://x.test"}],
)
def test_a_client_for_another_server_or_client_sends_nothing(rig: StandardRig, arguments: dict[str, Any]) -> None:
    rig.login("work")
    before = len(rig.server.requests)
    for method in ("access_token", "refresh"):
        with pytest.raises(WrongServer):
            rig.call(method, "work", client=rig.make(**arguments))
    assert len(rig.server.requests) == before


def test_tokens_that_are_not_of_the_profiles_server_are_not_sent(rig: StandardRig) -> None:
    rig.login("work")
    rig.fakes.store.save("work", {**rig.fakes.fields("work"), "server": "https://evil.test"})
    before = len(rig.server.requests)
    with pytest.raises(WrongServer):
        rig.call("refresh", "work")
    assert len(rig.server.requests) == before


def test_a_profile_of_promptvm_is_not_taken_over(rig: StandardRig) -> None:
    rig.fakes.profiles.save("work", {"name": "work", "base_url": "https://api.promptvm.ai", "auth_type": "oauth"})
    with pytest.raises(ConfigurationError, match="belongs to PromptVM"):
        rig.begin("work")
    assert rig.server.requests == []


def test_a_login_without_a_name_leaves_promptvms_active_profile_alone(rig: StandardRig) -> None:
    rig.fakes.profiles.save("default", {"name": "default", "base_url": "https://api.promptvm.ai", "auth_type": "oauth"})
    assert rig.login().profile == "login.example.test"
    assert rig.call("access_token") == "access-1"
    rig.fakes.profiles.activate("default")
    assert rig.call("access_token", client=rig.make()) == "access-1"


def test_the_first_login_without_a_name_makes_the_default_profile(rig: StandardRig) -> None:
    assert rig.login().profile == "default"


def test_without_a_client_id_nothing_is_sent_to_log_in(rig: StandardRig) -> None:
    with pytest.raises(ConfigurationError, match="client id"):
        rig.call("begin_login", redirect_uri=REDIRECT, client=rig.make(client_id=None))


def test_the_server_is_named_once(rig: StandardRig) -> None:
    with pytest.raises(ConfigurationError, match="no two"):
        rig.make(base_url="https://x.test")


def test_the_list_shows_both_kinds_and_switching_serves_both(rig: StandardRig) -> None:
    rig.fakes.profiles.save("vm", {"name": "vm", "base_url": "https://api.promptvm.ai", "auth_type": "oauth"})
    rig.login("work")
    plain = rig.make(issuer=None, client_id=None)
    listed = rig.call("list_profiles", client=plain)
    assert [(each.name, each.active, each.base_url) for each in listed] == [
        ("vm", False, "https://api.promptvm.ai"),
        ("work", True, ISSUER),
    ]
    rig.call("use_profile", "vm", client=plain)
    assert rig.fakes.profiles.active() == "vm"


def test_a_mix_up_is_refused_before_any_code_leaves(rig: StandardRig) -> None:
    pending = rig.begin("work")
    with pytest.raises(WrongIssuer):
        rig.finish(pending, iss="https://evil.test")
    assert rig.server.posts() == []
    assert rig.fakes.fields("work") == {}


def test_a_pending_login_is_not_finished_at_another_server(rig: StandardRig) -> None:
    pending = rig.begin("work")
    rig.server.metadata |= {"issuer": "https://evil.test"}
    with pytest.raises(InvalidMetadata):
        rig.finish(pending, client=rig.make(issuer="https://evil.test", scope=None))
    assert rig.server.posts() == []


def test_extra_parameters_of_one_login_reach_its_page(rig: StandardRig) -> None:
    pending = rig.begin(scope="read write", prompt="login", login_hint="ada", authorize_parameters={"max_age": "0"})
    for text in ("scope=read+write", "prompt=login", "login_hint=ada", "max_age=0"):
        assert text in pending.authorize_url
    with pytest.raises(ConfigurationError, match="state"):
        rig.begin(authorize_parameters={"state": "x"})


def test_a_foreign_endpoint_is_used_only_where_it_is_trusted_and_then_reported(rig: StandardRig) -> None:
    rig.server.metadata["revocation_endpoint"] = "https://elsewhere.test/revoke"
    with pytest.raises(InvalidMetadata, match=r"elsewhere\.test"):
        rig.begin()
    assert rig.problems() == []
    rig.client = rig.make(trusted_origins=["https://elsewhere.test"])
    rig.begin()
    assert any("https://elsewhere.test" in problem for problem in rig.problems())


@pytest.mark.parametrize("kind", ["bearer", "bEaReR", "Bearer", ..., None])
def test_bearer_in_any_case_is_taken(rig: StandardRig, kind: Any) -> None:
    assert rig.login(token_type=kind).renewable


@pytest.mark.parametrize("kind", ["mac", "DPoP", 7])
def test_a_token_of_another_type_is_not_stored(rig: StandardRig, kind: Any) -> None:
    with pytest.raises(InvalidResponse):
        rig.login(token_type=kind)
    assert rig.fakes.fields("default") == {}


@pytest.mark.parametrize("token", ["", 7, None, "a\r\nX: 1", "a b", "é"])
def test_an_access_token_that_would_break_a_header_is_refused(rig: StandardRig, token: Any) -> None:
    with pytest.raises(InvalidResponse):
        rig.login(access_token=token)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(..., None), ("3600", 3600), (3600.7, 3600.7), (0, None), (-5, None), (1e18, 316224000), (True, None)],
)
def test_every_lifetime_has_a_meaning(rig: StandardRig, value: Any, seconds: float | None) -> None:
    result = rig.login(expires_in=value)
    expected = None if seconds is None else rig.fakes.clock.now() + seconds
    assert (result.expires_at and result.expires_at.timestamp()) == (expected and pytest.approx(expected, abs=1))


def test_a_lifetime_that_is_no_number_is_unknown(rig: StandardRig) -> None:
    rig.server.token = HttpResponse(200, {}, json.dumps(GRANT | {"expires_in": float("nan")}).encode())
    assert rig.finish(rig.begin()).expires_at is None


def test_a_short_lived_token_is_not_renewed_at_every_call(rig: StandardRig) -> None:
    rig.login("work", expires_in=300)
    before = len(rig.server.posts())
    for _ in range(3):
        rig.call("access_token", "work")
    assert len(rig.server.posts()) == before


@pytest.mark.parametrize(("value", "kept"), [(..., "refresh-1"), ("", "refresh-1"), (None, "refresh-1"), ("r2", "r2")])
def test_a_refresh_keeps_the_old_refresh_token_unless_there_is_a_new_one(
    rig: StandardRig, value: Any, kept: str
) -> None:
    rig.login("work")
    answer = GRANT | {"access_token": "access-2", "refresh_token": value}
    rig.server.token = json_response(200, {name: each for name, each in answer.items() if each is not ...})
    rig.call("refresh", "work")
    fields = rig.fakes.fields("work")
    assert (fields["access_token"], fields["refresh_token"], fields["server"]) == ("access-2", kept, ISSUER)


@pytest.mark.parametrize(
    ("scope", "recorded", "told"),
    [
        ("read admin", "read admin", "more scope than requested: admin"),
        ("other", "other", "missing: read"),
        ("read", "read", None),
        (..., "read", None),
        (7, "read", None),
    ],
)
def test_a_wider_or_narrower_scope_is_recorded_and_told(
    rig: StandardRig, scope: Any, recorded: str, told: str | None
) -> None:
    rig.login("work", scope=scope)
    assert (rig.fakes.profiles.load("work") or {})["scope"] == recorded
    scopes = [problem for problem in rig.problems() if "requested" in problem]
    assert any(told in problem for problem in scopes) if told else not scopes


def test_every_scope_that_is_missing_is_named(rig: StandardRig) -> None:
    rig.client = rig.make(scope="read write admin")
    rig.login("work", scope="read")
    assert any(problem.endswith("; missing: admin write") for problem in rig.problems())


def test_the_refusal_of_a_code_does_not_repeat_it(rig: StandardRig) -> None:
    pending = rig.begin("work")
    rig.server.token = json_response(400, {"error": "invalid_grant", "error_description": "no the-code-1 is known"})
    with pytest.raises(OAuthError, match="invalid_grant") as caught:
        rig.finish(pending, code="the-code-1")
    assert "the-code-1" not in f"{caught.value}{caught.value!r}"


def test_a_login_without_a_refresh_token_is_told(rig: StandardRig) -> None:
    result = rig.login(refresh_token=...)
    assert not result.renewable
    assert any("no refresh token" in problem for problem in rig.problems())


def test_a_redirect_of_the_token_endpoint_is_not_followed(rig: StandardRig) -> None:
    rig.server.token = HttpResponse(307, {"location": "https://evil.test/token"})
    with pytest.raises(OAuthError):
        rig.finish(rig.begin())
    assert [request.url for request in rig.server.requests if request.method == "POST"] == [f"{ISSUER}/token"]


@pytest.mark.parametrize(
    "answer",
    [
        json_response(200, {"error": "invalid_grant"}),
        HttpResponse(400, {"content-type": "application/x-www-form-urlencoded"}, b"error=invalid_grant"),
        HttpResponse(401, {"www-authenticate": 'Bearer error="invalid_grant"'}),
    ],
)
def test_an_error_is_read_in_whatever_form_it_comes(rig: StandardRig, answer: HttpResponse) -> None:
    rig.login("work")
    rig.server.token = answer
    with pytest.raises(RefreshRejected) as error:
        rig.call("refresh", "work")
    assert error.value.code == "invalid_grant"
    assert rig.fakes.fields("work")["refresh_token"] == "refresh-1"


def logout(rig: StandardRig) -> LogoutResult:
    result: LogoutResult = rig.call("logout", "work", client=rig.make(issuer=None, client_id=None))
    assert result.removed
    assert rig.fakes.fields("work") == {}
    return result


def test_a_logout_revokes_the_refresh_token_then_the_access_token(rig: StandardRig) -> None:
    rig.login("work")
    assert logout(rig).revoked
    assert [each["token"] for each in rig.server.posts()[-2:]] == ["refresh-1", "access-1"]
    assert rig.call("status", "work").state is State.SIGNED_OUT


def test_an_access_token_of_another_login_than_the_refresh_token_is_not_revoked_with_it(rig: StandardRig) -> None:
    rig.login("work")
    rig.fakes.store.save("work", dict(rig.fakes.fields("work")) | {"access_token": "of another server"})

    assert logout(rig).revoked
    assert [each["token"] for each in rig.server.posts()[1:]] == ["refresh-1"]


def test_both_reasons_why_two_tokens_may_be_valid_are_told(rig: StandardRig) -> None:
    rig.login("work")
    rig.server.revokes = [
        json_response(400, {"error": "invalid_request"}),
        json_response(400, {"error": "temporarily_unavailable"}),
    ]
    result = logout(rig)
    assert [each["token"] for each in rig.server.posts()[-2:]] == ["refresh-1", "access-1"]
    first, second = result.reason.split("; ")
    assert "invalid_request" in first
    assert "temporarily_unavailable" in second


def test_a_login_over_another_one_revokes_nothing_and_says_that_the_earlier_one_may_live_on(rig: StandardRig) -> None:
    rig.login("work")
    before = len(rig.server.posts())

    rig.login("work", access_token="access-2", refresh_token="refresh-2")

    assert len(rig.server.posts()) == before + 1  # the code alone
    (problem,) = [problem for problem in rig.problems() if "earlier session" in problem]
    assert f"at {ISSUER} may live on: revoking its tokens could end the new one as well" in problem


@pytest.mark.parametrize("answer", [HttpResponse(503, {"retry-after": "9"}), TransportError("lost"), HttpResponse(400)])
def test_a_logout_that_cannot_revoke_says_so_and_removes_all_the_same(rig: StandardRig, answer: Any) -> None:
    rig.login("work")
    rig.server.revoke = answer
    result = logout(rig)
    assert not result.revoked
    assert result.reason


def test_a_logout_while_the_server_cannot_even_be_discovered_removes_all_the_same(rig: StandardRig) -> None:
    rig.login("work")
    rig.server.lost = True
    result = logout(rig)
    assert (result.revoked, result.reason) == (False, "no network")


def test_a_server_without_userinfo_cannot_be_asked_how_a_login_stands(rig: StandardRig) -> None:
    rig.login("work")
    assert rig.call("status", "work").state is State.LIVE
    assert rig.call("status", "work", check=True).state is State.UNVERIFIED


def test_sessions_are_promptvms_alone(rig: StandardRig) -> None:
    rig.login("work")
    with pytest.raises(ConfigurationError, match="sessions endpoint"):
        rig.call("sessions", "work")


def test_the_status_of_a_login_asks_nothing_unless_it_is_told_to(rig: StandardRig) -> None:
    rig.login("work")
    before = len(rig.server.requests)
    rig.server.lost = True
    plain = rig.make(issuer=None, client_id=None)
    assert rig.call("status", "work", client=plain).state is State.LIVE
    assert len(rig.server.requests) == before
    assert rig.call("status", "work", check=True, client=plain).state is State.UNVERIFIED


def test_a_logout_that_must_not_revoke_asks_nothing(rig: StandardRig) -> None:
    rig.login("work")
    before = len(rig.server.requests)
    assert rig.call("logout", "work", revoke=False, client=rig.make(issuer=None, client_id=None)).removed
    assert len(rig.server.requests) == before


def test_tokens_that_are_saved_by_hand_are_bound_as_well(rig: StandardRig) -> None:
    rig.call("save_tokens", "work", StoredTokens("access-1", "refresh-1"))
    assert rig.fakes.fields("work")["server"] == ISSUER
    assert rig.call("load_tokens", "work").refresh_token == Secret("refresh-1")
    rig.server.token = json_response(200, GRANT | {"access_token": "access-2"})
    assert rig.call("refresh", "work") == "access-2"


def test_a_login_elsewhere_in_the_middle_of_a_refresh_gets_nothing_sent_to_the_old_server(rig: StandardRig) -> None:
    """The profile is read, and then, before the lock is had, another process logs in to another server."""
    rig.login("work")
    rig.fakes.store.save("work", {**rig.fakes.fields("work"), "expires_at": "2001-01-01T00:00:00Z"})
    elsewhere = {**rig.fakes.fields("work"), "server": "https://other.test", "refresh_token": "of-other"}

    class Late(FakeLock):
        def hold(self, profile: str, *, timeout: float) -> Any:
            rig.fakes.store.save("work", elsewhere)
            return super().hold(profile, timeout=timeout)

    before = len(rig.server.posts())
    with pytest.raises(WrongServer):
        rig.call("refresh", "work", client=rig.make(lock=Late()))
    assert len(rig.server.posts()) == before


def test_a_login_to_another_server_replaces_all_of_the_first(rig: StandardRig) -> None:
    rig.login("work")
    other = Server("https://other.test")
    other.token = json_response(200, {"access_token": "access-2", "token_type": "Bearer"})
    client = rig.make(issuer="https://other.test", http=other)
    pending = rig.call("begin_login", "work", redirect_uri=REDIRECT, client=client)
    rig.finish(pending, client=client, iss="https://other.test")
    fields = rig.fakes.fields("work")
    assert (fields["server"], fields["access_token"]) == ("https://other.test", "access-2")
    assert "refresh_token" not in fields


def test_nobody_is_signed_in_to_a_profile_that_is_not_there(rig: StandardRig) -> None:
    with pytest.raises(NoTokensError):
        rig.call("access_token", "work")
    assert rig.server.requests == []


def test_a_store_that_fails_at_a_logout_is_reported_as_not_revoked(rig: StandardRig) -> None:
    rig.login("work")

    class Failing(MemoryStore):
        def load(self, profile: str) -> Any:
            raise StoreFailed("the disk is gone", store="memory")

    result = rig.call("logout", "work", client=rig.make(secrets=Failing()))
    assert not result.revoked
    assert "the disk is gone" in result.reason


def test_the_profile_of_a_standard_login_tells_when_its_token_expires(rig: StandardRig) -> None:
    rig.login("work")
    recorded = rig.fakes.profiles.load("work") or {}
    assert recorded["expires_at"] == format_time(rig.fakes.clock.now() + 3600)


def test_a_login_without_a_refresh_token_says_when_it_ends_and_what_some_servers_want(rig: StandardRig) -> None:
    rig.login("work", refresh_token=...)
    assert rig.problems() == [
        "the server issued no refresh token, so this login ends when its access token expires; some servers issue "
        "one for the scope offline_access with the prompt consent"
    ]


def test_a_login_with_an_unusable_refresh_token_says_so_and_whom_to_tell(rig: StandardRig) -> None:
    rig.login("work", refresh_token="r\u00e9fresh")
    assert rig.problems() == [
        "the server issued a refresh token that cannot be used (it is not ASCII text of at most 65,536 characters), so "
        "this login ends when its access token expires; tell the server's operator"
    ]


def test_a_login_with_a_refresh_token_has_no_problem(rig: StandardRig) -> None:
    rig.login("work")
    assert rig.problems() == []


def test_the_origins_that_a_login_trusts_are_recorded_one_after_the_other(rig: StandardRig) -> None:
    rig.client = rig.make(trusted_origins=["https://b.example.test", "https://a.example.test"])
    rig.login("work")
    recorded = rig.fakes.profiles.load("work") or {}
    assert recorded["trusted_origins"] == "https://a.example.test https://b.example.test"
