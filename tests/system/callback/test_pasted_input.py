"""Pasting into a real terminal and a real pipe, and a login by nothing else, as a process of its own."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from promptvm_oauth.adapters.paste.paste_input import PastedInput
from promptvm_oauth.devserver import DevServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of Unix")

if sys.platform != "win32":
    import pty
    import termios

PATIENCE = 5.0
"""Seconds for what was written to arrive; none of them passes with a working terminal."""


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    keyboard, screen = pty.openpty()
    yield keyboard, screen
    for descriptor in (keyboard, screen):
        os.close(descriptor)


def read_until(source: PastedInput, ending: str) -> str:
    text, deadline = "", time.monotonic() + PATIENCE
    while not text.endswith(ending) and time.monotonic() < deadline:
        text += source.poll() or ""
    return text


@pytest.fixture
def in_foreground(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal of a test controls nobody, so nobody is in its foreground."""

    def ours(descriptor: int) -> int:
        return os.getpgrp()

    monkeypatch.setattr(os, "tcgetpgrp", ours)


@pytest.mark.usefixtures("in_foreground")
def test_a_line_longer_than_a_terminal_holds_comes_through_whole_and_unseen(terminal: tuple[int, int]) -> None:
    keyboard, screen = terminal
    with os.fdopen(os.dup(screen), "r") as stream:
        before = termios.tcgetattr(screen)
        source = PastedInput(stream)
        assert source.open()
        line = "x" * 9000 + "\n"
        got = ""
        for start in range(0, len(line), 1000):
            os.write(keyboard, line[start : start + 1000].encode())
            got += read_until(source, line[start : start + 1000][-1:])
        assert got == line
        assert select.select([keyboard], [], [], 0.05)[0] == []
        source.close()
        assert termios.tcgetattr(screen) == before


@pytest.mark.usefixtures("in_foreground")
def test_a_terminal_is_set_back_once_and_again_does_no_harm(terminal: tuple[int, int]) -> None:
    _, screen = terminal
    with os.fdopen(os.dup(screen), "r") as stream:
        before = termios.tcgetattr(screen)
        source = PastedInput(stream)
        source.open()
        assert not termios.tcgetattr(screen)[3] & (termios.ECHO | termios.ICANON)
        assert termios.tcgetattr(screen)[3] & termios.ISIG
        source.close()
        source.close()
        assert termios.tcgetattr(screen) == before


@pytest.mark.usefixtures("in_foreground")
def test_ctrl_d_ends_a_terminal(terminal: tuple[int, int]) -> None:
    keyboard, screen = terminal
    with os.fdopen(os.dup(screen), "r") as stream:
        source = PastedInput(stream)
        source.open()
        assert not source.poll()
        os.write(keyboard, b"\x04")
        assert select.select([screen], [], [], PATIENCE)[0]
        assert source.poll() is None
        source.close()


def test_a_terminal_whose_foreground_is_somebody_else_is_left_alone(terminal: tuple[int, int]) -> None:
    _, screen = terminal
    with os.fdopen(os.dup(screen), "r") as stream:
        before = termios.tcgetattr(screen)
        assert not PastedInput(stream).open()
        assert termios.tcgetattr(screen) == before


def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "r") as stream:
        source = PastedInput(stream)
        assert source.open()
        assert not source.poll()
        os.write(writing, "half a caf\u00e9".encode()[:-1])
        assert source.poll() == "half a caf"
        os.write(writing, "\u00e9".encode()[1:])
        os.close(writing)
        assert source.poll() == "\u00e9"
        assert source.poll() is None
        source.close()


def test_a_stream_that_is_closed_or_no_file_cannot_be_read(tmp_path: Path) -> None:
    closed = (tmp_path / "x").open("w+")
    closed.close()
    assert not PastedInput(closed).open()
    assert not PastedInput(None).open()


def start(home: Path, server: DevServer, stdin: int, *arguments: str) -> subprocess.Popen[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PROMPTVM_", "XDG_", "DBUS_"))}
    command = [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli", "login", "--paste", "--store", "file"]
    return subprocess.Popen(
        [*command, *arguments],
        env={**bare, "HOME": str(home), "PROMPTVM_BASE_URL": server.base_url},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def approve_elsewhere(authorize_url: str) -> str:
    """Play a browser on another machine: approve, and stop before the address that it cannot reach."""
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(authorize_url)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        action = re.search(r'<form[^>]*action="([^"]*)"', page.text)
        button = re.search(r'<button[^>]*name="([^"]+)"[^>]*value="approve"', page.text)
        assert button is not None
        where = page.url.join(action[1]) if action else page.url
        answer = browser.post(where, data={**dict(hidden), button[1]: "approve"})
    return answer.headers["location"]


def shown_url(login: subprocess.Popen[str]) -> str:
    assert login.stderr is not None
    return next(line.strip() for line in login.stderr if line.startswith("http"))


def test_a_login_whose_browser_is_elsewhere_is_finished_by_a_paste(dev_server: DevServer, tmp_path: Path) -> None:
    with start(tmp_path, dev_server, subprocess.PIPE) as login:
        url = shown_url(login)
        assert "/cli/authorize?" in url
        callback = approve_elsewhere(url)
        out, err = login.communicate(f"{callback[:40]}\n{callback[40:]}\n", timeout=20)
    assert login.returncode == 0, err
    assert "ada@example.com" in err
    assert out == ""
    assert len(dev_server.auth.live_sessions) == 1


def test_with_a_closed_input_the_login_fails_at_once_and_says_why(dev_server: DevServer, tmp_path: Path) -> None:
    with start(tmp_path, dev_server, subprocess.DEVNULL, "--timeout", "300") as login:
        out, err = login.communicate(timeout=20)
    assert login.returncode == 1
    assert "no address was pasted" in err
    assert out == ""
    assert not list(tmp_path.rglob("*.enc"))


AT_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@contextmanager
def login_at_terminal(home: Path, server: DevServer, screen: int) -> Generator[subprocess.Popen[str]]:
    """Log in from afar, at a terminal of its own, until it waits."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PROMPTVM_", "XDG_", "DBUS_"))}
    about = {"HOME": str(home), "PROMPTVM_BASE_URL": server.base_url, "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}
    command = ["-W", "error", "-m", "promptvm_oauth.cli", "login", "--browser", "--no-browser-open", "--store", "file"]
    with subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, *command],
        env={**bare, **about},
        stdin=screen,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as login:
        yield login


def test_at_a_terminal_a_paste_longer_than_its_line_is_taken_and_not_shown(
    dev_server: DevServer, tmp_path: Path, terminal: tuple[int, int]
) -> None:
    keyboard, screen = terminal
    before = termios.tcgetattr(screen)
    with login_at_terminal(tmp_path, dev_server, screen) as login:
        callback = approve_elsewhere(shown_url(login))
        assert login.stderr is not None
        assert any("Waiting for you" in line for line in login.stderr)
        padded = callback.replace("?", f"?padding={'x' * 6000}&")
        for start_of_piece in range(0, len(padded), 1000):
            os.write(keyboard, padded[start_of_piece : start_of_piece + 1000].encode())
            time.sleep(0.15)
        os.write(keyboard, b"\n")
        _, err = login.communicate(timeout=20)
    assert login.returncode == 0, err
    assert "ada@example.com" in err
    assert select.select([keyboard], [], [], 0.05)[0] == []
    assert termios.tcgetattr(screen) == before


def test_ctrl_c_ends_the_wait_and_sets_the_terminal_back(
    dev_server: DevServer, tmp_path: Path, terminal: tuple[int, int]
) -> None:
    keyboard, screen = terminal
    before = termios.tcgetattr(screen)
    with login_at_terminal(tmp_path, dev_server, screen) as login:
        assert login.stderr is not None
        assert any("Waiting for you" in line for line in login.stderr)
        assert termios.tcgetattr(screen) != before
        os.write(keyboard, b"\x03")
        login.communicate(timeout=20)
    assert login.returncode == 130
    assert termios.tcgetattr(screen) == before
