"""The test kit: PromptVM on fakes, for clients of both colours."""

import asyncio
from typing import Any

import pytest
from promptvm_oauth import (
    AccessDenied,
    AsyncOAuthClient,
    BrowserError,
    DeviceCodeExpired,
    LoginTimeout,
    OAuthClient,
    PendingLogin,
    RefreshRejected,
)
from promptvm_oauth.ports.events import DeviceCodeIssued, Event
from promptvm_oauth.testing import FakeBrowser, FakeClock, FakePromptVM, ForbiddenBrowser, MemoryStore

COLOURS = pytest.mark.parametrize("face", [OAuthClient, AsyncOAuthClient])
FLOWS = pytest.mark.parametrize("flow", ["browser", "device"])

Face = type[OAuthClient] | type[AsyncOAuthClient]


def call(face: Face, promptvm: FakePromptVM, method: str, *args: Any, **kwargs: Any) -> Any:
    """Call a method of a new client and wait for its end."""
    returned = getattr(face(**promptvm.ports()), method)(*args, **kwargs)
    return returned if face is OAuthClient else asyncio.run(returned)


@COLOURS
@FLOWS
def test_the_person_approves_without_being_told(face: Face, flow: str) -> None:
    promptvm = FakePromptVM()

    assert call(face, promptvm, "login", flow=flow).user.email == "ada@example.com"
    assert promptvm.fields()["access_token"] == call(face, promptvm, "access_token")
    assert promptvm.heard()[-1] == "LoggedIn"


@COLOURS
@FLOWS
def test_the_person_can_deny_and_change_their_mind(face: Face, flow: str) -> None:
    promptvm = FakePromptVM()
    promptvm.deny()

    with pytest.raises(AccessDenied):
        call(face, promptvm, "login", flow=flow)
    promptvm.approve()

    assert call(face, promptvm, "login", flow=flow).flow == flow


@COLOURS
@pytest.mark.parametrize(("flow", "error"), [("browser", LoginTimeout), ("device", DeviceCodeExpired)])
def test_a_person_who_ignores_the_login_lets_it_run_out_of_time_at_once(
    face: Face, flow: str, error: type[Exception]
) -> None:
    promptvm = FakePromptVM()
    promptvm.ignore()
    before = promptvm.clock.now()

    with pytest.raises(error):
        call(face, promptvm, "login", flow=flow, timeout=300)

    assert 290 <= promptvm.clock.now() - before <= 300.1


@COLOURS
def test_the_person_opens_the_page_by_hand_where_no_browser_was_opened(face: Face) -> None:
    promptvm = FakePromptVM()

    assert call(face, promptvm, "login", flow="browser", open_browser=False).flow == "browser"
    assert promptvm.browser.opened == []


@COLOURS
def test_a_browser_that_cannot_be_opened_is_made_up_for_as_well(face: Face) -> None:
    def broken(url: str) -> None:
        raise BrowserError("no browser was found")

    promptvm = FakePromptVM()
    promptvm.browser = FakeBrowser(broken, background=False)

    assert call(face, promptvm, "login", flow="browser").flow == "browser"
    assert "BrowserNotOpened" in promptvm.heard()


def test_the_person_of_a_web_front_end_is_led_back_to_its_redirect_uri() -> None:
    promptvm = FakePromptVM()
    client = OAuthClient(**promptvm.ports())
    pending = client.begin_login(redirect_uri="http://127.0.0.1:8000/callback")
    came_back_on = promptvm.visit(pending.authorize_url)

    assert came_back_on.startswith("http://127.0.0.1:8000/callback?")
    assert client.finish_login(PendingLogin.from_json(pending.to_json()), came_back_on).user is not None


def test_a_listener_is_heard_beside_the_person_and_before_them() -> None:
    promptvm = FakePromptVM()
    heard: list[tuple[str, int]] = []

    def listener(event: Event) -> None:
        heard.append((type(event).__name__, len(promptvm.events)))

    OAuthClient(**promptvm.ports(on_event=listener)).login(flow="device")

    assert heard == [("LoginPlanned", 0), ("DeviceCodeIssued", 1), ("Waiting", 2), ("LoggedIn", 3)]


def test_a_listener_that_raises_does_not_keep_the_person_from_the_code() -> None:
    promptvm = FakePromptVM()

    def broken(event: Event) -> None:
        raise RuntimeError

    assert OAuthClient(**promptvm.ports(on_event=broken)).login(flow="device").flow == "device"


def test_a_port_that_is_given_replaces_the_kits() -> None:
    promptvm = FakePromptVM()
    store = MemoryStore()

    OAuthClient(**promptvm.ports(secrets=store, browser=ForbiddenBrowser())).login(flow="device")

    assert store.load("default")
    assert not promptvm.fields()


def test_clock_and_store_can_be_given() -> None:
    clock, store = FakeClock(2_000_000_000.0), MemoryStore()
    promptvm = FakePromptVM(clock=clock, store=store)

    result = OAuthClient(**promptvm.ports()).login(flow="browser")

    assert result.expires_at is not None
    assert result.expires_at.timestamp() == 2_000_003_600.0
    assert store.load("default") == promptvm.fields()


@COLOURS
def test_a_session_that_was_ended_at_the_server_cannot_be_renewed(face: Face) -> None:
    promptvm = FakePromptVM()
    call(face, promptvm, "login", flow="browser")
    promptvm.end_sessions()

    with pytest.raises(RefreshRejected):
        call(face, promptvm, "refresh")


def test_two_clients_that_share_it_renew_an_expired_token_once() -> None:
    promptvm = FakePromptVM()
    OAuthClient(**promptvm.ports()).login(flow="browser")
    promptvm.clock.advance(3600)

    async def together() -> list[str]:
        clients = [AsyncOAuthClient(**promptvm.ports()) for _ in range(4)]
        return await asyncio.gather(*(client.access_token() for client in clients))

    assert len(set(asyncio.run(together()))) == 1
    assert promptvm.server.count("token", grant_type="refresh_token") == 1


def test_an_own_way_to_act_can_be_given_to_the_person() -> None:
    promptvm = FakePromptVM()
    codes: list[str] = []

    def slowly(user_code: str) -> None:
        promptvm.clock.advance(60)
        codes.append(user_code)
        promptvm.server.approve_device(user_code)

    promptvm.on_code = slowly
    OAuthClient(**promptvm.ports()).login(flow="device")

    (issued,) = (event for event in promptvm.events if isinstance(event, DeviceCodeIssued))
    assert codes == [issued.user_code]
