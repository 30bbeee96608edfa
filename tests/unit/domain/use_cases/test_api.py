import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import PromptVMAuthError
from promptvm_oauth.domain.profile import Credential
from promptvm_oauth.domain.use_cases.api import api_headers, api_request
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.ports.secrets import StoredFields

STEADY = settings(deadline=None, max_examples=200, derandomize=True)
BASE = "https://api.promptvm.ai"


def test_an_oauth_profile_sends_its_token_and_its_organization() -> None:
    credential = Credential("work", BASE, StoredFields(organization="org1", auth_type="oauth"))
    assert api_headers(credential, Secret("at")) == {"Authorization": "Bearer at", "X-Org-Id": "org1"}


@pytest.mark.parametrize("recorded", [{}, {"organization": ""}])
def test_without_an_organization_there_is_no_header_for_it(recorded: dict[str, str]) -> None:
    credential = Credential("work", BASE, StoredFields(recorded))
    assert api_headers(credential, Secret("at")) == {"Authorization": "Bearer at"}


def test_a_key_pair_is_sent_in_headers_of_its_own() -> None:
    credential = Credential("", BASE, StoredFields(organization="org1"), None, "pk_a", Secret("sk_a"))
    assert credential.key == Secret("pk_a:sk_a")
    assert api_headers(credential, Secret("pk_a:sk_a")) == {
        "X-PromptVM-Public-Key": "pk_a",
        "X-PromptVM-Secret-Key": "sk_a",
    }


def test_a_legacy_key_is_a_bearer_token_without_an_organization() -> None:
    credential = Credential("work", BASE, StoredFields(organization="org1"), Secret("legacy"))
    assert api_headers(credential, Secret("legacy")) == {"Authorization": "Bearer legacy"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_call_carries_the_headers_and_no_body(method: str) -> None:
    request = api_request(method, f"{BASE}/api/v1/me", Credential("work", BASE, StoredFields()), Secret("at"))
    assert (request.method, request.url, request.body) == (method, f"{BASE}/api/v1/me", None)
    assert request.headers == {"Accept": "application/json", "Authorization": "Bearer at"}


HOSTILE = st.text(min_size=1) | st.sampled_from(["a\r\nX-Evil: 1", "a\n", "\0", "é", "\x1b[2J", "a b"])


@given(HOSTILE, HOSTILE)
@STEADY
def test_nothing_that_was_stored_can_break_a_header(token: str, organization: str) -> None:
    credentials = (
        Credential("work", BASE, StoredFields(organization=organization)),
        Credential("work", BASE, StoredFields(), Secret(token)),
        Credential("work", BASE, StoredFields(), None, organization, Secret(token)),
    )
    for credential in credentials:
        try:
            headers = api_headers(credential, Secret(token))
        except PromptVMAuthError:
            continue
        assert all(value.isascii() and value.isprintable() for value in headers.values())
