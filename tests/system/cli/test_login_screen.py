"""The login screen in a real pseudo-terminal, from the first line to the last one, in both flows."""

import os
import re
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from promptvm_oauth.devserver import DevServer, Settings
from promptvm_oauth.testing.person import ScriptedPerson

if sys.platform == "win32":
    pytest.skip("there is no pseudo-terminal", allow_module_level=True)

from .pseudo_terminal import PseudoTerminal

COMMAND = [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli"]
ABOUT_PLACES = ("CI", "NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "COLORTERM", "FORCE_COLOR", "TERM_PROGRAM")
CODE = r"^([A-Z]{4}-[A-Z]{4})$"
LINK = r"^http://\S+user_code=\S+$"
LIVE = r"^Waiting for you to sign in · \d:\d\d left · Ctrl-C stops$"


@pytest.fixture
def settings() -> Settings:
    return Settings(device_interval=1)


@pytest.fixture
def environ(tmp_path: Path, dev_server: DevServer) -> Mapping[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PROMPTVM_", "XDG_", "SSH_")) and name not in ABOUT_PLACES
    }
    return kept | {
        "HOME": str(tmp_path),
        "PROMPTVM_BASE_URL": dev_server.base_url,
        "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22",
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
    }


def login(environ: Mapping[str, str], *arguments: str, columns: int = 80, lines: int = 24) -> PseudoTerminal:
    return PseudoTerminal([*COMMAND, "login", "--store", "file", *arguments], environ, columns, lines)


def visit(url: str, decision: str = "approve") -> threading.Thread:
    """Lets a person act in their browser, while the command goes on."""
    person = threading.Thread(target=ScriptedPerson(decision).visit, args=(url,))
    person.start()
    return person


def test_a_device_login_says_its_plan_counts_down_and_ends_in_three_lines(
    environ: Mapping[str, str], dev_server: DevServer
) -> None:
    with login(environ) as terminal:
        terminal.until(LIVE)
        code, link = terminal.until(CODE)[1], terminal.until(LINK)[0]
        before = terminal.until(LIVE)[0]
        terminal.until(LIVE.replace(r"\d:\d\d", f"(?!{before.split(' · ')[1][:4]})" + r"\d:\d\d"))
        visit(link).join()
        assert terminal.end() == 0
    lines = terminal.shown.splitlines()
    assert lines[:9] == [
        "SSH session: showing a code instead of opening a browser; --browser forces one",
        "",
        f"Open {dev_server.base_url}/cli/device and enter this code:",
        "",
        code,
        "",
        "Or open this page, and check that it shows the same code:",
        link,
        "",
    ]
    assert lines[9] == "✓ Signed in as ada@example.com, Example Organization"
    assert lines[10] == f"  at {dev_server.base_url}, profile default"
    assert re.fullmatch(r"  kept in an encrypted file, valid until [\d -]*\d\d:\d\d UTC, then renewed", lines[11])
    assert len(lines) == 12
    assert b"\x1b[?25" not in terminal.written  # the cursor is never hidden, so it need not come back


def test_a_browser_login_shows_its_page_until_the_result_follows(environ: Mapping[str, str]) -> None:
    with login(environ, "--browser", "--no-browser-open", columns=400) as terminal:
        terminal.until(LIVE)
        assert not terminal.echoes()
        visit(terminal.until(r"^http://\S+$")[0]).join()
        assert terminal.end() == 0
        assert terminal.echoes()
    lines = terminal.shown.splitlines()
    assert lines[0] == "Showing a page for your browser: you chose it."
    assert "Waiting" not in terminal.shown
    assert lines[-3] == "✓ Signed in as ada@example.com, Example Organization"


def test_a_denial_takes_the_place_of_the_live_line(environ: Mapping[str, str]) -> None:
    with login(environ) as terminal:
        terminal.until(LIVE)
        visit(terminal.until(LINK)[0], "deny").join()
        assert terminal.end() == 1
    assert "Waiting" not in terminal.shown
    assert terminal.shown.splitlines()[9].startswith("promptvm-auth: ")


def test_a_code_that_expires_says_so(environ: Mapping[str, str]) -> None:
    with login(environ, "--timeout", "2.5") as terminal:
        terminal.until(LIVE)
        assert terminal.end() == 1
    assert "Waiting" not in terminal.shown
    assert "not approved in time" in terminal.shown


@pytest.mark.parametrize("flow", [[], ["--browser", "--no-browser-open"]])
def test_ctrl_c_leaves_a_sentence_and_a_terminal_as_it_was(environ: Mapping[str, str], flow: list[str]) -> None:
    with login(environ, *flow) as terminal:
        terminal.until(LIVE)
        terminal.type("\x03")
        assert terminal.end() == 130
        assert terminal.echoes()
    assert terminal.shown.splitlines()[-1] == "Stopped: the login is not complete, and nothing was stored."
    assert "Waiting" not in terminal.shown


def test_an_outage_is_told_in_the_live_line_with_its_times(environ: Mapping[str, str], dev_server: DevServer) -> None:
    with login(environ) as terminal:
        terminal.until(LIVE)
        dev_server.close()
        told = terminal.until(r"^The server has not answered since \d\d:\d\d, trying again in (\d+) s · \d:\d\d left")
        terminal.until(rf"trying again in (?!{told[1]} s)\d+ s")
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "since" not in terminal.shown


def signed_in(environ: Mapping[str, str], *arguments: str) -> str:
    """Signs in and returns what stood in the window at the end."""
    with login(environ, *arguments) as terminal:
        terminal.until(LIVE)
        visit(terminal.until(LINK)[0]).join()
        assert terminal.end() == 0
    return terminal.shown


def test_another_login_names_the_one_that_it_replaces_and_the_profile_that_is_active_now(
    environ: Mapping[str, str],
) -> None:
    assert "Replaces" not in signed_in(environ)
    assert signed_in(environ).splitlines()[1] == "Replaces the login of ada@example.com."
    other = signed_in(environ, "--profile", "work")
    assert "Replaces" not in other
    assert ", profile work (active now instead of default)" in other


def test_a_login_that_is_not_needed_ends_at_once(environ: Mapping[str, str], dev_server: DevServer) -> None:
    signed_in(environ)
    with login(environ, "--if-needed") as terminal:
        assert terminal.end() == 0
    assert terminal.shown == f"Already signed in as ada@example.com at {dev_server.base_url}."


def test_the_browser_waits_for_enter_where_that_is_asked_for(environ: Mapping[str, str], tmp_path: Path) -> None:
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    opener.chmod(0o700)
    with login({**environ, "BROWSER": f"{opener} %s"}, "--browser", "--ask") as terminal:
        terminal.until("^Press Enter to open the browser, or Ctrl-C to stop.$")
        assert not (tmp_path / "opened").exists()
        terminal.type("\n")
        terminal.until(LIVE)
        terminal.type("\x03")
        assert terminal.end() == 130
