"""What a server may not know is named: the client ID and the redirect URI."""

import pytest
from promptvm_oauth import AccessDenied, AuthorizationServer, OAuthError
from promptvm_oauth.domain.oauth.refused_client import name_client

SERVER = AuthorizationServer.standard("https://id.test", "app", token_endpoint="https://id.test/t")
URI = "http://127.0.0.1:8400/callback"


@pytest.mark.parametrize("code", ["invalid_client", "unauthorized_client"])
def test_a_refused_client_is_named_with_what_to_check(code: str) -> None:
    named = name_client(OAuthError(code, status=401), SERVER)

    assert str(named) == f"{code}: check that https://id.test knows the client 'app'"
    assert (named.code, named.status) == (code, 401)


def test_what_the_server_said_comes_first_and_the_redirect_uri_is_named_too() -> None:
    named = name_client(OAuthError("unauthorized_client", "not for you", 400), SERVER, URI)

    assert str(named) == (
        "unauthorized_client: not for you; "
        f"check that https://id.test knows the client 'app' with the redirect URI {URI}"
    )


@pytest.mark.parametrize("code", ["invalid_request", "invalid_grant"])
def test_a_refused_redirect_uri_is_known_by_the_servers_words(code: str) -> None:
    error = OAuthError(code, "Redirect_uri mismatch", 400)

    assert f"the redirect URI {URI}" in str(name_client(error, SERVER, URI))
    assert name_client(error, SERVER) is error  # a device login has none


def test_other_refusals_stay_as_they_are() -> None:
    spent = OAuthError("invalid_grant", "spent", 400)
    denied = AccessDenied("unauthorized_client", "the redirect was denied", 400)

    assert name_client(spent, SERVER, URI) is spent
    assert name_client(denied, SERVER, URI) is denied
