import json
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth.domain.errors import ConfigurationError, InvalidUrl
from promptvm_oauth.domain.oauth.server import AuthorizationServer, promptvm_server
from promptvm_oauth.domain.url import web_app_of
from promptvm_oauth.ports.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "device_token_endpoint",
    "sessions_endpoint",
    "userinfo_endpoint",
)


def with_endpoint(name: str, url: str) -> AuthorizationServer:
    endpoints: dict[str, Any] = dict.fromkeys(("base_url", *ENDPOINTS), "https://h/x")
    endpoints[name] = url
    return AuthorizationServer(**endpoints)


def test_promptvm_is_the_default_server() -> None:
    server = AuthorizationServer.promptvm()
    assert server.base_url == "https://api.promptvm.ai"
    assert server.authorization_endpoint == "https://app.promptvm.ai/cli/authorize"
    assert server.token_endpoint == "https://api.promptvm.ai/api/v1/auth/cli/token"
    assert server.device_authorization_endpoint == "https://api.promptvm.ai/api/v1/auth/device/code"
    assert server.device_token_endpoint == "https://api.promptvm.ai/api/v1/auth/device/token"
    assert server.sessions_endpoint == "https://api.promptvm.ai/api/v1/auth/cli/sessions"
    assert server.userinfo_endpoint == "https://api.promptvm.ai/api/v1/me"
    assert server.client_id == "promptvm-cli"
    assert server.scope == "profile"


@pytest.mark.parametrize(
    ("api", "app"),
    [
        ("https://api.promptvm.ai", "https://app.promptvm.ai"),
        ("https://dev-api.promptvm.ai", "https://dev-app.promptvm.ai"),
        ("https://staging-api.promptvm.ai", "https://staging-app.promptvm.ai"),
        ("https://api.promptvm.ai:8443", "https://app.promptvm.ai:8443"),
        ("https://api.promptvm.ai/some/path", "https://app.promptvm.ai"),
        ("https://api.api.example.test", "https://app.api.example.test"),
        ("http://127.0.0.1:8080/base", "http://127.0.0.1:8080"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://promptvm.ai", None),
        ("https://apiary.example.test", None),
        ("https://my-api.example.test", None),
        ("https://prod-api.example.test", None),
        ("https://x.api.promptvm.ai", None),
    ],
)
def test_the_web_app_is_derived_from_the_host_label_and_never_guessed(api: str, app: str | None) -> None:
    assert web_app_of(api) == app
    endpoint = AuthorizationServer.promptvm(api).authorization_endpoint
    assert endpoint == (None if app is None else f"{app}/cli/authorize")


def test_an_app_url_that_is_given_wins_over_the_derived_one() -> None:
    server = AuthorizationServer.promptvm("https://custom.example.test/", "https://web.example.test/ui/")
    assert server.authorization_endpoint == "https://web.example.test/ui/cli/authorize"
    assert server.base_url == "https://custom.example.test"


@pytest.mark.parametrize(
    ("base_url", "app_url", "what"),
    [
        ("http://api.promptvm.ai", None, "base URL"),
        ("https://u:p@api.promptvm.ai", None, "base URL"),
        ("https://api.promptvm.ai?x", None, "base URL"),
        ("https://api.promptvm.ai", "http://app.promptvm.ai", "web-app URL"),
        ("https://api.promptvm.ai", "javascript:x", "web-app URL"),
    ],
)
def test_the_refusal_says_which_url_it_is_about(base_url: str, app_url: str | None, what: str) -> None:
    with pytest.raises(InvalidUrl, match=what):
        AuthorizationServer.promptvm(base_url, app_url)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_over_plain_http_is_refused(name: str) -> None:
    with pytest.raises(InvalidUrl, match=name.replace("_", " ")):
        with_endpoint(name, "http://h.example.test/token")


@pytest.mark.parametrize("url", ["javascript:x", "file:///x", "data:,x", "vbscript:x", "ms-msdt:x"])
def test_an_authorization_endpoint_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl):
        with_endpoint("authorization_endpoint", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://u$(calc)r:p@h/a",
        "--remote-debugging-port=9222",
        "%action",
        "https://h/\x1b[2J",
        "https://h/a\r\nb",
        "https://h/\u202ea",
    ],
)
def test_an_endpoint_that_is_no_safe_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl):
        with_endpoint("authorization_endpoint", url)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_with_a_fragment_is_refused(name: str) -> None:
    with pytest.raises(InvalidUrl):
        with_endpoint(name, "https://h/x#part")


def test_every_error_about_a_server_is_one_of_configuration() -> None:
    assert issubclass(InvalidUrl, ConfigurationError)


def test_a_request_is_json_both_ways_and_holds_only_what_is_known() -> None:
    server = AuthorizationServer.promptvm()
    request = server.post(server.endpoint("token_endpoint"), {"a": "text", "b": Secret("marker"), "c": None, "d": ""})
    assert (request.method, request.url) == ("POST", server.token_endpoint)
    assert request.headers == {"Content-Type": "application/json", "Accept": "application/json"}
    assert json.loads(request.body or b"") == {"a": "text", "b": "marker", "d": ""}


def test_text_of_any_kind_is_sent_as_valid_json() -> None:
    server = AuthorizationServer.promptvm()
    request = server.post(server.endpoint("token_endpoint"), {"a": 'quote " \\ \n 世 \udcff'})
    assert json.loads(request.body or b"") == {"a": 'quote " \\ \n 世 \udcff'}


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://api.promptvm.ai/device", True),
        ("https://app.promptvm.ai/device?code=A", True),
        ("https://APP.promptvm.ai:8443/", True),
        ("https://promptvm.ai/", False),
        ("https://app.promptvm.ai.evil.test/", False),
        ("https://evil.test/app.promptvm.ai", False),
    ],
)
def test_only_the_hosts_of_the_api_and_the_web_app_are_the_servers_own(url: str, *, own: bool) -> None:
    assert AuthorizationServer.promptvm().is_own_host(url) is own


def test_a_server_without_a_web_app_owns_its_api_host_only() -> None:
    server = AuthorizationServer.promptvm("https://custom.example.test")
    assert server.is_own_host("https://custom.example.test/device")
    assert not server.is_own_host("https://app.promptvm.ai/device")


def test_a_server_is_a_value() -> None:
    assert AuthorizationServer.promptvm() == AuthorizationServer.promptvm("https://api.promptvm.ai/")
    assert len({AuthorizationServer.promptvm(), AuthorizationServer.promptvm()}) == 1


def test_a_standard_server_has_every_endpoint_that_it_is_given() -> None:
    server = AuthorizationServer.standard(
        "https://id.example.test",
        "app",
        authorization_endpoint="https://id.example.test/authorize",
        token_endpoint="https://id.example.test/token",
        device_authorization_endpoint="https://id.example.test/device",
        revocation_endpoint="https://id.example.test/revoke",
        userinfo_endpoint="https://id.example.test/userinfo",
    )
    assert server.endpoint("authorization_endpoint") == "https://id.example.test/authorize"
    assert server.endpoint("token_endpoint") == "https://id.example.test/token"
    assert server.endpoint("device_authorization_endpoint") == "https://id.example.test/device"
    assert server.endpoint("device_token_endpoint") == "https://id.example.test/token"
    assert server.endpoint("revocation_endpoint") == "https://id.example.test/revoke"
    assert server.endpoint("userinfo_endpoint") == "https://id.example.test/userinfo"
    assert (server.scope, server.sessions_endpoint) == ("", None)


def test_the_web_app_of_a_cached_server_is_the_one_that_was_named() -> None:
    server = promptvm_server("https://api.example.test", "https://app.example.test")
    assert server.authorization_endpoint == "https://app.example.test/cli/authorize"


def test_who_signs_in_and_what_the_program_adds_to_the_url_is_not_shown() -> None:
    server = AuthorizationServer(
        "https://h", login_hint="marker-ada@example.com", authorize_parameters={"x": "marker-value"}
    )
    assert "marker" not in repr(server)


@pytest.mark.parametrize("url", ["http://h.example.test", "ftp://h", "", "h"])
def test_the_base_url_is_checked_however_the_server_is_made(url: str) -> None:
    with pytest.raises(InvalidUrl):
        AuthorizationServer(base_url=url)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: AuthorizationServer.promptvm("https://h", "http://app.example.test"), "the web-app URL"),
        (lambda: AuthorizationServer.standard("http://id.example.test", "app"), "the issuer"),
    ],
)
def test_a_refused_url_is_called_by_its_name(make: "Callable[[], AuthorizationServer]", what: str) -> None:
    with pytest.raises(InvalidUrl, match=f"^{what} "):
        make()


@pytest.mark.parametrize(
    "name",
    [
        "revocation_endpoint",
        "issuer",
        "iss_promised",
        "dialect",
        "client_secret",
        "client_auth",
        "prompt",
        "login_hint",
        "authorize_parameters",
        "trusted_origins",
        "redirect_uris",
    ],
)
def test_what_may_be_joined_by_more_is_passed_by_name_alone(name: str) -> None:
    assert signature(AuthorizationServer).parameters[name].kind is Parameter.KEYWORD_ONLY


@pytest.mark.parametrize(
    "name",
    [
        *("client_id", "response_type", "redirect_uri", "code_challenge", "code_challenge_method", "state", "scope"),
        *("device_name", "prompt", "login_hint", "response_mode", "request", "request_uri", "client_secret"),
    ],
)
def test_a_program_adds_no_parameter_that_a_login_sets_or_that_would_redirect_its_answer(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        AuthorizationServer("https://h", authorize_parameters={name: "x"})
