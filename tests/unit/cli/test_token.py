"""What `token` prints: the token, an object, or headers."""

import json

import pytest
from promptvm_oauth import OAuthClient, Secret, StoredTokens, TokenDetails, TokensNotSaved
from promptvm_oauth.cli import main
from promptvm_oauth.testing import FakePromptVM


def run(signed_in: FakePromptVM, *arguments: str) -> int:
    def make(**_: object) -> OAuthClient:
        return OAuthClient(**signed_in.ports())

    return main(["token", *arguments], make_client=make)


def test_the_object_has_all_that_another_program_needs(
    signed_in: FakePromptVM, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(signed_in, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "access_token": signed_in.fields("work")["access_token"],
        "token_type": "Bearer",
        "expires_at": "2023-11-14T23:13:25Z",
        "base_url": "https://api.promptvm.test",
        "organization": "org_dev",
        "profile": "work",
    }


def test_the_headers_are_those_of_a_request(signed_in: FakePromptVM, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(signed_in, "--header", "--profile", "work") == 0
    token = signed_in.fields("work")["access_token"]
    assert capsys.readouterr().out == f"Authorization: Bearer {token}\nX-Org-Id: org_dev\n"


def test_a_key_pair_is_two_headers_and_no_bearer_token(
    signed_in: FakePromptVM, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTVM_API_KEY", "pk_1:sk_1")
    assert run(signed_in, "--header") == 0
    assert capsys.readouterr().out == "X-PromptVM-Public-Key: pk_1\nX-PromptVM-Secret-Key: sk_1\n"
    assert run(signed_in, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["access_token"], printed["token_type"]) == ("pk_1:sk_1", None)
    assert (printed["profile"], printed["organization"], printed["expires_at"]) == (None, None, None)


class Full(OAuthClient):
    """A client whose renewed token no store takes."""

    def access_token(self, profile: str | None = None) -> str:
        raise TokensNotSaved("the disk is full", tokens=StoredTokens(Secret("the-only-copy")))

    def token_details(self, profile: str | None = None, *, least: float = 0.0) -> TokenDetails:
        raise TokensNotSaved("the disk is full", tokens=StoredTokens(Secret("the-only-copy")))


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        ((), "the-only-copy\n"),
        (("--header",), "Authorization: Bearer the-only-copy\n"),
        (("--json",), '{"access_token": "the-only-copy", "expires_at": null}\n'),
    ],
)
def test_the_only_copy_of_a_token_is_printed_in_the_form_that_was_asked_for(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], printed: str
) -> None:
    def make(**_: object) -> OAuthClient:
        return Full(secrets="memory")

    assert main(["token", *arguments], make_client=make) == 5
    assert capsys.readouterr() == (printed, "promptvm-auth: the disk is full\n")
