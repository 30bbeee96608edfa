"""What the encrypted file store lets nobody else read or exchange, and what a failing disk leaves."""

import errno
import fcntl
import grp
import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from promptvm_oauth.adapters.files import durable_write
from promptvm_oauth.adapters.stores.encrypted_file import MAX_BYTES, EncryptedFileStore
from promptvm_oauth.ports.errors import StoreError, StoreFailed, StoreRefused

from .conftest import PAIR


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fail(monkeypatch: pytest.MonkeyPatch, function: str, number: int) -> None:
    def failing(*_args: object, **_kwargs: object) -> None:
        raise OSError(number, os.strerror(number), "the path")

    monkeypatch.setattr(os, function, failing)


def group_of(monkeypatch: pytest.MonkeyPatch, group: int, *, primary: list[int], members: list[str]) -> None:
    """Set who is in a group: this process, users whose own group it is, and members by name."""
    users = [pwd.struct_passwd((f"user{uid}", "x", uid, group, "", "/", "/bin/sh")) for uid in primary]
    me = pwd.struct_passwd(("me", "x", os.geteuid(), group, "", "/", "/bin/sh"))
    monkeypatch.setattr(os, "getgroups", lambda: [group])
    monkeypatch.setattr(pwd, "getpwall", lambda: [me, *users])
    monkeypatch.setattr(grp, "getgrgid", {group: grp.struct_group(("team", "x", group, members))}.__getitem__)


def everything(store: EncryptedFileStore) -> list[Callable[[], object]]:
    return [
        lambda: store.load("work"),
        lambda: store.save("work", PAIR),
        lambda: store.delete("work"),
        lambda: store.rehearse("work", PAIR),
    ]


class TestModes:
    def test_files_are_0600_and_directories_0700_whatever_the_umask(self, directory: Path) -> None:
        before = os.umask(0)
        try:
            EncryptedFileStore(directory).save("work", PAIR)
        finally:
            os.umask(before)
        tokens = directory / "tokens"
        assert [mode(directory), mode(tokens)] == [0o700, 0o700]
        assert {mode(path) for path in tokens.iterdir()} == {0o600}

    def test_a_temporary_file_is_0600_from_the_moment_it_is_there(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        write = os.write

        def watching(descriptor: int, content: bytes) -> int:
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            return write(descriptor, content)

        monkeypatch.setattr(os, "write", watching)
        before = os.umask(0)
        try:
            EncryptedFileStore(directory).save("work", PAIR)
        finally:
            os.umask(before)
        assert seen
        assert set(seen) == {0o600}

    @pytest.mark.parametrize("name", ["work.enc", ".master"])
    def test_a_file_that_others_could_read_is_closed_to_them(self, directory: Path, name: str) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        (directory / "tokens" / name).chmod(0o644)
        assert store.load("work") == PAIR
        assert mode(directory / "tokens" / name) == 0o600

    def test_a_file_that_cannot_be_closed_to_others_is_refused(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        (directory / "tokens" / "work.enc").chmod(0o644)
        fail(monkeypatch, "fchmod", errno.EROFS)
        with pytest.raises(StoreRefused, match=r"work\.enc is open to other users"):
            store.load("work")

    def test_a_token_directory_that_others_could_enter_is_closed_to_them(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        (directory / "tokens").chmod(0o755)
        assert store.load("work") == PAIR
        assert mode(directory / "tokens") == 0o700

    @pytest.mark.parametrize("open_to", [0o777, 0o2777, 0o722])
    def test_a_parent_that_others_can_write_to_is_refused_and_not_changed(self, directory: Path, open_to: int) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        directory.chmod(open_to)
        for attempt in everything(store):
            with pytest.raises(StoreRefused, match=r"chmod go-w.*--config-dir"):
                attempt()
        assert mode(directory) == open_to
        directory.chmod(0o700)
        assert store.load("work") == PAIR

    @pytest.mark.parametrize("open_to", [0o770, 0o2770])
    def test_a_parent_that_a_group_can_write_to_is_fine_if_nobody_else_is_in_it(
        self, directory: Path, open_to: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        group_of(monkeypatch, directory.parent.stat().st_gid, primary=[], members=[])
        directory.mkdir(mode=0o700)
        directory.chmod(open_to)
        store = EncryptedFileStore(directory)
        store.probe()
        store.rehearse("work", PAIR)
        store.save("work", PAIR)
        assert store.load("work") == PAIR
        assert mode(directory / "tokens") & 0o777 == 0o700
        assert mode(directory) == open_to

    @pytest.mark.parametrize("name", ["work.enc", ".master"])
    def test_a_symbolic_link_in_place_of_a_file_is_refused(self, directory: Path, tmp_path: Path, name: str) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        path = directory / "tokens" / name
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
        before = (tmp_path / "elsewhere").read_bytes()
        with pytest.raises(StoreRefused, match="symbolic link"):
            store.load("work")
        with pytest.raises(StoreRefused, match="symbolic link"):
            store.save("work", PAIR)
        assert (tmp_path / "elsewhere").read_bytes() == before

    def test_a_logout_removes_a_symbolic_link_and_not_what_it_leads_to(
        self, directory: Path, tokens: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "elsewhere").write_bytes(b"x")
        (tokens / "work.enc").symlink_to(tmp_path / "elsewhere")
        EncryptedFileStore(directory).delete("work")
        assert (tmp_path / "elsewhere").exists()
        assert os.listdir(tokens) == []

    def test_a_token_directory_may_be_a_link_to_one_that_is_private(self, directory: Path, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        directory.mkdir(mode=0o700)
        (directory / "tokens").symlink_to(tmp_path / "elsewhere")
        store = EncryptedFileStore(directory)
        store.rehearse("work", PAIR)
        store.save("work", PAIR)
        assert store.load("work") == PAIR
        assert (directory / "tokens").is_symlink()
        assert sorted(os.listdir(tmp_path / "elsewhere")) == [".master", "work.enc"]
        store.delete("work")
        assert os.listdir(tmp_path / "elsewhere") == [".master"]

    @pytest.mark.parametrize("kind", ["open to others", "missing", "a file", "in a directory that others can write to"])
    def test_any_other_link_in_place_of_the_token_directory_is_refused(
        self, directory: Path, tmp_path: Path, kind: str
    ) -> None:
        elsewhere = tmp_path / "beyond" / "elsewhere"
        elsewhere.parent.mkdir()
        if kind == "a file":
            elsewhere.write_bytes(b"")
        elif kind != "missing":
            elsewhere.mkdir(mode=0o755 if kind == "open to others" else 0o700)
        if kind.startswith("in a directory"):
            elsewhere.parent.chmod(0o777)
        directory.mkdir(mode=0o700)
        (directory / "tokens").symlink_to(elsewhere)
        store = EncryptedFileStore(directory)
        for attempt in [*everything(store), store.probe]:
            with pytest.raises(StoreRefused, match=r"symbolic link|other users can write to .*beyond"):
                attempt()
        assert not elsewhere.is_dir() or os.listdir(elsewhere) == []

    def test_a_configuration_directory_may_be_a_link(self, directory: Path, tmp_path: Path) -> None:
        (tmp_path / "dotfiles").mkdir(mode=0o700)
        directory.symlink_to(tmp_path / "dotfiles")
        EncryptedFileStore(directory).save("work", PAIR)
        assert EncryptedFileStore(tmp_path / "dotfiles").load("work") == PAIR

    @pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "directory"])
    @pytest.mark.parametrize("name", ["work.enc", ".master"])
    def test_what_is_no_file_is_refused_at_once(self, directory: Path, name: str, make: Callable[[Path], None]) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        (directory / "tokens" / name).unlink()
        make(directory / "tokens" / name)
        with pytest.raises(StoreRefused, match="not a regular file"):
            store.load("work")
        with pytest.raises(StoreRefused, match="not a regular file"):
            store.save("work", PAIR)

    @pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
    def test_a_read_only_home_is_a_refusal(self, directory: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        fail(monkeypatch, "mkdir", number)
        with pytest.raises(StoreRefused, match="the path"):
            EncryptedFileStore(directory).save("work", PAIR)

    @pytest.mark.parametrize("function", ["write", "fsync", "replace"])
    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
    def test_a_full_or_failing_disk_leaves_the_old_content_and_no_temporary_file(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch, number: int, function: str
    ) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        with monkeypatch.context() as failing:
            fail(failing, function, number)
            with pytest.raises(StoreFailed) as caught:
                store.save("work", {"access_token": "access-2"})
        assert caught.value.retryable
        assert store.load("work") == PAIR
        assert sorted(os.listdir(directory / "tokens")) == [".master", "work.enc"]

    def test_a_write_that_takes_only_a_part_is_continued(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write = os.write

        def short(descriptor: int, content: memoryview) -> int:
            return write(descriptor, content[:7])

        monkeypatch.setattr(os, "write", short)
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        assert store.load("work") == PAIR

    def test_fields_that_could_not_be_read_back_are_not_written(self, directory: Path) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        with pytest.raises(StoreRefused, match="larger"):
            store.save("work", {"access_token": "a" * MAX_BYTES})
        assert store.load("work") == PAIR

    def test_an_unreadable_file_is_never_taken_for_a_missing_one(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        fail(monkeypatch, "read", errno.EIO)
        with pytest.raises(StoreError):
            store.load("work")

    def test_a_umask_that_takes_everything_leaves_the_owner_what_is_theirs(self, directory: Path) -> None:
        before = os.umask(0o777)
        try:
            EncryptedFileStore(directory).save("work", PAIR)
        finally:
            os.umask(before)
        tokens = directory / "tokens"
        assert [mode(directory), mode(tokens)] == [0o700, 0o700]
        assert {mode(path) for path in tokens.iterdir()} == {0o600}


class TestLeftovers:
    LEFT = ".work.enc.0000000000000000.tmp"

    def test_a_save_that_is_killed_leaves_the_next_one_a_name_that_it_takes(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        for step in ("write", "fsync", "replace"):
            with monkeypatch.context() as killed:
                killed.setattr(durable_write, "_remove", str)  # a killed process removes nothing
                fail(killed, step, errno.EIO)
                with pytest.raises(StoreFailed):
                    store.save("work", PAIR)
            assert sorted(os.listdir(directory / "tokens")) == [".master", self.LEFT, "work.enc"]
        store.save("work", PAIR)
        assert sorted(os.listdir(directory / "tokens")) == [".master", "work.enc"]

    def test_what_a_running_writer_holds_or_another_file_owns_stays(self, directory: Path, tokens: Path) -> None:
        others = (".home.enc.0000000000000000.tmp", ".work.enc.short.tmp", "work.enc.0000000000000000.tmp")
        for name in (self.LEFT, *others):
            (tokens / name).write_bytes(b"half")
        with (tokens / self.LEFT).open("rb") as running:
            fcntl.flock(running, fcntl.LOCK_EX)
            EncryptedFileStore(directory).save("work", PAIR)
        assert sorted(os.listdir(tokens)) == sorted([self.LEFT, *others, ".master", "work.enc"])

    def test_a_writer_whose_file_is_being_removed_takes_another(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        asked: list[int] = []

        def held(descriptor: int, _operation: int) -> None:
            asked.append(descriptor)
            os.unlink(directory / "tokens" / self.LEFT)
            raise BlockingIOError(errno.EWOULDBLOCK, "another process removes it")

        monkeypatch.setattr(fcntl, "flock", held)
        store.save("work", {"access_token": "2"})
        assert asked
        assert store.load("work") == {"access_token": "2"}

    def test_without_locks_nothing_is_removed_and_the_save_goes_on(
        self, directory: Path, tokens: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tokens / self.LEFT).write_bytes(b"half")
        monkeypatch.setattr(fcntl, "flock", refuse_to_lock)
        store = EncryptedFileStore(directory)
        store.save("work", PAIR)
        store.save("work", PAIR)
        assert store.load("work") == PAIR
        assert (tokens / self.LEFT).exists()

    def test_a_logout_removes_what_any_release_has_left(self, directory: Path, tokens: Path) -> None:
        for name in (self.LEFT, ".work.enc.0123456789abcdef.tmp"):
            (tokens / name).write_bytes(b"half")
        EncryptedFileStore(directory).delete("work")
        assert os.listdir(tokens) == []


def refuse_to_lock(*_: object) -> None:
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
