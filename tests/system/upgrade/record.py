"""Records what the release of commit 9d0ccca leaves on disk beside a store that the Go tool cannot see.

    git worktree add OLD 9d0ccca && pip install --no-deps --target SITE ./OLD
    PYTHONPATH=SITE python tests/system/upgrade/record.py tests/system/upgrade/recorded

It runs on that release, so it imports nothing but the public names of then. Each folder is a configuration directory
with the tokens of the store in `store.json`.
"""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from promptvm_oauth import OAuthClient
from promptvm_oauth.devserver.settings import Organization, Settings, User
from promptvm_oauth.testing import FakePromptVM


class JsonStore:
    """A secret store in one JSON file, which the Go tool does not know of."""

    name = "json"

    def __init__(self, path: Path) -> None:
        self._path = path

    def _all(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = json.loads(self._path.read_text()) if self._path.exists() else {}
        return found

    def load(self, profile: str) -> Mapping[str, str] | None:
        return self._all().get(profile)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        self._path.write_text(json.dumps({**self._all(), profile: dict(fields)}, indent=2, sort_keys=True) + "\n")

    def delete(self, profile: str) -> None:
        left = {name: fields for name, fields in self._all().items() if name != profile}
        self._path.write_text(json.dumps(left, indent=2, sort_keys=True) + "\n")


def signed_in(folder: Path) -> tuple[FakePromptVM, OAuthClient]:
    """Returns a client of one user, Ada, whose files are in a folder."""
    ada = Settings(user=User(id="usr_ada", email="ada@example.com"), organization=Organization(id="org_ada"))
    promptvm = FakePromptVM(settings=ada, store=JsonStore(folder / "store.json"))
    ports: dict[str, Any] = {**promptvm.ports()}
    del ports["profiles"]
    client = OAuthClient(**ports, config_dir=str(folder))
    client.login("default", flow="browser")
    return promptvm, client


def logged_in(folder: Path) -> None:
    signed_in(folder)


def refreshed(folder: Path) -> None:
    promptvm, client = signed_in(folder)
    promptvm.clock.advance(600)
    client.refresh("default")


def logged_out(folder: Path) -> None:
    _, client = signed_in(folder)
    client.logout("default")


def two_logins(folder: Path) -> None:
    _, client = signed_in(folder)
    client.login("work", flow="browser")


SCENES: tuple[Callable[[Path], None], ...] = (logged_in, refreshed, logged_out, two_logins)


def main(place: Path) -> None:
    for scene in SCENES:
        folder = place / scene.__name__
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        scene(folder)
        for path in [*folder.rglob("*.lock"), *folder.rglob("login-flows.json")]:
            path.unlink()
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
