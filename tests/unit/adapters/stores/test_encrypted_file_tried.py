"""The encrypted file store is tried or asked before it is used, and read again before it counts as damaged."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import Mock

import pytest
from promptvm_oauth.adapters.files import trying
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.errors import StoreCorrupt, StoreError, StoreFailed, StoreRefused

from .conftest import PAIR, put, put_foreign

UNNAMED = getattr(os, "O_TMPFILE", os.O_DIRECTORY)

Try = Callable[[EncryptedFileStore], None]

TRIES: dict[str, Try] = {
    "probe": lambda store: store.probe(),
    "rehearse": lambda store: store.rehearse("work", PAIR),
}


@pytest.fixture(params=list(TRIES.values()), ids=list(TRIES))
def attempt(request: pytest.FixtureRequest) -> Try:
    tried: Try = request.param
    return tried


@pytest.fixture(params=[True, False], ids=["unnamed files", "no unnamed files"])
def unnamed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(trying, "_UNNAMED", 0)


def everything_in(path: Path) -> list[Path]:
    return sorted(path.rglob("*"))


class Fault(NamedTuple):
    """A function of the system that fails, and the error that the store makes of it."""

    module: object
    function: str
    number: int
    kind: type[StoreError]

    def __str__(self) -> str:
        return f"{self.function} {errno.errorcode[self.number]}"


FAULTS = (
    Fault(fcntl, "flock", errno.ENOSYS, StoreRefused),
    Fault(fcntl, "flock", errno.EOPNOTSUPP, StoreRefused),
    Fault(fcntl, "flock", errno.ENOLCK, StoreRefused),
)
"""What both find."""

WRITING_FAULTS = (
    Fault(os, "write", errno.ENOSPC, StoreFailed),
    Fault(os, "fsync", errno.EIO, StoreFailed),
    Fault(os, "open", errno.EACCES, StoreRefused),
    Fault(os, "open", errno.EROFS, StoreRefused),
)


def failing(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(fault.number, os.strerror(fault.number))

    monkeypatch.setattr(fault.module, fault.function, fail)


def store_in(directory: Path, there: str) -> EncryptedFileStore:
    """Returns a store, of which nothing, the directory or the tokens are there."""
    if there == "the directory":
        directory.mkdir(mode=0o700)
    store = EncryptedFileStore(directory)
    if there == "the tokens":
        store.save("work", PAIR)
    return store


@pytest.mark.usefixtures("unnamed")
class TestTried:
    @pytest.mark.parametrize("there", ["nothing", "the directory", "the tokens"])
    def test_a_store_that_works_is_left_as_it_was(
        self, directory: Path, tmp_path: Path, attempt: Try, there: str
    ) -> None:
        store = store_in(directory, there)
        before = everything_in(tmp_path)
        attempt(store)
        assert everything_in(tmp_path) == before

    @pytest.mark.parametrize("there", ["nothing", "the directory", "the tokens"])
    @pytest.mark.parametrize("fault", FAULTS, ids=str)
    def test_what_cannot_take_tokens_is_found_and_nothing_is_left(
        self, directory: Path, attempt: Try, there: str, fault: Fault
    ) -> None:
        store = store_in(directory, there)
        before = everything_in(directory.parent)
        with pytest.MonkeyPatch.context() as broken:
            failing(broken, fault)
            with pytest.raises(fault.kind, match=r"config_dir \(--config-dir\)"):
                attempt(store)
        assert everything_in(directory.parent) == before

    @pytest.mark.parametrize("there", ["nothing", "the directory", "the tokens"])
    @pytest.mark.parametrize("fault", WRITING_FAULTS, ids=str)
    def test_what_cannot_be_written_is_found_by_writing_and_nothing_is_left(
        self, directory: Path, there: str, fault: Fault
    ) -> None:
        self.test_what_cannot_take_tokens_is_found_and_nothing_is_left(directory, TRIES["rehearse"], there, fault)

    def test_a_volume_that_everybody_can_write_to_is_found(self, directory: Path, attempt: Try) -> None:
        directory.mkdir()
        directory.chmod(0o777)
        with pytest.raises(StoreRefused, match=r"chmod go-w.*config_dir \(--config-dir\)"):
            attempt(EncryptedFileStore(directory))
        assert os.listdir(directory) == []

    def test_a_file_in_place_of_the_directory_is_found(self, tmp_path: Path, attempt: Try) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(StoreError, match="file"):
            attempt(EncryptedFileStore(tmp_path / "file" / "promptvm"))

    def test_a_directory_of_who_called_sudo_is_found(
        self, directory: Path, attempt: Try, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stat = os.stat

        def of_ada(path: str, **options: object) -> os.stat_result:
            found = stat(path)
            return os.stat_result((*found[:4], 1234, *found[5:10]))

        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setenv("SUDO_UID", "1234")
        monkeypatch.setattr(os, "stat", of_ada)
        with pytest.raises(StoreRefused, match=r"belongs to another user.*without sudo"):
            attempt(EncryptedFileStore(directory))


class Volume(NamedTuple):
    """What `statvfs` says of a file system."""

    f_bavail: int = 10**6
    f_frsize: int = 4096
    f_files: int = 1000
    f_favail: int = 1000
    f_flag: int = 0


class TestAsked:
    """`probe` asks the system, and writes nothing."""

    @pytest.mark.parametrize(
        ("volume", "kind", "text"),
        [
            (Volume(f_bavail=15), StoreFailed, "No space left on device"),
            (Volume(f_favail=0), StoreFailed, "No space left on device"),
            (Volume(f_flag=os.ST_RDONLY), StoreRefused, "Read-only file system"),
        ],
    )
    def test_a_volume_that_is_full_or_read_only_is_found(
        self,
        directory: Path,
        volume: Volume,
        kind: type[StoreError],
        text: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        stores = [store_in(directory.parent / there, there) for there in ("nothing", "the directory", "the tokens")]
        monkeypatch.setattr(os, "statvfs", Mock(return_value=volume))
        for store in stores:
            with pytest.raises(kind, match=rf"{text}.*--config-dir"):
                store.probe()

    @pytest.mark.parametrize("volume", [Volume(f_bavail=16), Volume(f_files=0, f_favail=0)])
    def test_a_volume_with_little_space_or_without_a_count_of_files_is_fine(
        self, directory: Path, volume: Volume, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = store_in(directory, "the tokens")
        monkeypatch.setattr(os, "statvfs", Mock(return_value=volume))
        store.probe()

    def test_a_directory_without_access_is_found(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = store_in(directory, "the tokens")
        monkeypatch.setattr(os, "access", Mock(return_value=False))
        monkeypatch.setattr(os, "supports_effective_ids", {os.access})
        with pytest.raises(StoreRefused, match=r"tokens: Permission denied.*--config-dir"):
            store.probe()

    @pytest.mark.parametrize("there", ["nothing", "the directory", "the tokens"])
    def test_no_file_is_opened_for_writing_and_no_mode_is_changed(
        self, directory: Path, there: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = store_in(directory, there)
        if there == "the tokens":
            (directory / "tokens").chmod(0o755)
        opened: list[tuple[str, int]] = []
        really = os.open

        def look(path: str, flags: int, *more: int) -> int:
            writing = os.O_ACCMODE | os.O_CREAT | (UNNAMED & ~os.O_DIRECTORY)
            opened.append((os.path.basename(path), flags & writing))
            return really(path, flags, *more)

        monkeypatch.setattr(os, "open", look)
        store.probe()
        expected = {"nothing": directory.parent.name, "the directory": directory.name, "the tokens": ".master"}
        assert opened == [(expected[there], 0)]
        if there == "the tokens":
            assert (directory / "tokens").stat().st_mode & 0o777 == 0o755

    def test_a_key_that_is_a_link_is_not_opened(self, directory: Path, tmp_path: Path) -> None:
        store = store_in(directory, "the tokens")
        (tmp_path / "elsewhere").write_bytes(b"x")
        (directory / "tokens" / ".master").unlink()
        (directory / "tokens" / ".master").symlink_to(tmp_path / "elsewhere")
        store.probe()

    def test_a_lock_that_another_program_holds_is_a_lock(self, directory: Path) -> None:
        store = store_in(directory, "the tokens")
        with (directory / "tokens" / ".master").open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            store.probe()


class TestReadAgain:
    def test_a_file_that_is_being_written_is_read_again(self, directory: Path, tokens: Path) -> None:
        put_foreign(tokens, PAIR)
        whole = (tokens / "work.enc").read_bytes()
        put(tokens / "work.enc", b"")
        pauses: list[float] = []

        def write_on(seconds: float) -> None:
            pauses.append(seconds)
            put(tokens / "work.enc", whole if len(pauses) == 3 else whole[:30])

        assert EncryptedFileStore(directory, sleep=write_on).load("work") == PAIR
        assert pauses == [0.01, 0.03, 0.1]

    def test_a_good_file_is_read_once(self, directory: Path, tokens: Path, pauses: list[float]) -> None:
        put_foreign(tokens, PAIR)
        assert EncryptedFileStore(directory).load("work") == PAIR
        assert pauses == []

    def test_a_file_that_stays_damaged_is_corrupt(self, directory: Path, tokens: Path, pauses: list[float]) -> None:
        put(tokens / "work.enc", b"damaged")
        with pytest.raises(StoreCorrupt):
            EncryptedFileStore(directory).load("work")
        assert pauses == [0.01, 0.03, 0.1]

    def test_a_refusal_is_not_asked_again(self, directory: Path, pauses: list[float]) -> None:
        directory.mkdir()
        directory.chmod(0o777)
        with pytest.raises(StoreRefused):
            EncryptedFileStore(directory).load("work")
        assert pauses == []
