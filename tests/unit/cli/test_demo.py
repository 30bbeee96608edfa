"""How the demo tells its steps."""

import io
import json
import os
from collections.abc import Callable
from unittest.mock import Mock

import pytest
from promptvm_oauth.cli.context import Context
from promptvm_oauth.cli.demo_report import DemoFailed, Report
from promptvm_oauth.domain.errors import TransportError


class Terminal(io.TextIOWrapper):
    """A terminal of 40 columns."""

    def __init__(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        size = os.terminal_size((40, 24))
        monkeypatch.setattr(os, "get_terminal_size", Mock(return_value=size))

    def fileno(self) -> int:
        return 9

    def text(self) -> str:
        self.seek(0)
        return self.read()


def seen() -> str:
    return "ada@example.com, profile demo"


def fails() -> str:
    raise DemoFailed("the server saw 2 refreshes, not 1")


def unreachable() -> str:
    raise TransportError("nobody answers")


def report(out: io.TextIOBase, err: io.StringIO | None = None, *, as_json: bool = False) -> Report:
    assert isinstance(out, io.StringIO | Terminal)
    return Report(Context(out, err or io.StringIO(), None), as_json=as_json)


def test_a_step_is_one_aligned_line_in_plain_ascii_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    assert report(out).step("browser sign-in", seen)
    assert report(out).step("API call", seen)
    assert out.getvalue() == (
        "  ok browser sign-in  ada@example.com, profile demo\n  ok API call         ada@example.com, profile demo\n"
    )


def test_a_terminal_gets_a_tick_and_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal("utf-8", monkeypatch)
    report(out).step("browser sign-in", seen)
    lines = out.text().splitlines()
    assert lines[0].startswith("  ✓ browser sign-in  ada@")
    assert max(len(line) for line in lines) <= 40


def test_a_terminal_without_ticks_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal("ascii", monkeypatch)
    report(out).step("browser sign-in", seen)
    assert out.text().startswith("  ok browser")


@pytest.mark.parametrize("show", [fails, unreachable])
def test_a_step_that_fails_says_what_was_seen(show: Callable[[], str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    telling = report(out, err)
    assert not telling.step("expired token", show)
    telling.end(1.0, succeeded=False)
    assert out.getvalue().startswith("  FAILED expired token")
    assert "works" not in out.getvalue()
    assert "failed" in err.getvalue()


def test_as_json_the_demo_is_one_object() -> None:
    out = io.StringIO()
    telling = report(out, as_json=True)
    telling.begin("http://127.0.0.1:1")
    telling.step("API call", seen)
    telling.remark("something in between")
    telling.step("expired token", fails)
    telling.end(1.26, succeeded=False)
    assert json.loads(out.getvalue()) == {
        "ok": False,
        "seconds": 1.3,
        "steps": [
            {"step": "API call", "ok": True, "detail": "ada@example.com, profile demo"},
            {"step": "expired token", "ok": False, "detail": "the server saw 2 refreshes, not 1"},
        ],
    }
