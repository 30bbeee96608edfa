"""The holder of a lock file, from lists of locks as kernels show them."""

import os
from pathlib import Path

import pytest
from promptvm_oauth.adapters.locks import hold, holder
from promptvm_oauth.adapters.locks.file import BlockingFileLock
from promptvm_oauth.adapters.locks.holder import holder_of
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import LockTimeout
from promptvm_oauth.ports.events import Event, LockAwaited


class Kernel:
    """A list of locks; `{inode}` in it is that of the lock file."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = directory / "work.lock"
        self.path.touch()
        self._list = directory / "locks"
        monkeypatch.setattr(holder, "LOCKS", str(self._list))

    def shows(self, *lines: str) -> None:
        inode = self.path.stat().st_ino
        self._list.write_text("".join(f"{line}\n" for line in lines).replace("{inode}", str(inode)))


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(tmp_path, monkeypatch)


def test_the_one_that_holds_the_file_is_named_and_not_those_that_wait_or_hold_others(kernel: Kernel) -> None:
    kernel.shows(
        "1: POSIX  ADVISORY  WRITE 11 fe:00:{inode} 0 EOF",
        "2: FLOCK  ADVISORY  WRITE 1234 fe:00:{inode} 0 EOF",
        "2: -> FLOCK  ADVISORY  WRITE 12 fe:00:{inode} 0 EOF",
        "3: FLOCK  ADVISORY  WRITE 13 fe:00:7 0 EOF",
        "4: FLOCK  ADVISORY  READ  14 fe:00:{inode} 0 EOF",
    )
    assert holder_of(str(kernel.path)) == 1234


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2: FLOCK  ADVISORY  WRITE 0 fe:00:{inode} 0 EOF",
        "2: FLOCK  ADVISORY  WRITE -1 fe:00:{inode} 0 EOF",
        "2: FLOCK  ADVISORY  WRITE 99999999999999 fe:00:{inode} 0 EOF",
        "2: FLOCK  ADVISORY  WRITE x fe:00:{inode} 0 EOF",
        "FLOCK 1234 {inode}",
    ],
)
def test_a_list_that_does_not_name_it_names_nobody(kernel: Kernel, line: str) -> None:
    kernel.shows(line)
    assert holder_of(str(kernel.path)) is None


def test_of_two_files_with_one_inode_on_two_disks_the_process_that_has_this_one_open_is_named(kernel: Kernel) -> None:
    kernel.shows(
        f"1: FLOCK  ADVISORY  WRITE {os.getpid()} fe:00:{{inode}} 0 EOF",
        "2: FLOCK  ADVISORY  WRITE 1999999999 fe:01:{inode} 0 EOF",
    )
    assert holder_of(str(kernel.path)) is None
    with kernel.path.open():
        assert holder_of(str(kernel.path)) == os.getpid()


def test_a_system_without_such_a_list_names_nobody(kernel: Kernel) -> None:
    assert holder_of(str(kernel.path)) is None
    kernel.shows("2: FLOCK  ADVISORY  WRITE 1234 fe:00:{inode} 0 EOF")
    kernel.path.unlink()
    assert holder_of(str(kernel.path)) is None


@pytest.mark.parametrize(
    ("process", "who"), [(1234, "another program (process 1234)"), (None, "another program"), (0, "")]
)
def test_the_error_names_the_holder_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: int | None, who: str
) -> None:
    here = process == 0
    holding = os.getpid() if here else process

    def known(_path: str) -> int | None:
        return holding

    monkeypatch.setattr(holder, "holder_of", known)
    monkeypatch.setattr(hold, "LOCK_SILENCE", 0.01)
    events: list[Event] = []

    async def wait() -> None:
        async with (
            BlockingFileLock(tmp_path).hold("work", timeout=0),
            BlockingFileLock(tmp_path, events.append).hold("work", timeout=0.02),
        ):
            raise AssertionError("two hold it")

    with pytest.raises(LockTimeout) as caught:
        run_blocking(wait())

    path = tmp_path / "tokens" / "work.lock"
    remedy = "" if here else "; if it is stopped or hangs, let it go on or end it, and try again"
    who = "another part of this program" if here else who
    assert str(caught.value) == f"{who} kept {path} for more than 0.02 seconds{remedy}"
    (event,) = events
    assert isinstance(event, LockAwaited)
    assert (event.profile, event.process) == ("work", holding)
