"""A standard server that does not know the client or the redirect URI: both are named, early and in the error."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve
from promptvm_oauth import AccessDenied, AuthorizationServer, LoginTimeout, OAuthError
from promptvm_oauth.ports.events import Event, ProblemNoticed
from promptvm_oauth.ports.timeouts import LOGIN_HINT
from promptvm_oauth.testing import ScriptedHttp, json_response
from promptvm_oauth.testing.browser import FakeBrowser

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpResponse

    from .conftest import Rig

ISSUER = "https://id.example.test"
SERVER = evolve(
    AuthorizationServer.standard(ISSUER, "me", token_endpoint=f"{ISSUER}/t"),
    authorization_endpoint=f"{ISSUER}/a",
    device_authorization_endpoint=f"{ISSUER}/d",
)


class Login:
    """A login at a standard server whose page does what `answer` says with the authorize URL."""

    def __init__(self, rig: "Rig", *answers: "HttpResponse") -> None:
        self.rig = rig
        self.events: list[Event] = []
        self.answer = ""
        self.visits = True
        http = ScriptedHttp(*answers)
        browser = FakeBrowser(self._visit, background=False)
        own: dict[str, Any] = {"server": SERVER, "base_url": None, "app_url": None, "http": http, "browser": browser}
        self.client = rig.make(on_event=self.events.append, **own)

    def run(self, **options: Any) -> Any:
        return self.rig.call("login", "work", client=self.client, **{"flow": "browser", **options})

    def hints(self) -> list[str]:
        return [event.problem for event in self.events if isinstance(event, ProblemNoticed)]

    def uri(self) -> str:
        return f"http://127.0.0.1:{next(iter(self.rig.callback.listeners), self.port)}/callback"

    def _visit(self, url: str) -> None:
        self.port = urlsplit(url).port or 0
        if self.visits:
            asked = parse_qs(urlsplit(self.rig.callback.follow(url) or "").query)
            if self.answer:
                self.rig.callback.deliver(f"{asked['redirect_uri'][0]}?{self.answer}&state={asked['state'][0]}")


def test_while_a_page_is_open_that_may_have_refused_the_login_both_are_named_once(rig: "Rig") -> None:
    login = Login(rig)
    with pytest.raises(LoginTimeout) as caught:
        login.run(timeout=90)

    check = f"check that {ISSUER} knows the client 'me' with the redirect URI {login.uri()}"
    assert login.hints() == [f"no answer yet; if the page refuses the sign-in, {check}"]
    assert str(caught.value) == (
        "the login was not finished in the browser in time; log in again, or use the device flow; "
        f"if the page refused it, {check}"
    )


def test_a_page_that_was_not_visited_refused_nothing(rig: "Rig") -> None:
    login = Login(rig)
    login.visits = False
    with pytest.raises(LoginTimeout):
        login.run(timeout=90)
    assert login.hints() == []


def test_a_short_wait_is_not_disturbed(rig: "Rig") -> None:
    login = Login(rig)
    with pytest.raises(LoginTimeout):
        login.run(timeout=LOGIN_HINT - 1)
    assert login.hints() == []


def test_promptvm_knows_its_own_client(rig: "Rig") -> None:
    rig.person = lambda _: ""
    with pytest.raises(LoginTimeout, match=r"device flow$"):
        rig.call("login", "work", flow="browser", timeout=90)
    assert not [event for event in rig.events if isinstance(event, ProblemNoticed)]


def test_a_redirect_that_refuses_the_client_names_it(rig: "Rig") -> None:
    login = Login(rig)
    login.answer = "error=unauthorized_client"
    with pytest.raises(OAuthError, match=r"knows the client 'me' with the redirect URI http://127.0.0.1:") as caught:
        login.run()
    assert caught.value.code == "unauthorized_client"
    assert "the client 'me'" in rig.callback.outcomes[0].detail


def test_a_denied_login_names_nothing_but_that(rig: "Rig") -> None:
    login = Login(rig)
    login.answer = "error=access_denied&error_description=no"
    with pytest.raises(AccessDenied) as caught:
        login.run()
    assert str(caught.value) == "the sign-in was denied (access_denied: no)"


def test_an_exchange_that_refuses_the_redirect_uri_names_it(rig: "Rig") -> None:
    refused = {"error": "invalid_grant", "error_description": "redirect_uri does not match"}
    login = Login(rig, json_response(400, refused))
    login.answer = "code=spent-code"
    with pytest.raises(OAuthError, match=r"does not match; check that .* with the redirect URI http://127.0.0.1:"):
        login.run()


def test_a_device_request_that_refuses_the_client_names_it(rig: "Rig") -> None:
    login = Login(rig, json_response(401, {"error": "invalid_client"}))
    with pytest.raises(OAuthError, match=f"invalid_client: check that {ISSUER} knows the client 'me'$"):
        login.run(flow="device")
