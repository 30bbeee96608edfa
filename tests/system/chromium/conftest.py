"""Debian's Chromium, driven over its DevTools pipe (`--remote-debugging-pipe`): JSON texts that end in NUL."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 20.0
"""Seconds for a page to come or a command to be answered; a busy machine needs two."""

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)

# Chromium reads commands from descriptor 3 and writes to 4, whatever numbers ours have.
LAUNCHER = """
import fcntl, os, sys
reading, writing = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """A running browser. Its methods may be called from any thread."""

    def __init__(self, program: str, data: Path) -> None:
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", LAUNCHER, str(commands), str(answers)),
                *(program, *FLAGS, f"--user-data-dir={data}", "about:blank"),
            ],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._lock = threading.Lock()
        self._arrived = threading.Condition()
        self._last = 0
        self._results: dict[int, dict[str, Any]] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def command(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        """Send a DevTools command and give its result."""
        with self._lock:
            self._last += 1
            number = self._last
            message: dict[str, object] = {"id": number, "method": method, "params": parameters}
            if session:
                message["sessionId"] = session
            os.write(self._commands, json.dumps(message).encode() + b"\0")
        with self._arrived:
            if not self._arrived.wait_for(lambda: number in self._results, PATIENCE):
                raise AssertionError(f"Chromium did not answer {method}")
            answer = self._results.pop(number)
        if "error" in answer:
            raise ConnectionError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, url: str) -> "Tab":
        """Open a tab."""
        target = self.command("Target.createTarget", url=url)["targetId"]
        return Tab(self, target, self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def close(self) -> None:
        """End the browser."""
        self.command("Browser.close")
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        os.close(self._commands)
        os.close(self._answers)

    def _read(self) -> None:
        pending = b""
        while data := os.read(self._answers, 65536):
            *messages, pending = (pending + data).split(b"\0")
            with self._arrived:
                for message in map(json.loads, messages):
                    if "id" in message:
                        self._results[message["id"]] = message
                self._arrived.notify_all()


class Tab:
    """A tab of the browser."""

    def __init__(self, browser: Chromium, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session

    def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a DevTools command to this tab."""
        return self._browser.command(method, self._session, **parameters)

    def evaluate(self, script: str) -> Any:
        """Returns the value of an expression in the page; None while the page is being changed for another."""
        try:
            return self.command("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")
        except ConnectionError:
            return None

    def wait_for(self, script: str, patience: float = PATIENCE) -> Any:
        """Wait until an expression is true, for so many seconds at most, and give its value."""
        deadline = time.monotonic() + patience
        while not (value := self.evaluate(script)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{script} did not come true on {self.evaluate('document.body.innerText')!r}")
            time.sleep(0.02)
        return value

    def close(self) -> None:
        """Close the tab."""
        self._browser.command("Target.closeTarget", targetId=self._target)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Generator[Chromium]:
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is missing; install Debian's package 'chromium'")
    browser = Chromium(program, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()
