"""The scripts of the recipes, as they stand in the documentation, and a shell of a user who is signed in."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from promptvm_oauth.devserver import DevServer

PAGE = Path(__file__).parents[3] / "docs" / "recipes.md"


def scripts() -> dict[str, str]:
    """Returns each script of the page by its name, which stands in its first comment."""
    found = re.findall(r"^```(?:sh|js)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    names = [re.search(r"^(?:#|//) ([\w.-]+)", script, re.MULTILINE) for script in found]
    return {name[1]: script for name, script in zip(names, found, strict=True) if name is not None}


class Desk:
    """A user's machine: the command and the recipes are on the path, and nothing else of this one is set."""

    def __init__(self, home: Path, server: DevServer) -> None:
        self.home, self.server = home, server
        self.programs = home / "bin"
        self.programs.mkdir(parents=True)
        self.install("promptvm-auth", f'#!/bin/sh\nexec {sys.executable} -W error -m promptvm_oauth.cli "$@"\n')
        for name, script in scripts().items():
            self.install(name, script)

    def install(self, name: str, script: str) -> Path:
        path = self.programs / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)
        return path

    def environ(self, **more: str) -> Mapping[str, str]:
        return {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "PROMPTVM_BASE_URL": self.server.base_url,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            **more,
        }

    def run(self, *command: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environ(**environ),
            cwd=self.home,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def sign_in(self) -> None:
        command = ["promptvm-auth", "login", "--device", "--store", "file", "--json-lines"]
        environ, pipe = self.environ(), subprocess.PIPE
        with subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=pipe, text=True) as login:
            assert login.stdout is not None
            for line in login.stdout:
                if code := re.search(r'"user_code": "([^"]+)"', line):
                    self.server.auth.approve_device(code[1])
        assert login.returncode == 0
