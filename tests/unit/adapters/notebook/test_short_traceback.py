"""In a notebook an error of this package is one line: IPython asks the error what to show."""

from typing import Any

from promptvm_oauth import AccessDenied


def test_an_error_shows_one_line_in_a_notebook() -> None:
    error: Any = AccessDenied("access_denied", "no")
    assert error._render_traceback_() == ["AccessDenied: the sign-in was denied (access_denied: no)"]
