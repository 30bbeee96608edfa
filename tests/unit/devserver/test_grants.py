"""The token endpoint of the development server: codes, PKCE, refresh-token families."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from promptvm_oauth.devserver.auth_server import AuthServer
from promptvm_oauth.devserver.exchange import Reply, Request
from promptvm_oauth.devserver.settings import Settings, User

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT_URI = "http://127.0.0.1:4100/callback"
TOKEN = "/api/v1/auth/cli/token"


class Time:
    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


class Client:
    """A client of one server, with a hand on its clock."""

    def __init__(self, **settings: object) -> None:
        self.time = Time()
        self.settings = Settings()
        for name, value in settings.items():
            setattr(self.settings, name, value)
        self.server = AuthServer(self.time, settings=self.settings, app_url="https://app.test")

    def post(self, path: str, body: object, **headers: str) -> Reply:
        sent = {"content-type": "application/json", **headers}
        return self.server.handle(Request("POST", path, "", sent, json.dumps(body).encode()))

    def get(self, path: str, access_token: str) -> Reply:
        return self.server.handle(Request("GET", path, "", {"authorization": f"Bearer {access_token}"}))

    def code(self) -> str:
        query = urlencode(
            {
                "client_id": "promptvm-cli",
                "response_type": "code",
                "redirect_uri": REDIRECT_URI,
                "code_challenge": CHALLENGE,
                "code_challenge_method": "S256",
                "state": "st",
                "scope": "profile",
                "device_name": "laptop",
            }
        )
        redirected = self.server.approve(f"https://app.test/cli/authorize?{query}")
        return parse_qs(urlsplit(redirected).query)["code"][0]

    def exchange(self, code: str, **changes: str) -> Reply:
        body = {
            "grant_type": "authorization_code",
            "client_id": "promptvm-cli",
            "code": code,
            "code_verifier": VERIFIER,
            "redirect_uri": REDIRECT_URI,
        }
        return self.post(TOKEN, {**body, **changes})

    def refresh(self, refresh_token: str) -> Reply:
        body = {"grant_type": "refresh_token", "client_id": "promptvm-cli", "refresh_token": refresh_token}
        return self.post(TOKEN, body)

    def login(self) -> dict[str, str]:
        return dict(json.loads(self.exchange(self.code()).body))


def error(reply: Reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["error"]


def test_a_code_and_its_verifier_give_tokens_user_and_organization() -> None:
    client = Client()
    reply = client.exchange(client.code())
    tokens = json.loads(reply.body)
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert tokens["access_token"].startswith("pvm_at_")
    assert tokens["refresh_token"].startswith("pvm_rt_")
    assert (tokens["token_type"], tokens["scope"], tokens["expires_in"]) == ("Bearer", "profile", 3600)
    assert tokens["user"] == {"id": "usr_dev", "email": "ada@example.com", "name": "Ada Example", "image": None}
    assert tokens["organization"] == {"id": "org_dev", "name": "Example Organization", "slug": "example"}


def test_a_code_that_is_used_again_ends_the_session_that_it_gave() -> None:
    client = Client()
    code = client.code()
    tokens = json.loads(client.exchange(code).body)
    assert error(client.exchange(code)) == (400, "invalid_grant")
    assert client.get("/api/v1/me", tokens["access_token"]).status == 401
    assert error(client.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("verifier", ["w" * 43, CHALLENGE, "v" * 42, "v" * 129, "v" * 42 + " "])
def test_a_wrong_verifier_is_refused_and_spends_the_code(verifier: str) -> None:
    client = Client()
    code = client.code()
    assert error(client.exchange(code, code_verifier=verifier)) == (400, "invalid_grant")
    assert error(client.exchange(code)) == (400, "invalid_grant")
    assert client.server.live_sessions == ()


def test_another_redirect_uri_is_refused() -> None:
    client = Client()
    reply = client.exchange(client.code(), redirect_uri="http://127.0.0.1:4101/callback")
    assert error(reply) == (400, "invalid_grant")


def test_a_code_lives_as_long_as_the_settings_say() -> None:
    client = Client(code_lifetime=30)
    early, late = client.code(), client.code()
    client.time.seconds += 29
    assert client.exchange(early).status == 200
    client.time.seconds += 1
    assert error(client.exchange(late)) == (400, "invalid_grant")


def test_a_code_belongs_to_the_person_who_approved_it() -> None:
    client = Client()
    code = client.code()
    client.settings.user = User(id="usr_two", email="two@example.com")
    assert json.loads(client.exchange(code).body)["user"]["id"] == "usr_dev"
    assert json.loads(client.exchange(client.code()).body)["user"]["id"] == "usr_two"


def test_a_refresh_rotates_both_tokens_and_voids_the_old_access_token() -> None:
    client = Client()
    first = client.login()
    second = json.loads(client.refresh(first["refresh_token"]).body)
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert client.get("/api/v1/me", first["access_token"]).status == 401
    assert client.get("/api/v1/me", second["access_token"]).status == 200
    assert client.server.answered_refreshes == 1


def test_the_reuse_of_a_rotated_refresh_token_revokes_the_whole_family() -> None:
    client = Client()
    first = client.login()
    other = client.login()
    second = json.loads(client.refresh(first["refresh_token"]).body)
    assert error(client.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert error(client.refresh(second["refresh_token"])) == (400, "invalid_grant")
    assert client.get("/api/v1/me", second["access_token"]).status == 401
    assert client.get("/api/v1/me", other["access_token"]).status == 200
    assert len(client.server.revoked_families) == 1


def test_without_reuse_detection_the_family_lives_on() -> None:
    client = Client(reuse_detection=False)
    first = client.login()
    second = json.loads(client.refresh(first["refresh_token"]).body)
    assert error(client.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert client.refresh(second["refresh_token"]).status == 200
    assert client.server.revoked_families == ()


def test_without_rotation_the_refresh_token_stays_the_same() -> None:
    client = Client(rotation=False)
    first = client.login()
    second = json.loads(client.refresh(first["refresh_token"]).body)
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert client.refresh(first["refresh_token"]).status == 200


def test_a_refresh_that_omits_the_refresh_token_leaves_the_old_one_in_force() -> None:
    client = Client()
    first = client.login()
    client.settings.omit_refresh_token = True
    assert "refresh_token" not in json.loads(client.refresh(first["refresh_token"]).body)
    assert client.refresh(first["refresh_token"]).status == 200


def test_a_login_can_be_given_no_refresh_token_and_no_lifetime() -> None:
    client = Client(omit_refresh_token=True, omit_expires_in=True)
    tokens = client.login()
    assert not {"refresh_token", "expires_in"} & tokens.keys()


def test_an_access_token_lives_as_long_as_the_settings_say() -> None:
    client = Client(access_token_lifetime=10)
    tokens = client.login()
    client.time.seconds += 9.5
    assert client.get("/api/v1/me", tokens["access_token"]).status == 200
    client.time.seconds += 0.5
    assert client.get("/api/v1/me", tokens["access_token"]).status == 401
    assert client.refresh(tokens["refresh_token"]).status == 200


def test_a_refresh_token_expires_with_its_session() -> None:
    client = Client(refresh_token_lifetime=100)
    tokens = client.login()
    client.time.seconds += 100
    assert error(client.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert client.server.live_sessions == ()


def test_another_client_is_refused() -> None:
    client = Client()
    assert error(client.exchange(client.code(), client_id="other")) == (401, "invalid_client")


def test_a_grant_type_must_be_there_and_be_known() -> None:
    client = Client()
    assert error(client.post(TOKEN, {"client_id": "promptvm-cli"})) == (400, "invalid_request")
    assert error(client.post(TOKEN, {"grant_type": "password"})) == (400, "unsupported_grant_type")
    device = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    assert error(client.post(TOKEN, device)) == (400, "unsupported_grant_type")


def test_tokens_cannot_be_guessed_from_one_another() -> None:
    client = Client()
    tokens = {client.login()[name] for _ in range(5) for name in ("access_token", "refresh_token")}
    assert len(tokens) == 10
    assert all(len(token) == len("pvm_at_") + 43 for token in tokens)


def test_the_web_app_gets_a_code_through_its_own_endpoint() -> None:
    client = Client(code_lifetime=42)
    body = {
        "client_id": "promptvm-cli",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "redirect_uri": REDIRECT_URI,
    }
    answer = json.loads(client.post("/api/v1/auth/cli/authorize", body).body)
    assert answer["expires_in"] == 42
    assert client.exchange(answer["code"]).status == 200
    plain = {**body, "code_challenge_method": "plain"}
    assert error(client.post("/api/v1/auth/cli/authorize", plain)) == (400, "invalid_request")
    elsewhere = {**body, "redirect_uri": "https://evil.test/callback"}
    assert error(client.post("/api/v1/auth/cli/authorize", elsewhere)) == (400, "invalid_request")


def test_a_session_shows_no_token() -> None:
    client = Client()
    tokens = client.login()
    shown = repr(client.server.live_sessions)
    assert "ses_" in shown
    assert tokens["access_token"] not in shown
    assert tokens["refresh_token"] not in shown


def test_a_setting_that_makes_no_sense_is_refused() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="access_token_lifetime"):
        settings.access_token_lifetime = -1
    with pytest.raises(ValueError, match="latency"):
        settings.latency = float("inf")
    with pytest.raises(ValueError, match="device_interval"):
        settings.device_interval = float("nan")
