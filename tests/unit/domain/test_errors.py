import pickle
import re

import pytest
from promptvm_oauth.domain import errors
from promptvm_oauth.domain.errors import (
    AccessDenied,
    DeviceCodeExpired,
    NoTokensError,
    OAuthError,
    PromptVMAuthError,
    RefreshRejected,
    StepUpNeeded,
    StoreLocked,
    TokensNotSaved,
    TransportError,
)
from promptvm_oauth.domain.oauth.own_message import with_own_message
from promptvm_oauth.domain.tokens import StoredTokens
from promptvm_oauth.ports.secret import Secret

ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}

LINE = re.compile(r"^ {4}((?:[│ ] {3})*)([├└]── )?([A-Z]\w+)(?: +(R?L?)(?: |$))?.*$")

Drawn = tuple[str, str | None, bool, bool]


def drawn_tree() -> set[Drawn]:
    """Each class of the drawing: its name, its parent, and whether it is marked R or L."""
    tree, path = set[Drawn](), list[str]()
    for line in (errors.__doc__ or "").splitlines():
        if match := LINE.match(line):
            indent, branch, name, marks = match.groups()
            depth = len(indent) // 4 + bool(branch)
            path[depth:] = [name]
            tree.add((name, path[depth - 1] if depth else None, "R" in (marks or ""), "L" in (marks or "")))
    return tree


def real_tree() -> set[Drawn]:
    def below(kind: type[PromptVMAuthError], parent: str | None) -> set[Drawn]:
        found = {(kind.__name__, parent, kind.retryable, kind.needs_login)}
        for child in kind.__subclasses__():
            found |= below(child, kind.__name__)
        return found

    return {drawn for drawn in below(PromptVMAuthError, None) if hasattr(errors, drawn[0])}


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    assert drawn_tree() == real_tree()
    assert len(drawn_tree()) > 30


def test_every_error_that_is_drawn_can_be_imported_and_no_other() -> None:
    assert {name for name, *_ in drawn_tree()} == ERRORS


def test_no_error_of_the_package_is_missing_in_the_tree() -> None:
    def all_below(kind: type[PromptVMAuthError]) -> set[type[PromptVMAuthError]]:
        return {kind}.union(*(all_below(child) for child in kind.__subclasses__()))

    ours = {kind.__name__ for kind in all_below(PromptVMAuthError) if kind.__module__.startswith("promptvm_oauth.")}
    assert ours <= ERRORS


def test_no_class_asks_for_two_things_at_once() -> None:
    assert not [name for name, _, retryable, needs_login in drawn_tree() if retryable and needs_login]


def test_every_error_is_documented() -> None:
    kinds: list[type[Exception]] = [getattr(errors, name) for name in sorted(ERRORS)]
    assert [kind for kind in kinds if not (kind.__doc__ or "").strip().endswith(".")] == []
    assert [kind for kind in kinds if not issubclass(kind, PromptVMAuthError)] == []


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OAuthError("invalid_grant", "too old", 400), "invalid_grant: too old"),
        (OAuthError("invalid_grant", status=400), "the authorization server answered invalid_grant"),
        (OAuthError("", status=418), "the authorization server answered HTTP status 418"),
        (OAuthError("", "teapot", 418), "HTTP status 418: teapot"),
        (AccessDenied("access_denied", "no", 400), "the sign-in was denied (access_denied: no)"),
        (AccessDenied("access_denied"), "the sign-in was denied (access_denied)"),
        (DeviceCodeExpired("expired_token"), "the code expired before the sign-in was approved (expired_token)"),
        (RefreshRejected("invalid_grant", "ended"), "the server no longer accepts this login (invalid_grant: ended)"),
    ],
)
def test_an_oauth_error_says_what_the_server_said(error: OAuthError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("error", [OAuthError(""), OAuthError("", "no reason"), AccessDenied("")])
def test_an_error_that_came_by_redirect_claims_no_http_status(error: OAuthError) -> None:
    assert "status 0" not in str(error)
    assert str(error)


def test_an_oauth_error_keeps_its_three_parts() -> None:
    error = AccessDenied("access_denied", "no", 403)
    assert (error.code, error.description, error.status) == ("access_denied", "no", 403)


def test_the_other_errors_keep_what_they_are_about() -> None:
    tokens = StoredTokens(Secret("marker-token"))
    unsaved = TokensNotSaved("the disk is full", tokens=tokens)
    assert unsaved.tokens is tokens
    assert "marker" not in f"{unsaved} {unsaved!r} {vars(unsaved)}"
    assert TransportError("cut", status=200).status == 200
    assert TransportError("no route").status is None
    assert StoreLocked("nobody unlocked it", store="keyring").store == "keyring"
    assert str(StoreLocked("nobody unlocked it", store="keyring")) == "keyring: nobody unlocked it"
    assert NoTokensError("work").profile == "work"
    assert "log in" in str(NoTokensError("work"))


def test_the_servers_own_description_is_shown_with_its_code() -> None:
    error = OAuthError("invalid_request", "the code is unknown", 400)
    assert str(error) == "invalid_request: the code is unknown"


def test_a_sentence_of_our_own_is_shown_without_the_code_which_stays_on_the_error() -> None:
    error = with_own_message(errors.DeviceCodeExpired("expired_token", "the login was not approved in time", 400))
    assert isinstance(error, errors.DeviceCodeExpired)
    assert str(error) == "the login was not approved in time"
    assert (error.code, error.description, error.status) == ("expired_token", str(error), 400)
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert (str(copied), copied.code) == (str(error), "expired_token")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NoTokensError("work"), "profile 'work' is not signed in: log in first"),
        (StepUpNeeded("c", "d", 401), "c: d"),
        (
            StepUpNeeded("c", "d", 401, acr_values="gold", max_age=300),
            "c: d; acr_values 'gold' are required; a sign-in at most 300 s old is required",
        ),
    ],
)
def test_an_error_says_everything_that_a_user_must_do(error: PromptVMAuthError, text: str) -> None:
    assert str(error) == text
    assert error.args[0] == text
