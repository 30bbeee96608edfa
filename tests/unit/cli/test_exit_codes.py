"""Every error has an exit code that says what a script can do about it."""

from collections.abc import Iterator

import pytest
from promptvm_oauth.cli.exit_codes import EXIT_CODES, exit_code
from promptvm_oauth.domain import errors
from promptvm_oauth.domain.tokens import StoredTokens
from promptvm_oauth.ports.secret import Secret


def family(root: type[errors.PromptVMAuthError]) -> Iterator[type[errors.PromptVMAuthError]]:
    """Returns a class and all that derive from it."""
    yield root
    for kind in root.__subclasses__():
        if kind.__module__.startswith("promptvm_oauth."):
            yield from family(kind)


EVERY_CLASS = sorted(set(family(errors.PromptVMAuthError)), key=lambda kind: kind.__name__)


def test_every_error_class_is_in_the_table() -> None:
    assert len(EVERY_CLASS) > 30
    assert set(EVERY_CLASS) <= set(EXIT_CODES)


def test_exit_code_3_is_for_exactly_the_errors_that_need_a_login() -> None:
    assert [kind for kind in EVERY_CLASS if (EXIT_CODES[kind] == 3) is not kind.needs_login] == []


def test_an_error_that_may_pass_is_for_later_unless_the_store_is_to_blame() -> None:
    of_stores = {kind for kind in EVERY_CLASS if issubclass(kind, errors.StoreError) and not kind.needs_login}
    assert [kind for kind in of_stores if EXIT_CODES[kind] != 5] == []
    rest = set(EVERY_CLASS) - of_stores
    assert [kind for kind in rest if (EXIT_CODES[kind] == 4) is not kind.retryable] == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.AccessDenied("access_denied"), 1),
        (errors.InvalidProfileName("no"), 2),
        (errors.NoTokensError("work"), 3),
        (errors.TransportError("no route"), 4),
        (errors.LoginCancelled("the login was cancelled"), 130),
        (errors.StoreRefused("no", store="file"), 5),
        (errors.TokensNotSaved("full", tokens=StoredTokens(Secret("t"))), 5),
    ],
)
def test_each_code_means_what_the_help_says(error: errors.PromptVMAuthError, code: int) -> None:
    assert exit_code(error) == code


def test_a_class_of_somebody_else_has_the_code_of_its_base() -> None:
    class Elsewhere(errors.ServerUnavailable):
        """As a plug-in could define one."""

    assert exit_code(Elsewhere("busy")) == 4
