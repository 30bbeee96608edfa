"""What IPython asks the package's own values: an error is one line, and a result names no person."""

from typing import Any

from promptvm_oauth import AccessDenied, LoginResult
from promptvm_oauth.domain.tokens import TokenUser


def test_an_error_shows_one_line_in_a_notebook() -> None:
    error: Any = AccessDenied("access_denied", "no")
    assert error._render_traceback_() == ["AccessDenied: the sign-in was denied (access_denied: no)"]


def test_a_result_below_a_cell_names_no_person() -> None:
    ada = TokenUser("usr_ada", "ada@example.com", "Ada")
    result: Any = LoginResult("work", ada, None, None, "device", "file", "", renewable=True)
    shown = result._repr_mimebundle_(include=None, exclude=None)
    assert shown == {"text/plain": "LoginResult(profile='work', flow='device', store='file')"}
