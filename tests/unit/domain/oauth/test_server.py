import json
from typing import Any

import pytest
from promptvm_oauth.domain.errors import ConfigurationError, InvalidUrl
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.url import web_app_of
from promptvm_oauth.ports.secret import Secret

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
