"""Root in the directory of another user, as by sudo with HOME kept: nothing there changes hands."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient, PromptVMAuthError
from promptvm_oauth.testing import FakePromptVM

USER = 12345

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


def client(vm: FakePromptVM, directory: Path, kind: Any) -> Any:
    ports = {name: port for name, port in vm.ports().items() if name not in {"lock", "profiles", "secrets"}}
    return kind(**ports, secrets="file", config_dir=str(directory))


def call(of: Any, method: str) -> Any:
    if isinstance(of, OAuthClient):
        return getattr(of, method)()

    async def awaited() -> Any:
        return await getattr(of, method)()

    return asyncio.run(awaited())


def state(directory: Path) -> dict[Path, tuple[int, bytes]]:
    return {path: (path.stat().st_uid, path.read_bytes()) for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Returns the directory of another user who is signed in."""
    directory = tmp_path / ".config" / "promptvm"
    call(client(FakePromptVM(), directory, OAuthClient), "login")
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, USER, USER)
    return directory


@pytest.mark.parametrize("kind", [OAuthClient, AsyncOAuthClient])
@pytest.mark.parametrize("method", ["login", "refresh", "logout", "access_token"])
def test_root_changes_nothing_in_the_directory_of_another_user(theirs: Path, kind: Any, method: str) -> None:
    before, vm = state(theirs), FakePromptVM()
    with pytest.raises(PromptVMAuthError, match=r"belongs to another user, .*(without sudo|--config-dir)"):
        call(client(vm, theirs, kind), method)
    assert len(vm.server.log) == 0
    assert state(theirs) == before
    assert {owner for owner, _ in before.values()} == {USER}


@pytest.mark.parametrize("kind", [OAuthClient, AsyncOAuthClient])
def test_the_first_login_by_sudo_makes_nothing_in_the_home_of_another_user(
    tmp_path: Path, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, vm = tmp_path / "home", FakePromptVM()
    (home / ".config").mkdir(parents=True)
    for path in (home, home / ".config"):
        os.chown(path, USER, USER)
    monkeypatch.setenv("SUDO_UID", str(USER))
    with pytest.raises(PromptVMAuthError, match="without sudo"):
        call(client(vm, home / ".config" / "promptvm", kind), "login")
    assert len(vm.server.log) == 0
    assert os.listdir(home / ".config") == []
