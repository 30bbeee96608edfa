"""Tokens in the shapes that SDKs ask for."""

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from promptvm_oauth import AsyncOAuthClient, NoTokensError, OAuthClient, TransportError
from promptvm_oauth.testing import FakePromptVM, ScriptedHttp

HOUR = 3600.0


def signed_in(promptvm: FakePromptVM) -> OAuthClient:
    client = OAuthClient(**promptvm.ports())
    pending = client.begin_login(redirect_uri="http://127.0.0.1:8400/callback")
    client.finish_login(pending, promptvm.server.approve(pending.authorize_url))
    return client


def done(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def at_once(result: Any) -> Any:
    return result


@pytest.fixture(params=["blocking", "asyncio"])
def colour(request: pytest.FixtureRequest, promptvm: FakePromptVM) -> Any:
    """Returns a client of each colour for a person who is signed in, and a way to finish what its objects return."""
    blocking = signed_in(promptvm)
    if request.param == "blocking":
        return blocking, at_once
    return AsyncOAuthClient(**promptvm.ports()), done


def test_a_token_provider_is_a_function_that_gives_a_fresh_token(promptvm: FakePromptVM, colour: Any) -> None:
    client, finish = colour
    provider = client.token_provider()
    first = finish(provider())
    promptvm.clock.advance(HOUR)

    assert finish(provider()) == promptvm.fields()["access_token"] != first
    assert first not in repr(provider)


def test_azure_is_given_a_token_and_when_to_ask_again(promptvm: FakePromptVM, colour: Any) -> None:
    client, finish = colour
    credential = client.azure_credential("default")

    token, expires_on = finish(credential.get_token("https://any/.default", tenant_id="any", enable_cae=True))

    assert token == promptvm.fields()["access_token"]
    assert 0 < promptvm.clock.now() + HOUR - expires_on <= 330
    assert isinstance(expires_on, int)


def test_azure_reads_the_newer_shape_as_well(promptvm: FakePromptVM, colour: Any) -> None:
    client, finish = colour
    info = finish(client.azure_credential().get_token_info("scope", options={"enable_cae": True}))

    assert (info.token, info.token_type, info.refresh_on) == (promptvm.fields()["access_token"], "Bearer", None)
    assert info.token not in repr(info)


def test_a_claims_challenge_renews_the_token_that_was_handed_out(promptvm: FakePromptVM, colour: Any) -> None:
    client, finish = colour
    credential = client.azure_credential()
    first = finish(credential.get_token("scope"))
    second = finish(credential.get_token("scope", claims="{}"))

    assert first.token != second.token == promptvm.fields()["access_token"]
    assert first.token not in repr(first)


def test_a_key_is_given_to_azure_for_a_while(promptvm: FakePromptVM, colour: Any) -> None:
    client, finish = colour
    fields = {"base_url": promptvm.server.base_url, "auth_type": "api_key", "api_key": "one-key"}
    promptvm.profiles.save("keyed", fields)

    token = finish(client.azure_credential("keyed").get_token("scope"))

    assert token.token == "one-key"
    assert token.expires_on > 0


def test_azure_may_close_a_credential_and_use_it_as_a_context_manager(promptvm: FakePromptVM) -> None:
    async def asynchronous() -> str:
        async with AsyncOAuthClient(**promptvm.ports()).azure_credential() as credential:
            token: str = (await credential.get_token("scope")).token
            return token

    with signed_in(promptvm).azure_credential() as credential:
        assert credential.get_token("scope").token == done(asynchronous())


@pytest.mark.parametrize("face", [OAuthClient, AsyncOAuthClient])
def test_mcp_finds_the_login_of_a_profile_without_its_refresh_token(promptvm: FakePromptVM, face: Any) -> None:
    signed_in(promptvm)
    tokens = done(face(**promptvm.ports()).mcp_token_storage().get_tokens())

    assert tokens.access_token == promptvm.fields()["access_token"]
    assert (tokens.token_type, tokens.refresh_token, tokens.scope) == ("Bearer", None, None)
    assert HOUR - 330 <= tokens.expires_in < HOUR
    assert tokens.access_token not in repr(tokens)


def test_mcp_is_told_to_log_in_where_only_that_helps(promptvm: FakePromptVM) -> None:
    client = OAuthClient(**promptvm.ports())
    storage = client.mcp_token_storage()
    assert done(storage.get_tokens()) is None

    signed_in(promptvm)
    promptvm.end_sessions()
    promptvm.clock.advance(HOUR)
    assert done(storage.get_tokens()) is None
    with pytest.raises(NoTokensError):
        client.access_token("nobody")


def test_what_mcp_logged_in_is_kept_in_the_profile(promptvm: FakePromptVM) -> None:
    client = OAuthClient(**promptvm.ports())
    storage = client.mcp_token_storage()
    given: Any = SimpleNamespace(access_token="from-mcp", refresh_token=None, expires_in=600)
    done(storage.set_tokens(given))

    assert client.access_token() == done(storage.get_tokens()).access_token == "from-mcp"
    assert "refresh_token" not in promptvm.fields()
    assert "from-mcp" not in repr(storage)


def test_mcp_gets_its_client_registration_back(promptvm: FakePromptVM) -> None:
    storage = OAuthClient(**promptvm.ports()).mcp_token_storage()
    assert done(storage.get_client_info()) is None
    registration = object()
    done(storage.set_client_info(registration))

    assert done(storage.get_client_info()) is registration


def test_the_mcp_storage_raises_what_a_login_would_not_help(promptvm: FakePromptVM) -> None:
    signed_in(promptvm)
    promptvm.clock.advance(2 * HOUR)
    storage = AsyncOAuthClient(**promptvm.ports(http=ScriptedHttp(TransportError("no network")))).mcp_token_storage()
    with pytest.raises(TransportError):
        done(storage.get_tokens())
