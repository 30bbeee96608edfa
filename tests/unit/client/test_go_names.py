"""Every name of the Go package has its twin here: what it is called, and that it works, in both colours.

The details of each are in tests/unit/flows; sockets are in tests/system.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import promptvm_oauth
import pytest
from promptvm_oauth import (
    AsyncOAuthClient,
    BrowserError,
    Callback,
    DeviceCodeResponse,
    NoTokensError,
    OAuthClient,
    OAuthError,
    PromptVMAuthError,
    Secret,
    StoredTokens,
    TokenOrganization,
    TokenResponse,
    TokenUser,
    challenge,
    generate_verifier,
    is_unauthorized_error,
    new_state,
    open_browser,
    start_loopback_server,
)
from promptvm_oauth.testing import FakePromptVM

T = TypeVar("T")

REDIRECT = "http://127.0.0.1:50000/callback"

TWINS = {
    "GenerateVerifier": "generate_verifier",
    "Challenge": "challenge",
    "NewState": "new_state",
    "Open": "open_browser",
    "StartLoopbackServer": "start_loopback_server",
    "RequestDeviceCode": "OAuthClient.request_device_code",
    "PollDeviceToken": "OAuthClient.poll_device_token",
    "ExchangeCode": "OAuthClient.exchange_code",
    "RefreshToken": "OAuthClient.refresh_token",
    "SaveTokens": "OAuthClient.save_tokens",
    "LoadTokens": "OAuthClient.load_tokens",
    "DeleteTokens": "OAuthClient.delete_tokens",
    "AccessTokenForProfile": "OAuthClient.access_token",
    "WithAutoRefresh": "OAuthClient.with_auto_refresh",
    "IsUnauthorizedError": "is_unauthorized_error",
    "Callback": "Callback",
    "DeviceCodeResponse": "DeviceCodeResponse",
    "TokenResponse": "TokenResponse",
    "TokenUser": "TokenUser",
    "TokenOrganization": "TokenOrganization",
    "StoredTokens": "StoredTokens",
    "OAuthError": "OAuthError",
    "ErrNoTokens": "NoTokensError",
}
"""Each name of the Go package, and what it is called here."""


@pytest.mark.parametrize(("go", "here"), TWINS.items())
def test_each_go_name_has_a_documented_twin_in_both_colours(go: str, here: str) -> None:
    for path in {here, here.replace("OAuthClient.", "AsyncOAuthClient.")}:
        twin: Any = promptvm_oauth
        for name in path.split("."):
            twin = getattr(twin, name)
        assert twin.__doc__, go


class Go:
    """The functions of the Go package, in its order of arguments, over a client of either colour."""

    def __init__(self, face: type[OAuthClient] | type[AsyncOAuthClient]) -> None:
        self.promptvm = FakePromptVM()
        self._client = face(**self.promptvm.ports())

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            returned = getattr(self._client, method)(*args, **kwargs)
            return asyncio.run(returned) if isinstance(self._client, AsyncOAuthClient) else returned

        return call

    def function(self, plain: Callable[[str], T]) -> Callable[[str], T] | Callable[[str], Awaitable[T]]:
        """Returns a function of the client's colour."""

        async def awaited(token: str) -> T:
            return plain(token)

        return awaited if isinstance(self._client, AsyncOAuthClient) else plain


@pytest.fixture(params=[OAuthClient, AsyncOAuthClient])
def go(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Go:
    for name in ("BASE_URL", "APP_URL", "API_KEY", "PUBLIC_KEY", "SECRET_KEY", "DEVICE_NAME"):
        monkeypatch.delenv(f"PROMPTVM_{name}", raising=False)
    return Go(request.param)


def test_generate_verifier_challenge_and_new_state() -> None:
    verifier, state = generate_verifier(), new_state()

    assert len(verifier) == len(state) == 43
    assert verifier != generate_verifier()
    assert state != new_state()
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_open_browser_refuses_what_is_no_http_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "none")

    for url in ("javascript:alert(1)", "file:///etc/passwd", "--remote-debugging-port=9222", "https://app.promptvm.ai"):
        with pytest.raises(BrowserError):
            open_browser(url)


def test_start_loopback_server_opens_nothing_before_it_is_entered() -> None:
    server = start_loopback_server()

    assert {"__enter__", "__aenter__"} <= set(dir(server))


def test_request_device_code_and_poll_device_token(go: Go) -> None:
    issued = go.request_device_code(device_name="laptop")
    go.promptvm.server.approve_device(issued.user_code)
    tokens = go.poll_device_token(issued.device_code, interval=issued.interval)

    assert isinstance(issued, DeviceCodeResponse)
    assert isinstance(tokens, TokenResponse)
    assert isinstance(tokens.user, TokenUser)
    assert isinstance(tokens.organization, TokenOrganization)


def test_exchange_code(go: Go) -> None:
    verifier, state = generate_verifier(), new_state()
    query = {
        "client_id": "promptvm-cli",
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        "state": state,
    }
    redirect = go.promptvm.server.approve(f"{go.promptvm.server.app_url}/cli/authorize?{urlencode(query)}")
    callback = parse_qs(urlsplit(redirect).query)
    assert callback["state"] == [state]

    assert isinstance(go.exchange_code(callback["code"][0], verifier, REDIRECT), TokenResponse)


def test_refresh_token_persists_nothing(go: Go) -> None:
    go.login("work", flow="browser")
    before = go.load_tokens("work")

    renewed = go.refresh_token(before.refresh_token)

    assert renewed.access_token != before.access_token
    assert go.load_tokens("work") == before


def test_save_tokens_load_tokens_and_delete_tokens(go: Go) -> None:
    tokens = StoredTokens(Secret("access"), Secret("refresh"))
    go.save_tokens("work", tokens)
    assert go.load_tokens("work") == tokens

    go.delete_tokens("work")
    go.delete_tokens("work")
    with pytest.raises(NoTokensError):
        go.load_tokens("work")


def test_access_token_for_profile(go: Go) -> None:
    go.login("work", flow="browser")
    go.promptvm.profiles.save("keys", {"api_key": "pk_1:sk_1", "base_url": go.promptvm.server.base_url})

    assert go.access_token("work") == go.access_token() == go.load_tokens("work").access_token.reveal()
    assert go.access_token("keys") == "pk_1:sk_1"


def test_with_auto_refresh_really_refreshes(go: Go) -> None:
    go.login("work", flow="browser")
    used: list[str] = []

    def call(token: str) -> int:
        used.append(token)
        if len(used) == 1:
            raise OAuthError("invalid_token", "revoked", 401)
        return 7

    assert go.with_auto_refresh(go.function(call), "work") == 7
    assert len(set(used)) == 2
    assert used[1] == go.access_token("work")


class RequestsError(OSError):
    """As requests raises it: an IOError with the response."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} Client Error")
        self.response = type("Response", (), {"status_code": status})()


def test_is_unauthorized_error() -> None:
    request = httpx.Request("GET", "https://api.promptvm.test/")

    def of_httpx(status: int) -> httpx.HTTPStatusError:
        return httpx.HTTPStatusError("", request=request, response=httpx.Response(status, request=request))

    with HTTPError("https://api.promptvm.test/", 401, "", {}, None) as of_urllib:  # type: ignore[arg-type] # any mapping does
        unauthorized = [of_httpx(401), RequestsError(401), OAuthError("invalid_token", status=401), of_urllib]
        assert all(is_unauthorized_error(error) for error in unauthorized)
    for other in (of_httpx(403), RequestsError(404), OAuthError("invalid_token", status=400)):
        assert not is_unauthorized_error(other)
    assert is_unauthorized_error(RuntimeError("token_expired"))
    assert not is_unauthorized_error(RuntimeError("14010 not found"))


def test_the_errors_answer_what_the_caller_can_do() -> None:
    refused, nobody = OAuthError("invalid_request", "no such field", 400), NoTokensError("work")

    assert (refused.code, refused.description, refused.status) == ("invalid_request", "no such field", 400)
    assert isinstance(refused, PromptVMAuthError)
    assert (nobody.needs_login, nobody.retryable) == (True, False)


@pytest.mark.parametrize(
    "value",
    [
        Callback(Secret("seen-code"), Secret("seen-state")),
        DeviceCodeResponse(Secret("seen-code"), "WDJB-MJHT", "https://app.promptvm.test/cli/device"),
        TokenResponse(Secret("seen-access"), Secret("seen-refresh")),
        TokenUser("usr_1"),
        TokenOrganization("org_1"),
        StoredTokens(Secret("seen-access"), Secret("seen-refresh")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_values_cannot_be_changed_and_show_no_secret(value: Any) -> None:
    with pytest.raises(AttributeError):
        setattr(value, value.__attrs_attrs__[0].name, "changed")
    assert "seen" not in repr(value)
