"""Lock files: where they lie, and file systems that cannot lock."""

import asyncio
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import filelock
import pytest
from promptvm_oauth.adapters.locks.file import AsyncFileLock, BlockingFileLock
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import LockUnavailable
from promptvm_oauth.ports.lock import Lock

Hold = Callable[[str], None]


async def hold(lock: Lock, profile: str) -> None:
    async with lock.hold(profile, timeout=0):
        pass


@pytest.fixture(params=["blocking", "async"])
def hold_in(request: pytest.FixtureRequest) -> Callable[[Path], Hold]:
    def run(flow: Coroutine[Any, Any, None]) -> None:
        if request.param == "blocking":
            run_blocking(flow)
        else:
            asyncio.run(flow)

    kind = BlockingFileLock if request.param == "blocking" else AsyncFileLock
    return lambda directory: lambda profile: run(hold(kind(directory), profile))


def test_the_lock_file_lies_beside_the_tokens_and_is_closed_to_others(
    tmp_path: Path, hold_in: Callable[[Path], Hold]
) -> None:
    hold_in(tmp_path / "promptvm")("work")
    tokens = tmp_path / "promptvm" / "tokens"
    assert os.listdir(tokens) == ["work.lock"]
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o700
    assert stat.S_IMODE((tokens / "work.lock").stat().st_mode) == 0o600


@pytest.mark.parametrize("profile", ["..", "a/b", "", "a\x00"])
def test_a_name_that_cannot_be_a_file_name_is_refused(
    tmp_path: Path, hold_in: Callable[[Path], Hold], profile: str
) -> None:
    with pytest.raises(LockUnavailable):
        hold_in(tmp_path)(profile)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_that_cannot_lock_is_unavailable_and_names_the_path(
    tmp_path: Path, hold_in: Callable[[Path], Hold], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(LockUnavailable, match=r"work\.lock does not support locks: .*config_dir \(--config-dir\)"):
        hold_in(tmp_path)("work")


@pytest.mark.parametrize("there", ["nothing", "the directory", "the lock file"])
def test_a_lock_that_fails_leaves_nothing_behind_that_was_not_there(
    tmp_path: Path, hold_in: Callable[[Path], Hold], monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    if there != "nothing":
        (tmp_path / "new" / "promptvm" / "tokens").mkdir(parents=True)
    if there == "the lock file":
        (tmp_path / "new" / "promptvm" / "tokens" / "work.lock").touch()
    before = sorted(tmp_path.rglob("*"))

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(LockUnavailable):
        hold_in(tmp_path / "new" / "promptvm")("work")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_stand_in_that_outlives_its_holder_is_not_used(
    tmp_path: Path, hold_in: Callable[[Path], Hold], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filelock, "FileLock", filelock.SoftFileLock)
    with pytest.raises(LockUnavailable, match=r"work\.lock"):
        hold_in(tmp_path)("work")
    assert os.listdir(tmp_path) == []


def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path, hold_in: Callable[[Path], Hold]) -> None:
    (tmp_path / "promptvm").write_text("a file")
    with pytest.raises(LockUnavailable, match=r"work\.lock"):
        hold_in(tmp_path / "promptvm")("work")


def test_a_symbolic_link_in_place_of_the_lock_file_is_not_followed(
    tmp_path: Path, hold_in: Callable[[Path], Hold]
) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "elsewhere").write_text("of somebody else")
    (tmp_path / "tokens" / "work.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LockUnavailable, match=r"work\.lock"):
        hold_in(tmp_path)("work")
    assert (tmp_path / "elsewhere").read_text() == "of somebody else"
