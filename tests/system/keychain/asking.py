"""Starts the stand-in for KeePassXC on a bus of its own, answers for its user, and runs the command before it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from promptvm_oauth.adapters.secret_service.bus import SessionBus
from promptvm_oauth.testing.person import ScriptedPerson

from ..program import Program
from .conftest import BUS

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMAND = [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli"]
SERVICE = Path(__file__).with_name("asking_service.py")
NAME = "org.freedesktop.secrets"
PLACES = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")


class Asking:
    """A bus and the stand-in on it."""

    def __init__(self, directory: Path) -> None:
        self.environ = {name: value for name, value in os.environ.items() if name not in PLACES}
        for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            self.environ[name] = str(directory)
        self.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={directory}/bus"
        configuration = directory / "bus.conf"
        configuration.write_text(BUS.format(directory=directory))
        self._processes = [self._start("dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address")]
        self._processes.append(self._start(sys.executable, str(SERVICE)))

    def answer(self, how: str) -> None:
        """Decide what the user does from now on, with open dialogs too: allow, once, deny or never."""
        self._call("Set", "ss", "answer", how)

    def lock(self) -> None:
        """Lock the database."""
        self._call("Set", "ss", "locked", "yes")

    def confirm_no_access(self) -> None:
        """Let every program read every item, as a setting of KeePassXC has it."""
        self._call("Set", "ss", "confirm_access", "no")

    def shown(self) -> list[str]:
        """Returns the dialogs so far, as what is asked and for how many items."""
        shown: list[str] = self._call("Seen")[0]
        return shown

    def open(self) -> list[str]:
        """Returns the dialogs that are on the screen."""
        still: list[str] = self._call("Seen")[1]
        return still

    def secrets(self) -> dict[str, str]:
        """Returns what is stored, by the last part of the account."""
        stored: list[str] = self._call("Secrets")[0]
        return {line.partition("=")[0].rpartition(":")[2]: line.partition("=")[2] for line in stored}

    def close(self) -> None:
        """End both."""
        for process in reversed(self._processes):
            process.kill()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()

    def _call(self, member: str, signature: str = "", *body: object) -> tuple[list[str], ...]:
        bus = SessionBus(NAME, 20)
        try:
            return bus.call("/", "test.User", member, signature, *body)
        finally:
            bus.close()

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        assert process.stdout.readline()
        return process


class Desk:
    """A user with a display who runs the command."""

    def __init__(self, asking: Asking, base_url: str) -> None:
        kept = {name: value for name, value in asking.environ.items() if not name.startswith("PROMPTVM_")}
        self.environ: Mapping[str, str] = {
            **kept,
            "PROMPTVM_BASE_URL": base_url,
            "DISPLAY": ":0",
            "BROWSER": "none",
            "NO_PROXY": "*",
        }

    def start(self, *arguments: str, **environ: str) -> Program:
        return Program([*COMMAND, *arguments], {**self.environ, **environ})

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments, **environ) as process:
            return process.ended()

    def login(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Log in, approving in the browser."""
        with self.start("login", *arguments) as process:
            assert process.stderr is not None
            read = ""
            for line in process.stderr:
                read += line
                if re.match(r"^http://\S+$", line):
                    ScriptedPerson().visit(line.strip())
                    break
            return process.ended(read)

    def interrupted(self, *arguments: str, at: str) -> subprocess.CompletedProcess[str]:
        """Run a command and press Ctrl-C as soon as it says a word."""
        with self.start(*arguments) as process:
            assert process.stderr is not None
            read = ""
            for line in process.stderr:
                read += line
                if at in line:
                    process.send_signal(signal.SIGINT)
                    break
            return process.ended(read)
