from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from promptvm_oauth import AccessDenied, InvalidProfileName, LoginTimeout, OAuthError, TokensNotSaved, TransportError
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.devserver.faults import Answer, Drop
from promptvm_oauth.domain.binding import BINDING_FIELDS
from promptvm_oauth.ports.errors import BrowserError, StoreFailed
from promptvm_oauth.ports.events import BrowserNotOpened
from promptvm_oauth.testing.browser import ForbiddenBrowser

if TYPE_CHECKING:
    from .conftest import Rig


def test_a_browser_login_stores_the_tokens_and_makes_its_profile_the_active_one(rig: "Rig") -> None:
    result = rig.call("login", "work", flow="browser")

    assert (result.profile, result.flow, result.store, result.renewable) == ("work", "browser", "memory", True)
    assert result.user.email == "ada@example.com"
    assert result.organization.id == "org_dev"
    assert set(rig.fields("work")) == {"access_token", "refresh_token", "expires_at"} | BINDING_FIELDS - {
        "bound_client",
        "bound_over",
    }
    assert rig.profiles.active() == "work"
    assert dict(rig.profiles.load("work") or {}) == {
        "name": "work",
        "base_url": "https://api.promptvm.test",
        "environment": "live",
        "organization": "org_dev",
        "auth_type": "oauth",
        "token_ref": "promptvm-cli:work",
        "expires_at": rig.fields("work")["expires_at"],
        "user_id": "usr_dev",
        "user_email": "ada@example.com",
    }
    assert rig.heard() == ["LoginPlanned", "BrowserOpened", "Waiting", "LoggedIn"]


def test_the_browser_opens_a_short_local_url_and_not_the_authorize_url(rig: "Rig") -> None:
    rig.call("login", flow="browser")

    (opened,) = rig.browser.opened
    assert urlsplit(opened).hostname == "127.0.0.1"
    assert "state" not in opened


def test_the_authorize_url_asks_with_pkce_state_and_a_device_name(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTVM_DEVICE_NAME", "Ada's laptop & more")
    urls: list[str] = []

    def person(url: str) -> str:
        urls.append(url)
        return rig.server.approve(url)

    rig.person = person
    rig.call("login", flow="browser")

    query = parse_qs(urlsplit(urls[0]).query, strict_parsing=True)
    assert urls[0].startswith("https://app.promptvm.test/cli/authorize?")
    assert query["code_challenge_method"] == ["S256"]
    assert query["device_name"] == ["Ada's laptop & more"]
    assert query["client_id"] == ["promptvm-cli"]
    assert len(query["state"][0]) == len(query["code_challenge"][0]) == 43


def test_the_browser_hears_of_success_after_the_tokens_are_stored(rig: "Rig") -> None:
    rig.call("login", flow="browser")

    assert [outcome.succeeded for outcome in rig.callback.outcomes] == [True]
    assert rig.callback.listeners == {}


def test_a_person_who_denies_ends_the_login_and_nothing_is_stored(rig: "Rig") -> None:
    rig.person = rig.server.deny

    with pytest.raises(AccessDenied):
        rig.call("login", flow="browser")

    assert not rig.fields()
    assert [outcome.succeeded for outcome in rig.callback.outcomes] == [False]
    assert rig.callback.listeners == {}


def test_a_wrong_state_is_survived_and_the_real_callback_still_lands(rig: "Rig") -> None:
    def person(url: str) -> str:
        redirect = rig.server.approve(url)
        assert not rig.callback.deliver(redirect.replace("state=", "state=x"))
        assert not rig.callback.deliver(redirect.partition("?")[0])
        return redirect

    rig.person = person

    assert rig.call("login", flow="browser").flow == "browser"


def test_an_error_with_a_wrong_state_is_ignored(rig: "Rig") -> None:
    def person(url: str) -> str:
        redirect = rig.server.approve(url)
        assert not rig.callback.deliver(redirect.partition("?")[0] + "?error=access_denied&state=guessed")
        return redirect

    rig.person = person

    assert rig.call("login", flow="browser").user.id == "usr_dev"


def test_an_issuer_that_nobody_advertised_changes_nothing_and_a_repeated_one_is_refused(rig: "Rig") -> None:
    def person(url: str) -> str:
        redirect = rig.server.approve(url)
        assert not rig.callback.deliver(f"{redirect}&iss=https://a.test&iss=https://b.test")
        return f"{redirect}&iss=https://a.test"

    rig.person = person

    assert rig.call("login", flow="browser").user.id == "usr_dev"


def test_a_failed_exchange_is_told_to_the_browser(rig: "Rig") -> None:
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant", "error_description": "no such code"}))

    with pytest.raises(OAuthError, match="no such code"):
        rig.call("login", flow="browser")

    (outcome,) = rig.callback.outcomes
    assert not outcome.succeeded
    assert "no such code" in outcome.detail


def test_an_exchange_whose_answer_is_lost_is_never_sent_twice(rig: "Rig") -> None:
    rig.server.queue_fault("token", Drop(acted=True))

    with pytest.raises(TransportError):
        rig.call("login", flow="browser")

    assert rig.server.count("token") == 1
    assert not rig.fields()


def test_nobody_comes_back_in_time(rig: "Rig") -> None:
    rig.person = lambda _: ""

    with pytest.raises(LoginTimeout):
        rig.call("login", flow="browser", timeout=120)

    assert rig.callback.listeners == {}
    assert not rig.fields()


def test_a_browser_that_cannot_be_opened_leaves_the_url_to_the_person(rig: "Rig") -> None:
    def listener(event: object) -> None:
        if isinstance(event, BrowserNotOpened):
            rig.callback.deliver(rig.server.approve(rig.callback.follow(event.url) or ""))

    client = rig.make(browser=ForbiddenBrowser(), on_event=listener)

    assert rig.call("login", client=client, flow="browser", open_browser=False).flow == "browser"


def test_without_an_opener_the_login_goes_on_and_the_reason_is_told(rig: "Rig") -> None:
    class NoBrowser:
        async def open(self, url: str) -> None:
            raise BrowserError("no browser was found")

    assert rig.call("login", client=rig.make(browser=NoBrowser()), flow="browser").flow == "browser"
    (event,) = [event for event in rig.events if isinstance(event, BrowserNotOpened)]
    assert event.reason == "no browser was found"


def test_the_profile_name_is_checked_before_anything_is_asked_of_a_server(rig: "Rig") -> None:
    for name in ("../../x", "..", "a/b", "a\0b", "", "x" * 300, "a b"):
        with pytest.raises(InvalidProfileName):
            rig.call("login", name, flow="browser")

    assert rig.server.log == ()
    assert rig.browser.opened == []


def test_tokens_that_cannot_be_stored_are_carried_by_the_error(rig: "Rig") -> None:
    class FullStore:
        name = "full"

        def load(self, profile: str) -> None:
            return None

        def save(self, profile: str, fields: object) -> None:
            raise StoreFailed("no space left on the device", store="full")

        def delete(self, profile: str) -> None:
            return None

    client = rig.make(secrets=FullStore(), lock=_no_lock())
    with pytest.raises(TokensNotSaved, match="no space left") as caught:
        rig.call("login", client=client, flow="browser")

    assert caught.value.tokens.access_token.reveal().startswith("pvm_at_")
    assert "pvm_at_" not in str(caught.value) + repr(caught.value)
    assert [outcome.succeeded for outcome in rig.callback.outcomes] == [False]


def test_a_listener_that_raises_ends_nothing(rig: "Rig", caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: object) -> None:
        raise RuntimeError("the front end is broken")

    assert rig.call("login", client=rig.make(on_event=broken), flow="browser").flow == "browser"
    assert "listener_failed" in caplog.text
    assert "the front end is broken" not in caplog.text


def test_a_login_of_another_person_removes_the_tokens_of_the_first_before_it_stores_its_own(rig: "Rig") -> None:
    from promptvm_oauth.devserver.settings import User

    rig.call("login", flow="browser")
    rig.store.save("default", {**rig.fields(), "kept": "by the first person"})
    rig.server.settings.user = User("usr_other", "eve@example.com")

    rig.call("login", flow="browser")

    assert "kept" not in rig.fields()
    assert (rig.profiles.load("default") or {})["user_id"] == "usr_other"


def _no_lock() -> object:
    from contextlib import AbstractAsyncContextManager, nullcontext

    class NoLock:
        def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
            return nullcontext()

    return NoLock()


@pytest.mark.parametrize("error", [KeyError("user_id"), KeyboardInterrupt()])
def test_the_browser_never_hears_of_success_when_the_login_crashes_before_it_is_stored(
    rig: "Rig", error: BaseException
) -> None:
    class Broken(MemoryProfiles):
        def save(self, name: str, fields: object) -> None:
            raise error

    expected = TokensNotSaved if isinstance(error, Exception) else KeyboardInterrupt
    with pytest.raises(expected):
        rig.call("login", flow="browser", client=rig.make(profiles=Broken()))
    (outcome,) = rig.callback.outcomes
    assert not outcome.succeeded
    assert outcome.detail
