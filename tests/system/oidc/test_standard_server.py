"""Both flows and all that follows a login, against a certified server, in both colours."""

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from promptvm_oauth import (
    AccessDenied,
    AuthorizationServer,
    InvalidMetadata,
    OAuthError,
    RefreshRejected,
    State,
    WrongIssuer,
    WrongServer,
)
from promptvm_oauth.adapters.http.async_http import AsyncHttp
from promptvm_oauth.adapters.http.blocking_http import BlockingHttp
from promptvm_oauth.ports.events import ProblemNoticed
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.browser import ForbiddenBrowser

if TYPE_CHECKING:
    from .conftest import Rig, StandardServer


def tokens(rig: "Rig") -> Any:
    return rig.call("load_tokens")


@pytest.mark.parametrize("flow", ["browser", "device"])
def test_a_login_brings_tokens_that_the_server_knows(rig: "Rig", flow: str) -> None:
    result = rig.login(flow)
    assert (result.flow, result.renewable, result.scope) == (flow, True, "openid offline_access api:read")
    assert rig.server.is_alive(rig.call("access_token"))
    assert rig.call("status", check=True).state is State.LIVE


@pytest.mark.parametrize("flow", ["browser", "device"])
def test_a_logout_revokes_both_tokens(rig: "Rig", flow: str) -> None:
    rig.login(flow)
    held = tokens(rig)
    result = rig.call("logout")
    assert (result.removed, result.revoked, result.reason) == (True, True, "")
    assert not rig.server.is_alive(held.access_token.reveal())
    assert not rig.server.is_alive(held.refresh_token.reveal())
    assert rig.call("status").state is State.SIGNED_OUT


def test_a_logout_that_must_not_revoke_leaves_the_tokens_alive(rig: "Rig") -> None:
    rig.login()
    held = tokens(rig)
    assert rig.call("logout", revoke=False).revoked is False
    assert rig.server.is_alive(held.access_token.reveal())


def test_a_refresh_rotates_the_refresh_token(rig: "Rig") -> None:
    rig.login()
    before = tokens(rig)
    renewed = rig.call("refresh")
    after = tokens(rig)
    assert renewed == after.access_token.reveal() != before.access_token.reveal()
    assert after.refresh_token != before.refresh_token
    assert rig.server.is_alive(renewed)


def test_a_reused_refresh_token_ends_the_login(rig: "Rig") -> None:
    rig.login()
    old = tokens(rig).refresh_token
    rig.call("refresh")
    with pytest.raises(RefreshRejected):
        rig.call("refresh_token", old)
    with pytest.raises(RefreshRejected) as error:
        rig.call("refresh")
    assert error.value.needs_login


@pytest.mark.parametrize("flow", ["browser", "device"])
def test_a_person_who_refuses_is_told_apart(rig: "Rig", flow: str) -> None:
    person = type(rig.person)(agrees=False)
    rig.person = person
    client = rig.make()
    with pytest.raises(AccessDenied):
        rig.call("login", flow=flow, timeout=15, client=client)


def test_a_login_without_a_refresh_token_is_warned_about(rig: "Rig") -> None:
    result = rig.call("login", flow="browser", timeout=15, client=rig.make(scope="openid"))
    assert not result.renewable
    problems = [event.problem for event in rig.events if isinstance(event, ProblemNoticed)]
    assert any("issued no refresh token" in problem for problem in problems)


@pytest.mark.parametrize(("client_id", "secret"), [("with space", "a secret:+%/"), ("post", "another secret&=")])
def test_a_client_with_a_secret_logs_in_refreshes_and_logs_out(rig: "Rig", client_id: str, secret: str) -> None:
    method = "client_secret_basic" if client_id == "with space" else "client_secret_post"
    discovered = rig.call("discover", client=rig.make(client_id=client_id, client_secret=secret))
    server = AuthorizationServer.standard(
        rig.server.issuer,
        client_id,
        client_secret=secret,
        client_auth=method,
        scope="openid offline_access",
        iss_promised=True,
        authorization_endpoint=discovered.authorization_endpoint,
        token_endpoint=discovered.token_endpoint,
        revocation_endpoint=discovered.revocation_endpoint,
    )
    client = rig.make(issuer=None, client_id=None, scope=None, server=server)
    rig.call("login", flow="browser", timeout=15, prompt="consent", client=client)
    assert rig.server.is_alive(rig.call("refresh", client=client))
    assert rig.call("logout", client=client).revoked


def test_a_wrong_client_secret_is_told_as_the_server_puts_it(rig: "Rig") -> None:
    with pytest.raises(OAuthError) as error:
        rig.call("login", flow="browser", timeout=15, client=rig.make(client_id="with space", client_secret="wrong"))
    assert error.value.code == "invalid_client"


def test_a_client_that_nobody_knows_is_an_error_and_not_a_wait(rig: "Rig") -> None:
    with pytest.raises(OAuthError) as error:
        rig.call("login", flow="device", timeout=15, client=rig.make(client_id="nobody"))
    assert error.value.code == "invalid_client"


def test_discovery_finds_every_endpoint_and_the_promise_of_iss(rig: "Rig") -> None:
    found = rig.call("discover")
    assert found.issuer == rig.server.issuer
    assert found.iss_promised
    assert None not in {found.token_endpoint, found.device_authorization_endpoint, found.revocation_endpoint}


def test_another_way_to_write_the_issuer_is_refused_and_both_are_named(rig: "Rig") -> None:
    other = rig.server.issuer.replace("127.0.0.1", "localhost")
    with pytest.raises(InvalidMetadata, match=r"localhost.*(127\.0\.0\.1|localhost)"):
        rig.call("discover", client=rig.make(issuer=f"{other}/"))


def test_a_login_is_not_used_at_another_server(rig: "Rig", other_server: "StandardServer") -> None:
    rig.call("login", "work", flow="browser", timeout=15, prompt="consent")
    with pytest.raises(WrongServer):
        rig.call("refresh", "work", client=rig.make(issuer=other_server.issuer))


def test_an_issuer_that_describes_itself_as_another_gets_no_code(rig: "Rig", other_server: "StandardServer") -> None:
    """A mix-up: the login page is one server's, and what it answers is compared with the other."""
    honest = rig.call("discover")
    mixed = AuthorizationServer.standard(
        other_server.issuer,
        "native",
        scope="openid",
        authorization_endpoint=honest.authorization_endpoint,
        token_endpoint=f"{other_server.issuer}/token",
    )
    http = Watched(rig.colour)
    with pytest.raises(WrongIssuer, match="nothing was sent to either"):
        rig.call(
            "login",
            flow="browser",
            timeout=15,
            client=rig.make(issuer=None, client_id=None, scope=None, server=mixed, http=http),
        )
    assert http.urls == []


def test_endpoints_of_another_server_in_the_metadata_are_refused_before_the_browser_opens(
    rig: "Rig", other_server: "StandardServer"
) -> None:
    http = Watched(rig.colour, swap=(f'{rig.server.issuer}/token"'.encode(), f'{other_server.issuer}/token"'.encode()))
    with pytest.raises(InvalidMetadata, match="token endpoint"):
        rig.call("login", flow="browser", timeout=15, client=rig.make(http=http, browser=ForbiddenBrowser()))
    assert all("/.well-known/" in url for url in http.urls)


class Watched:
    """The http port, with a note of what was asked, and a text of the answers exchanged for another."""

    def __init__(self, colour: str, swap: tuple[bytes, bytes] = (b"", b"")) -> None:
        adapter = BlockingHttp if colour == "blocking" else AsyncHttp
        self._http = adapter(user_agent="test/1")
        self._swap = swap
        self.urls: list[str] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.urls.append(request.url)
        response = await self._http.send(request)
        return evolve(response, body=response.body.replace(*self._swap)) if self._swap[0] else response

    async def close(self) -> None:
        """Nothing is held."""
