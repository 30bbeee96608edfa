"""What an access token opens on the development server (RFC 6750)."""

import json
from urllib.parse import quote
from uuid import UUID

import pytest
from promptvm_oauth.devserver.auth_server import AuthServer
from promptvm_oauth.devserver.exchange import Reply, Request
from promptvm_oauth.devserver.settings import User

NOW = 1_700_000_000.5


def login(server: AuthServer, device_name: str = "laptop") -> str:
    headers = {"content-type": "application/json", "user-agent": "tests/1"}

    def post(path: str, body: dict[str, str]) -> dict[str, str]:
        sent = json.dumps({"client_id": "promptvm-cli", **body}).encode()
        return dict(json.loads(server.handle(Request("POST", f"/api/v1/auth/device/{path}", "", headers, sent)).body))

    device = post("code", {"device_name": device_name})
    server.approve_device(device["user_code"])
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    return post("token", {"grant_type": grant_type, "device_code": device["device_code"]})["access_token"]


def ask(server: AuthServer, path: str, access_token: str, method: str = "GET") -> Reply:
    return server.handle(Request(method, f"/api/v1/{path}", "", {"authorization": f"Bearer {access_token}"}))


def test_the_person_is_described() -> None:
    server = AuthServer()
    answer = json.loads(ask(server, "me", login(server)).body)
    assert str(UUID(answer["defaultWorkspaceId"])) == answer["defaultWorkspaceId"]
    assert answer["user"]["email"] == "ada@example.com"
    assert answer["organization"]["id"] == "org_dev"


def test_the_protected_resource_opens_to_a_token_in_any_case_of_the_scheme() -> None:
    server = AuthServer()
    token = login(server)
    for scheme in ("Bearer", "bearer", "BEARER"):
        request = Request("GET", "/api/v1/protected", "", {"authorization": f"{scheme} {token}"})
        assert server.handle(request).status == 200


@pytest.mark.parametrize("path", ["me", "protected", "auth/cli/sessions"])
def test_a_token_that_does_not_work_is_an_invalid_token(path: str) -> None:
    reply = ask(AuthServer(), path, "pvm_at_unknown")
    assert reply.status == 401
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    assert json.loads(reply.body)["error"] == "invalid_token"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic abc"}, {"authorization": ""}])
def test_a_request_without_a_token_is_told_no_error_code(headers: dict[str, str]) -> None:
    reply = AuthServer().handle(Request("GET", "/api/v1/protected", "", headers))
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "error" not in reply.headers["WWW-Authenticate"]


def test_sessions_are_listed_as_a_bare_array_with_a_prefix_of_the_token() -> None:
    server = AuthServer(lambda: NOW)
    token = login(server)
    (listed,) = json.loads(ask(server, "auth/cli/sessions", token).body)
    assert listed.pop("id").startswith("ses_")
    assert listed == {
        "deviceName": "laptop",
        "accessTokenPrefix": token[:12],
        "environment": "live",
        "createdAt": "2023-11-14T22:13:20.500Z",
        "lastUsedAt": "2023-11-14T22:13:20.500Z",
        "expiresAt": "2023-12-14T22:13:20.500Z",
        "createdFromUserAgent": "tests/1",
    }


def test_a_revoked_session_is_no_longer_listed_and_its_token_is_dead() -> None:
    server = AuthServer()
    mine, other = login(server), login(server, "old laptop")
    listed = {s["accessTokenPrefix"]: s["id"] for s in json.loads(ask(server, "auth/cli/sessions", mine).body)}
    path = f"auth/cli/sessions/{quote(listed[other[:12]], safe='')}"
    assert ask(server, path, mine, "DELETE").status == 204
    assert ask(server, "me", other).status == 401
    assert len(json.loads(ask(server, "auth/cli/sessions", mine).body)) == 1
    assert ask(server, path, mine, "DELETE").status == 404


def test_nobody_sees_or_revokes_the_sessions_of_somebody_else() -> None:
    server = AuthServer()
    first = login(server)
    (session,) = server.live_sessions
    server.settings.user = User(id="usr_two")
    second = login(server)
    assert len(json.loads(ask(server, "auth/cli/sessions", second).body)) == 1
    assert ask(server, f"auth/cli/sessions/{session.id}", second, "DELETE").status == 404
    assert ask(server, "me", first).status == 200


def test_revoking_needs_a_token() -> None:
    server = AuthServer()
    login(server)
    (session,) = server.live_sessions
    assert server.handle(Request("DELETE", f"/api/v1/auth/cli/sessions/{session.id}")).status == 401
    assert server.live_sessions == (session,)


def test_a_session_can_be_ended_behind_the_clients_back() -> None:
    server = AuthServer()
    token = login(server)
    server.end_session(server.live_sessions[0].id)
    assert ask(server, "me", token).status == 401


def test_a_request_leaves_its_time_in_the_session() -> None:
    times = [NOW]
    server = AuthServer(lambda: times[-1])
    token = login(server)
    times.append(NOW + 60)
    ask(server, "me", token)
    assert server.live_sessions[0].last_used_at == NOW + 60
