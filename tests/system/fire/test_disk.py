"""Disks that are full or read-only, files of others, links and open modes: a typed error each."""

import asyncio
import contextlib
import os
import resource
import signal
import stat
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import LockTimeout, RefreshPolicy, TokensNotSaved
from promptvm_oauth.ports.errors import LockUnavailable, StoreFailed, StoreRefused

if TYPE_CHECKING:
    from .conftest import House

SMALL = "64k"
SOMEBODY = 12345


def mounted(directory: Path, options: str) -> bool:
    """Mount a small file system in memory, or say that this user may not."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    return False


class Disk:
    """A disk that can be filled and made read-only; where nothing may be mounted, the system is made to say so."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        directory.mkdir()
        self.directory = directory
        self.mounted = mounted(directory, f"size={SMALL},mode=700")
        self._monkeypatch = monkeypatch

    @contextmanager
    def full(self) -> Generator[None]:
        if self.mounted:
            filler = self.directory / "filler"
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            yield
            filler.unlink()
        else:
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, most))
            yield
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    @contextmanager
    def read_only(self) -> Generator[None]:
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(self.directory)], check=True, timeout=30)
            yield
            subprocess.run(["mount", "-o", "remount,rw", str(self.directory)], check=True, timeout=30)
        else:
            with self._monkeypatch.context() as patched:
                patched.setattr(os, "open", _refusing_to_write(os.open))
                for name in ("mkdir", "unlink"):
                    patched.setattr(os, name, _refuse)
                yield

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.directory)], check=True, timeout=30)


def _refuse(path: Any, *_: Any) -> None:
    raise PermissionError(13, "Permission denied", path)


def _refusing_to_write(real: Callable[..., int]) -> Callable[..., int]:
    def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            _refuse(path)
        return real(path, flags, *args, **kwargs)

    return opened


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk", monkeypatch)
    yield disk
    disk.close()


@pytest.fixture
def housed(house: "House", disk: Disk) -> "House":
    house.move_to(disk.directory / "promptvm")
    house.log_in()
    return house


@pytest.fixture(params=["blocking", "asyncio"])
def ask(request: pytest.FixtureRequest) -> "Callable[[House], str]":
    """Ask for a token, in each colour."""

    def blocking(house: "House") -> str:
        with house.client() as client:
            return client.access_token()

    async def awaited(house: "House") -> str:
        async with house.async_client() as client:
            return await client.access_token()

    return blocking if request.param == "blocking" else lambda house: asyncio.run(awaited(house))


def content(house: "House") -> dict[str, bytes]:
    files = [path for path in house.directory.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {str(path): path.read_bytes() for path in files}


def test_a_full_disk_is_a_failure_and_the_old_content_stays(housed: "House", disk: Disk) -> None:
    before = content(housed)
    with disk.full():
        with pytest.raises(StoreFailed) as caught:
            housed.store.save("default", {"access_token": "new" * 1000})
        assert caught.value.retryable
        assert content(housed).items() >= before.items()
        assert housed.next_run() == housed.fields()["access_token"]
    assert content(housed) == before
    housed.store.save("default", {"access_token": "new"})
    assert housed.fields() == {"access_token": "new"}


def test_a_disk_that_is_full_when_the_answer_comes_gives_the_tokens_once_and_keeps_the_old_ones(
    housed: "House", disk: Disk, ask: "Callable[[House], str]"
) -> None:
    housed.expire()
    before = content(housed)
    with contextlib.ExitStack() as filled:
        housed.on_request = lambda: filled.enter_context(disk.full())
        with pytest.raises(TokensNotSaved) as caught:
            ask(housed)
        housed.on_request = lambda: None
        assert content(housed).items() >= before.items()

    assert housed.call(caught.value.tokens.access_token.reveal())
    assert content(housed) == before
    # Who gets the tokens can keep them, once there is room again.
    with housed.client() as client:
        client.save_tokens("default", caught.value.tokens)
    assert housed.next_run() == caught.value.tokens.access_token.reveal()
    assert not housed.auth.revoked_families


def test_a_read_only_directory_still_gives_tokens_and_refuses_to_take_new_ones(housed: "House", disk: Disk) -> None:
    before = content(housed)
    with disk.read_only():
        assert housed.next_run() == housed.fields()["access_token"]
        with pytest.raises(StoreRefused):
            housed.store.save("default", {"access_token": "new"})
        with pytest.raises(StoreRefused):
            housed.store.delete("default")
    assert content(housed) == before


def test_in_a_read_only_directory_no_refresh_is_spent(
    housed: "House", disk: Disk, ask: "Callable[[House], str]"
) -> None:
    housed.expire()
    with disk.read_only(), pytest.raises((LockUnavailable, StoreRefused)):
        ask(housed)
    assert housed.refreshes == 0
    assert ask(housed) == housed.fields()["access_token"]


@pytest.mark.parametrize("name", ["tokens", "tokens/.master", "tokens/default.enc"])
def test_what_belongs_to_another_user_is_refused_and_stays(
    housed: "House", ask: "Callable[[House], str]", monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = content(housed)
    if os.geteuid() == 0:
        os.chown(housed.directory / name, SOMEBODY, SOMEBODY)
    else:
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(StoreRefused, match="another user"):
        ask(housed)
    assert content(housed) == before


@pytest.mark.parametrize("name", [".master", "default.enc"])
def test_a_symbolic_link_is_refused_and_what_it_leads_to_stays(
    housed: "House", ask: "Callable[[House], str]", name: str
) -> None:
    link, target = housed.directory / "tokens" / name, housed.directory / "elsewhere"
    link.rename(target)
    link.symlink_to(target)
    before = target.read_bytes()
    with pytest.raises(StoreRefused, match="symbolic link"):
        ask(housed)
    with pytest.raises((StoreRefused, TokensNotSaved)):
        housed.log_in()
    assert target.read_bytes() == before


@pytest.mark.parametrize("name", [".master", "default.enc"])
def test_a_file_with_mode_0644_is_closed_before_it_is_read(
    housed: "House", ask: "Callable[[House], str]", name: str
) -> None:
    file = housed.directory / "tokens" / name
    file.chmod(0o644)
    assert ask(housed) == housed.fields()["access_token"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_peer_that_hangs_with_the_lock_is_waited_for_only_so_long(house: "House") -> None:
    house.log_in_expired()
    house.auth.settings.latency = 30.0
    child = house.start("child_storm.py", "1", "with locks")
    assert child.hear() == "ready"

    house.on_request = lambda: child.process.send_signal(signal.SIGSTOP)
    child.tell("go")
    os.waitid(os.P_PID, child.process.pid, os.WSTOPPED | os.WNOWAIT)

    with house.client(policy=RefreshPolicy(lock_timeout=0.1)) as client, pytest.raises(LockTimeout) as caught:
        client.access_token()

    assert caught.value.retryable
    assert house.refreshes == 1


def test_on_a_disk_that_is_full_already_no_refresh_is_spent(
    housed: "House", disk: Disk, ask: "Callable[[House], str]"
) -> None:
    housed.expire()
    with disk.full(), pytest.raises(StoreFailed):
        ask(housed)
    assert housed.refreshes == 0
    assert ask(housed) == housed.fields()["access_token"]
