"""The device endpoints of the development server (RFC 8628)."""

import json

import pytest
from promptvm_oauth.devserver.auth_server import AuthServer
from promptvm_oauth.devserver.exchange import Reply, Request
from promptvm_oauth.devserver.settings import Settings


class Time:
    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


class Device:
    """A device that was issued a code."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.time = Time()
        self.server = AuthServer(self.time, settings=settings, app_url="https://app.test")
        reply = self.post("device/code", {"client_id": "promptvm-cli", "device_name": "tv"})
        self.issued = json.loads(reply.body)
        self.user_code: str = self.issued["user_code"]

    def post(self, path: str, body: object) -> Reply:
        headers = {"content-type": "application/json", "user-agent": "tv/1"}
        return self.server.handle(Request("POST", f"/api/v1/auth/{path}", "", headers, json.dumps(body).encode()))

    def poll(self, *, after: float = 0) -> str:
        self.time.seconds += after
        grant_type = "urn:ietf:params:oauth:grant-type:device_code"
        body = {"grant_type": grant_type, "client_id": "promptvm-cli", "device_code": self.issued["device_code"]}
        answer = json.loads(self.post("device/token", body).body)
        return str(answer.get("error", "tokens"))

    def answer(self, action: str, user_code: str) -> tuple[int, dict[str, str]]:
        reply = self.post("device/authorize", {"user_code": user_code, "action": action})
        return reply.status, json.loads(reply.body)


def test_a_device_is_given_what_it_shows_and_how_to_poll() -> None:
    issued = Device(Settings(device_code_lifetime=300, device_interval=2)).issued
    assert issued["verification_uri"] == "https://app.test/cli/device"
    assert issued["verification_uri_complete"] == f"https://app.test/cli/device?user_code={issued['user_code']}"
    assert (issued["expires_in"], issued["interval"]) == (300, 2)
    assert len(issued["user_code"]) == 9


def test_polls_are_pending_until_the_person_approves_and_then_give_tokens() -> None:
    device = Device()
    assert device.poll() == "authorization_pending"
    device.server.approve_device(device.user_code)
    assert device.poll(after=5) == "tokens"
    (session,) = device.server.live_sessions
    assert (session.approval.device_name, session.user_agent) == ("tv", "tv/1")


def test_a_denied_device_is_told_so() -> None:
    device = Device()
    device.server.deny_device(device.user_code)
    assert device.poll() == "access_denied"
    assert device.poll(after=5) == "access_denied"
    assert device.server.live_sessions == ()


def test_polling_too_fast_is_slowed_down_and_the_interval_grows_by_five_seconds_each_time() -> None:
    device = Device()
    assert device.poll() == "authorization_pending"
    assert device.poll(after=4) == "slow_down"
    assert device.poll(after=9) == "slow_down"
    assert device.poll(after=14) == "slow_down"
    assert device.poll(after=20) == "authorization_pending"


def test_a_network_that_brings_polls_a_little_closer_together_does_no_harm() -> None:
    device = Device()
    assert device.poll() == "authorization_pending"
    assert device.poll(after=4.8) == "authorization_pending"


def test_ordered_slow_downs_come_first_even_if_the_person_has_approved() -> None:
    device = Device(Settings(slow_downs=2))
    device.server.approve_device(device.user_code)
    assert device.poll(after=5) == "slow_down"
    assert device.poll(after=10) == "slow_down"
    assert device.poll(after=15) == "tokens"


def test_an_expired_code_says_so_and_can_no_longer_be_approved() -> None:
    device = Device(Settings(device_code_lifetime=20))
    assert device.poll(after=20) == "expired_token"
    with pytest.raises(ValueError, match="expired"):
        device.server.approve_device(device.user_code)


def test_a_poll_after_the_tokens_were_given_ends_their_session() -> None:
    device = Device()
    device.server.approve_device(device.user_code)
    assert device.poll() == "tokens"
    assert device.poll(after=5) == "invalid_grant"
    assert device.server.live_sessions == ()


def test_an_unknown_device_code_is_an_invalid_grant() -> None:
    device = Device()
    device.issued["device_code"] = "unknown"
    assert device.poll() == "invalid_grant"


def test_the_web_app_answers_in_the_persons_name_once() -> None:
    device = Device()
    assert device.answer("approve", device.user_code) == (200, {"status": "authorized"})
    status, problem = device.answer("deny", device.user_code)
    assert (status, problem["error"]) == (400, "invalid_grant")
    assert device.poll() == "tokens"


def test_the_web_app_can_deny() -> None:
    device = Device()
    assert device.answer("deny", device.user_code) == (200, {"status": "denied"})
    assert device.poll() == "access_denied"


def test_a_user_code_may_be_typed_in_small_letters_and_without_its_dash() -> None:
    device = Device()
    assert device.answer("approve", f" {device.user_code.lower().replace('-', ' ')} ")[0] == 200


@pytest.mark.parametrize("action", ["", "APPROVE", "maybe"])
def test_another_action_is_refused(action: str) -> None:
    device = Device()
    status, problem = device.answer(action, device.user_code)
    assert (status, problem["error"]) == (400, "invalid_request")
    assert device.poll() == "authorization_pending"


def test_no_device_waits_under_an_unknown_user_code() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Device().server.approve_device("BBBB-BBBB")


def test_a_scope_in_the_device_request_is_refused() -> None:
    reply = Device().post("device/code", {"client_id": "promptvm-cli", "scope": "profile"})
    assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_request")


def test_a_device_name_may_be_left_out_but_not_be_endless() -> None:
    device = Device()
    assert device.post("device/code", {"client_id": "promptvm-cli"}).status == 200
    assert device.post("device/code", {"client_id": "promptvm-cli", "device_name": "x" * 201}).status == 400
