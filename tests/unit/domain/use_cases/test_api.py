import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.adapters.stores.awaited import AwaitedStore, run_inline
from promptvm_oauth.domain.account import NO_KEY, Account, Credential
from promptvm_oauth.domain.errors import PromptVMAuthError
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.profile import Profile
from promptvm_oauth.domain.use_cases.api import api_headers, api_request
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing import MemoryStore

BASE = "https://api.promptvm.ai"


async def no_server(_: object = None, /) -> AuthorizationServer:
    raise AssertionError("no server is needed here")


def account(credential: Credential | None = None, organization: str = "") -> Account:
    secrets = AwaitedStore(MemoryStore(), run_inline, "")
    return Account("work", Profile("work", organization=organization), BASE, credential or NO_KEY, secrets, no_server)


def test_an_oauth_profile_sends_its_token_and_its_organization() -> None:
    assert api_headers(account(organization="org1"), Secret("at")) == {"Authorization": "Bearer at", "X-Org-Id": "org1"}


def test_without_an_organization_there_is_no_header_for_it() -> None:
    assert api_headers(account(), Secret("at")) == {"Authorization": "Bearer at"}


def test_a_key_pair_is_sent_in_headers_of_its_own() -> None:
    pair = account(Credential.of_pair("pk_a", Secret("sk_a")), organization="org1")
    assert pair.credential.key == Secret("pk_a:sk_a")
    assert api_headers(pair, Secret("pk_a:sk_a")) == {
        "X-PromptVM-Public-Key": "pk_a",
        "X-PromptVM-Secret-Key": "sk_a",
    }


def test_a_legacy_key_is_a_bearer_token_without_an_organization() -> None:
    legacy = account(Credential(Secret("legacy")), organization="org1")
    assert api_headers(legacy, Secret("legacy")) == {"Authorization": "Bearer legacy"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_call_carries_the_headers_and_no_body(method: str) -> None:
    request = api_request(method, f"{BASE}/api/v1/me", account(), Secret("at"))
    assert (request.method, request.url, request.body) == (method, f"{BASE}/api/v1/me", None)
    assert request.headers == {"Accept": "application/json", "Authorization": "Bearer at"}


HOSTILE = st.text(min_size=1) | st.sampled_from(["a\r\nX-Evil: 1", "a\n", "\0", "é", "\x1b[2J", "a b"])


@given(HOSTILE, HOSTILE)
def test_nothing_that_was_stored_can_break_a_header(token: str, organization: str) -> None:
    accounts = (
        account(organization=organization),
        account(Credential(Secret(token))),
        account(Credential.of_pair(organization, Secret(token))),
    )
    for each in accounts:
        try:
            headers = api_headers(each, Secret(token))
        except PromptVMAuthError:
            continue
        assert all(value.isascii() and value.isprintable() for value in headers.values())
