"""Whose a file is, who can write to it, and which links are followed."""

import errno
import grp
import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from promptvm_oauth.adapters.files import trust
from promptvm_oauth.adapters.files.reading import check_deciding_directory, check_parent, read_deciding
from promptvm_oauth.adapters.files.trust import Refusal

GROUP = 54321
STRANGER = 54322


class Users:
    """The user database of a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mine = [GROUP]
        self.others: list[tuple[str, int, int]] = []
        self.members: list[str] | None = []
        monkeypatch.setattr(os, "getgroups", lambda: self.mine)
        monkeypatch.setattr(pwd, "getpwall", self._all)
        monkeypatch.setattr(grp, "getgrgid", self._group)

    def _all(self) -> list[pwd.struct_passwd]:
        everyone = [("me", os.geteuid(), 1), ("root", 0, 0), *self.others]
        return [pwd.struct_passwd((name, "x", uid, gid, "", "/", "/bin/sh")) for name, uid, gid in everyone]

    def _group(self, gid: int) -> grp.struct_group:
        if self.members is None:
            raise KeyError(gid)
        return grp.struct_group(("team", "x", gid, self.members))


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch) -> Users:
    return Users(monkeypatch)


def status(mode: int, *, owner: int | None = None, group: int = GROUP) -> os.stat_result:
    return os.stat_result((mode, 1, 1, 1, os.geteuid() if owner is None else owner, group, 0, 0, 0, 0))


@pytest.fixture
def owned_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, int], None]:
    """Lets a path look as if it belonged to another user; only root could really give it away."""
    given: dict[tuple[int, int], int] = {}

    def look(function: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def seen(*args: object, **options: object) -> os.stat_result:
            found = function(*args, **options)
            owner = given.get((found.st_dev, found.st_ino), found.st_uid)
            return os.stat_result((*found[:4], owner, *found[5:10]))

        return seen

    lreally = os.lstat
    for name in ("stat", "lstat", "fstat"):
        monkeypatch.setattr(os, name, look(getattr(os, name)))

    def give(path: Path, owner: int) -> None:
        found = lreally(path)
        given[found.st_dev, found.st_ino] = owner

    return give


class TestGroups:
    def test_everybody_is_others(self, users: Users) -> None:
        assert trust.others_can_write(status(0o602))

    def test_a_group_in_which_nobody_else_is_counts_as_the_user(self, users: Users) -> None:
        assert not trust.others_can_write(status(0o660))

    @pytest.mark.parametrize("members", [["me"], ["root", "me"], None])
    def test_the_user_and_root_may_be_named_in_it_and_no_database_need_know_it(
        self, users: Users, members: list[str] | None
    ) -> None:
        users.members = members
        assert not trust.others_can_write(status(0o660))

    @pytest.mark.parametrize("members", [["bob"], ["me", "bob"], ["of-nobody"]])
    def test_a_member_by_name_is_others(self, users: Users, members: list[str]) -> None:
        users.members = members
        assert trust.others_can_write(status(0o660))

    def test_a_user_whose_own_group_it_is_is_others(self, users: Users) -> None:
        users.others = [("bob", STRANGER, GROUP)]
        assert trust.others_can_write(status(0o660))

    def test_a_group_of_which_this_process_is_no_member_is_others(self, users: Users) -> None:
        users.mine = []
        assert trust.others_can_write(status(0o660, group=GROUP + 1))


class TestDecidingFiles:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "config.yaml"
        path.write_bytes(b"x")
        path.chmod(0o644)
        return path

    def test_a_missing_file_is_none(self, tmp_path: Path) -> None:
        assert read_deciding(str(tmp_path / "none"), 10) is None

    def test_a_file_that_others_can_only_read_is_not_changed(self, path: Path) -> None:
        assert read_deciding(str(path), 10) == b"x"
        assert stat.S_IMODE(path.stat().st_mode) == 0o644

    @pytest.mark.parametrize("mode", [0o666, 0o646, 0o606])
    def test_a_file_that_others_can_write_to_is_closed_to_them(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        assert read_deciding(str(path), 10) == b"x"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_file_that_cannot_be_closed_to_them_is_refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError

        path.chmod(0o666)
        monkeypatch.setattr(os, "chmod", refuse)
        with pytest.raises(Refusal, match=r"config\.yaml: run chmod go-w on it.*--config-dir"):
            read_deciding(str(path), 10)

    def test_a_file_of_another_user_is_refused(self, path: Path, owned_by: Callable[[Path, int], None]) -> None:
        owned_by(path, STRANGER)
        with pytest.raises(Refusal, match=rf"config\.yaml belongs to another user, uid {STRANGER}: .*--config-dir"):
            read_deciding(str(path), 10)

    @pytest.mark.parametrize(("me", "way"), [(0, "run this as .*without sudo"), (STRANGER + 1, "sudo chown -R")])
    def test_the_way_out_depends_on_who_asks(
        self, path: Path, owned_by: Callable[[Path, int], None], monkeypatch: pytest.MonkeyPatch, me: int, way: str
    ) -> None:
        owned_by(path, STRANGER)
        monkeypatch.setattr(os, "geteuid", lambda: me)
        with pytest.raises(Refusal, match=way):
            read_deciding(str(path), 10)

    def test_a_file_of_root_is_fine(
        self, path: Path, owned_by: Callable[[Path, int], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owned_by(path, 0)
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
        assert read_deciding(str(path), 10) == b"x"


class TestDirectories:
    def test_a_deciding_directory_is_closed_to_others_and_a_parent_is_not_changed(self, tmp_path: Path) -> None:
        (tmp_path / "profiles").mkdir()
        (tmp_path / "profiles").chmod(0o777)
        assert check_deciding_directory(str(tmp_path / "profiles"))
        assert stat.S_IMODE((tmp_path / "profiles").stat().st_mode) == 0o700
        tmp_path.chmod(0o777)
        with pytest.raises(Refusal, match="other users can write"):
            check_parent(str(tmp_path))
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o777
        tmp_path.chmod(0o1777)
        assert check_parent(str(tmp_path))

    def test_what_is_missing_is_not_there(self, tmp_path: Path) -> None:
        assert not check_deciding_directory(str(tmp_path / "none"))
        (tmp_path / "link").symlink_to("none")
        assert not check_deciding_directory(str(tmp_path / "link"))
        assert not check_parent(str(tmp_path / "none"))


class TestLinks:
    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        repository = tmp_path / "dotfiles" / "promptvm"
        repository.mkdir(parents=True)
        (repository / "config.yaml").write_bytes(b"linked")
        return repository

    def test_a_link_is_followed_where_every_step_is_safe(self, tmp_path: Path, repository: Path) -> None:
        (tmp_path / "config.yaml").symlink_to("dotfiles/promptvm/../promptvm/./config.yaml")
        assert trust.target_of(str(tmp_path / "config.yaml")) == str(repository / "config.yaml")
        assert read_deciding(str(tmp_path / "config.yaml"), 10) == b"linked"

    def test_the_links_of_a_kubernetes_volume_are_followed(self, tmp_path: Path) -> None:
        (tmp_path / "..2026_11_26").mkdir()
        (tmp_path / "..2026_11_26" / "config.yaml").write_bytes(b"mounted")
        (tmp_path / "..data").symlink_to("..2026_11_26")
        (tmp_path / "config.yaml").symlink_to("..data/config.yaml")
        tmp_path.chmod(0o1777)
        assert read_deciding(str(tmp_path / "config.yaml"), 10) == b"mounted"

    def test_a_link_through_a_directory_that_others_can_write_to_is_refused(
        self, tmp_path: Path, repository: Path
    ) -> None:
        (tmp_path / "config.yaml").symlink_to(repository / "config.yaml")
        repository.parent.chmod(0o777)
        with pytest.raises(Refusal, match=r"other users can write to .*dotfiles"):
            read_deciding(str(tmp_path / "config.yaml"), 10)

    @pytest.mark.parametrize("step", ["config.yaml", "dotfiles", "dotfiles/promptvm/config.yaml"])
    def test_a_step_of_another_user_is_refused(
        self, tmp_path: Path, repository: Path, owned_by: Callable[[Path, int], None], step: str
    ) -> None:
        (tmp_path / "config.yaml").symlink_to(repository / "config.yaml")
        owned_by(tmp_path / step, STRANGER)
        with pytest.raises(Refusal, match="belongs to another user"):
            read_deciding(str(tmp_path / "config.yaml"), 10)

    def test_a_circle_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "one").symlink_to("two")
        (tmp_path / "two").symlink_to("one")
        with pytest.raises(OSError, match="symbolic links"):
            read_deciding(str(tmp_path / "one"), 10)

    def test_a_link_to_nothing_is_a_missing_file(self, tmp_path: Path) -> None:
        (tmp_path / "config.yaml").symlink_to("nothing")
        assert read_deciding(str(tmp_path / "config.yaml"), 10) is None
        (tmp_path / "config.yaml").unlink()
        (tmp_path / "config.yaml").symlink_to("no/directory/config.yaml")
        with pytest.raises(FileNotFoundError):
            read_deciding(str(tmp_path / "config.yaml"), 10)


class TestSudo:
    def test_root_makes_no_files_in_the_directory_of_who_called_sudo(
        self, tmp_path: Path, owned_by: Callable[[Path, int], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owned_by(tmp_path, STRANGER)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.delenv("SUDO_UID", raising=False)
        trust.check_not_by_sudo(str(tmp_path))
        monkeypatch.setenv("SUDO_UID", str(STRANGER))
        with pytest.raises(Refusal, match="without sudo"):
            trust.check_not_by_sudo(str(tmp_path))


@pytest.mark.parametrize(("name", "told"), [("file", "sudo chown -R"), ("", "Permission denied; choose another")])
def test_only_of_a_file_is_the_owner_told_for_a_missing_permission(
    tmp_path: Path, owned_by: Callable[[Path, int], None], monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    (tmp_path / "file").touch()
    owned_by(tmp_path / name, STRANGER)
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER + 1)
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / name))
    assert told in trust.explained(error)
    assert ("chown" in trust.explained(error)) == bool(name)
