"""The encrypted file store is tried before anything depends on it, and read again before it counts as damaged."""

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from promptvm_oauth.adapters.files import trying
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.errors import StoreCorrupt, StoreError, StoreFailed, StoreRefused

from .conftest import PAIR, put, put_foreign

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
