"""What a server may say of itself, and what ends the login before anything is sent."""

import json
from typing import Any

import pytest
from promptvm_oauth.domain.errors import ConfigurationError, InvalidMetadata, InvalidUrl
from promptvm_oauth.domain.oauth.client_auth import ClientAuth
from promptvm_oauth.domain.oauth.metadata import (
    Client,
    checked_metadata,
    foreign_origins,
    metadata_request,
    metadata_urls,
    read_metadata,
    server_from_metadata,
)
from promptvm_oauth.domain.oauth.server import AuthorizationServer, Dialect
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret

ISSUER = "https://login.example.test"
CLIENT = Client("app", scope="openid")
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
)


def document(**members: object) -> dict[str, object]:
    known = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "revocation_endpoint": f"{ISSUER}/revoke",
        "code_challenge_methods_supported": ["plain", "S256"],
    }
    return {name: value for name, value in (known | members).items() if value is not None}


def read(members: dict[str, object] | bytes, issuer: str = ISSUER) -> AuthorizationServer:
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    response = HttpResponse(200, {"content-type": "application/json; charset=utf-8"}, body)
    return server_from_metadata(read_metadata(response, issuer), CLIENT)


def test_a_document_becomes_a_server() -> None:
    server = read(document(authorization_response_iss_parameter_supported=True, unknown={"a": [1]}))
    assert (server.issuer, server.base_url, server.dialect) == (ISSUER, ISSUER, Dialect.FORM)
    assert server.authorization_endpoint == f"{ISSUER}/authorize"
    assert server.device_token_endpoint == server.token_endpoint == f"{ISSUER}/token"
    assert (server.device_authorization_endpoint, server.userinfo_endpoint) == (None, None)
    assert server.iss_promised
    assert (server.client_id, server.scope, server.client_auth) == ("app", "openid", ClientAuth.NONE)


@pytest.mark.parametrize(
    ("issuer", "urls"),
    [
        (
            "https://h",
            ["https://h/.well-known/oauth-authorization-server", "https://h/.well-known/openid-configuration"],
        ),
        (
            "https://h:8443/a/b",
            [
                "https://h:8443/.well-known/oauth-authorization-server/a/b",
                "https://h:8443/a/b/.well-known/openid-configuration",
                "https://h:8443/.well-known/openid-configuration/a/b",
            ],
        ),
        (
            "https://h/",
            ["https://h/.well-known/oauth-authorization-server", "https://h/.well-known/openid-configuration"],
        ),
    ],
)
def test_the_well_known_part_goes_between_host_and_path_or_behind_the_path(issuer: str, urls: list[str]) -> None:
    assert list(metadata_urls(issuer)) == urls


def test_a_path_loses_its_trailing_slash_and_nothing_else() -> None:
    assert metadata_urls(f"{ISSUER}/teamX/")[0] == f"{ISSUER}/.well-known/oauth-authorization-server/teamX"


@pytest.mark.parametrize("issuer", ["http://h", "https://h?x", "https://h?", "https://h#f", "h", "", "https://u:p@h"])
def test_what_can_be_no_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(InvalidUrl):
        metadata_urls(issuer)


def test_the_request_says_what_is_known_already_and_is_bounded() -> None:
    request = metadata_request(f"{ISSUER}/x", {"If-None-Match": '"1"'})
    assert request.method == "GET"
    assert request.headers == {"Accept": "application/json", "If-None-Match": '"1"'}
    assert request.max_body == 256 * 1024
    assert request.timeout == 15


@pytest.mark.parametrize(
    "named",
    [f"{ISSUER}/", ISSUER.upper(), "https://LOGIN.example.test", f"{ISSUER}:443", "http://login.example.test", ""],
)
def test_another_issuer_is_refused_and_both_are_named(named: str) -> None:
    with pytest.raises(InvalidMetadata, match=r"https://login\.example\.test'.*identical"):
        read(document(issuer=named))


def test_a_missing_issuer_is_refused() -> None:
    with pytest.raises(InvalidMetadata, match="no issuer"):
        read(document(issuer=None))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_without_tls_is_refused(name: str) -> None:
    with pytest.raises(InvalidMetadata, match="https"):
        read(document(**{name: "http://login.example.test/x"}))


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    "scheme", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "vbscript:x", "ms-msdt:/id"]
)
def test_an_endpoint_of_another_scheme_is_refused(name: str, scheme: str) -> None:
    with pytest.raises(InvalidMetadata):
        read(document(**{name: scheme}))


def test_userinfo_and_metacharacters_are_refused() -> None:
    with pytest.raises(InvalidMetadata, match="user name"):
        read(document(authorization_endpoint="https://u$(calc)r:p@login.example.test/a"))


def test_an_option_of_a_program_is_refused() -> None:
    with pytest.raises(InvalidMetadata, match="absolute"):
        read(document(authorization_endpoint="--remote-debugging-port=9222"))


def test_a_percent_sign_is_kept_as_it_is() -> None:
    url = f"{ISSUER}/%action"
    assert read(document(authorization_endpoint=url)).authorization_endpoint == url


@pytest.mark.parametrize("character", ["\x1b", "\r", "\n", "\0", " ", "\u202e"])
def test_characters_that_no_url_has_are_refused(character: str) -> None:
    with pytest.raises(InvalidMetadata, match="characters"):
        read(document(token_endpoint=f"{ISSUER}/a{character}b"))


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_with_a_fragment_is_refused(name: str) -> None:
    with pytest.raises(InvalidMetadata, match="fragment"):
        read(document(**{name: f"{ISSUER}/a#b"}))


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "text/plain", "application/jose"])
def test_an_answer_that_is_not_json_is_refused(kind: str) -> None:
    response = HttpResponse(200, {"content-type": kind}, json.dumps(document()).encode())
    with pytest.raises(InvalidMetadata, match="not JSON"):
        read_metadata(response, ISSUER)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b'{"issuer": "https://login.example.test", "issuer": "https://login.example.test"}',
        b'{"issuer": "https://login.example.test", "x": {"a": 1, "a": 2}}',
        b'{"issuer": "https://login.example.test", "x": NaN}',
        b'{"issuer": "https://login.example.test", "x": -Infinity}',
        b'{"issuer": "https://login.example.test"} x',
        b'{"issuer": "\xff"}',
        b"[" * 100_000,
        b'{"issuer": ["https://login.example.test"]}',
        b'{"issuer": "https://login.example.test", "token_endpoint": ["https://login.example.test/t"]}',
        b'{"issuer": "https://login.example.test", "token_endpoint": 7}',
        b'{"issuer": "https://login.example.test", "code_challenge_methods_supported": "S256"}',
        b'{"issuer": "https://login.example.test", "code_challenge_methods_supported": [1]}',
        b'{"issuer": "https://login.example.test", "authorization_response_iss_parameter_supported": "true"}',
    ],
)
def test_json_that_is_not_strict_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidMetadata):
        read(body)


def test_what_an_answer_is_instead_is_told_in_60_characters() -> None:
    kind = f"text/{'x' * 100}"
    with pytest.raises(InvalidMetadata) as caught:
        read_metadata(HttpResponse(200, {"content-type": kind}, b""), ISSUER)
    assert str(caught.value) == f"the server's metadata is not JSON but {kind[:59]}…"


@pytest.mark.parametrize("name", ["code_challenge_methods_supported", "token_endpoint_auth_methods_supported"])
@pytest.mark.parametrize("value", ["S256", ["S256", 7], {"S256": 1}])
def test_a_list_that_is_none_is_refused_before_the_metadata_is_cached(name: str, value: object) -> None:
    with pytest.raises(InvalidMetadata, match=f"^the metadata's {name} is not a list of strings$"):
        checked_metadata(json.dumps(document(**{name: value})), ISSUER)


def test_a_server_without_s256_is_refused() -> None:
    with pytest.raises(InvalidMetadata, match="S256"):
        read(document(code_challenge_methods_supported=["plain"]))
    assert read(document(code_challenge_methods_supported=None)).token_endpoint


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_on_another_origin_is_refused_unless_it_is_trusted(name: str) -> None:
    members = checked_metadata(json.dumps(document(**{name: "https://elsewhere.test/x"})), ISSUER)
    with pytest.raises(InvalidMetadata, match=r"https://elsewhere\.test"):
        server_from_metadata(members, CLIENT)
    trusting = Client("app", trusted_origins=frozenset({"https://elsewhere.test"}))
    server = server_from_metadata(members, trusting)
    assert getattr(server, name) == "https://elsewhere.test/x"
    assert foreign_origins(server) == ("https://elsewhere.test",)
    assert foreign_origins(read(document())) == ()


@pytest.mark.parametrize(
    ("methods", "method"),
    [
        (None, ClientAuth.BASIC),
        ([], ClientAuth.BASIC),
        (["client_secret_post", "client_secret_basic"], ClientAuth.BASIC),
        (["private_key_jwt", "client_secret_post"], ClientAuth.POST),
    ],
)
def test_a_secret_is_sent_as_the_server_takes_it(methods: Any, method: ClientAuth) -> None:
    members = document(token_endpoint_auth_methods_supported=methods)
    assert server_from_metadata(members, Client("app", Secret("s"))).client_auth is method


def test_a_server_that_takes_secrets_in_no_way_we_know_is_refused_but_not_for_public_clients() -> None:
    members = document(token_endpoint_auth_methods_supported=["private_key_jwt"])
    with pytest.raises(ConfigurationError, match="private_key_jwt"):
        server_from_metadata(members, Client("app", Secret("s")))
    assert server_from_metadata(members, CLIENT).client_auth is ClientAuth.NONE
