"""The command against a certified server: log in, hand out tokens, log out; nothing of the Go tool's is touched."""

import os
import re
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from ..program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Person, StandardServer

PAGE = re.compile(r"^https?://\S+(?:/start/|user_code=)\S+$")
ASKED = ("--client-id", "native", "--scope", "openid offline_access", "--prompt", "consent")


class Shell:
    """Runs the command as a person with an empty home would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROMPTVM_", "XDG_"))}
        self.environ: Mapping[str, str] = {**kept, "HOME": str(home)}

    def run(self, *arguments: str, person: "Person | None" = None) -> tuple[int, str, str]:
        """Run a command; if there is a person, it opens the first address that the command shows."""
        command = [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli", *arguments, "--store", "file"]
        with Program(command, self.environ) as process:
            assert process.stderr is not None
            read = ""
            if person is not None:
                for line in process.stderr:
                    read += line
                    if PAGE.match(line):
                        Thread(target=person.visit, args=(line.strip(),), daemon=True).start()
                        break
            done = process.ended(read)
        return done.returncode, done.stdout, done.stderr

    def files(self) -> set[str]:
        """Returns the names of all files, below the configuration directory."""
        root = self.home / ".config" / "promptvm"
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("flow", ["--browser", "--device"])
def test_login_token_refresh_and_logout(tmp_path: Path, server: "StandardServer", person: "Person", flow: str) -> None:
    shell = Shell(tmp_path)
    show = ("--no-browser-open",) if flow == "--browser" else ()
    code, _, err = shell.run("login", flow, "--issuer", server.issuer, *ASKED, *show, person=person)
    assert code == 0, err

    token = shell.run("token")[1].strip()
    assert server.is_alive(token)
    renewed = shell.run("refresh", "--json")
    assert renewed[0] == 0, renewed[2]
    token = shell.run("token")[1].strip()
    assert server.is_alive(token)
    assert server.issuer in shell.run("profiles")[1]

    code, _, err = shell.run("logout")
    assert "The session at the server was ended." in err
    assert not server.is_alive(token)
    own = {name for name in shell.files() if not name.endswith(".lock")}
    assert own
    assert all(name.startswith("promptvm-oauth/") for name in own)
