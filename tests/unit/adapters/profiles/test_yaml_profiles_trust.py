"""The files that decide where tokens go: who may own them and write to them, and which links are followed."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.split_profiles import SplitProfiles
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.ports.errors import ProfileError

from .conftest import put

WORK = {"base_url": "https://api.promptvm.ai"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


CALLS: dict[str, Callable[[YamlProfiles], object]] = {
    "active": lambda profiles: profiles.active(),
    "activate": lambda profiles: profiles.activate("work"),
    "load": lambda profiles: profiles.load("work"),
    "save": lambda profiles: profiles.save("work", {"base_url": "https://other.example"}),
}


@pytest.fixture
def profiles(directory: Path) -> YamlProfiles:
    profiles = YamlProfiles(directory)
    profiles.save("work", WORK)
    profiles.activate("work")
    return profiles


@pytest.fixture
def give_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Lets a path look as if it belonged to another user; only root could really give it away."""
    given: set[tuple[int, int]] = set()

    def look(function: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def seen(*args: object, **options: object) -> os.stat_result:
            found = function(*args, **options)
            owner = 54321 if (found.st_dev, found.st_ino) in given else found.st_uid
            return os.stat_result((*found[:4], owner, *found[5:10]))

        return seen

    for name in ("stat", "lstat", "fstat"):
        monkeypatch.setattr(os, name, look(getattr(os, name)))

    def give(path: Path) -> None:
        found = path.stat()
        given.add((found.st_dev, found.st_ino))

    return give


@pytest.mark.parametrize(
    ("name", "closed"), [("profiles", 0o700), ("profiles/work.yaml", 0o600), ("config.yaml", 0o600)]
)
@pytest.mark.parametrize("open_to", [0o777, 0o722, 0o666])
def test_what_others_could_write_to_is_closed_to_them(
    profiles: YamlProfiles, directory: Path, name: str, closed: int, open_to: int
) -> None:
    (directory / name).chmod(open_to | (0o100 if name == "profiles" else 0))
    assert profiles.load("work") == {"name": "work", **WORK}
    assert profiles.active() == "work"
    assert mode(directory / name) == (0o700 if name == "profiles" else 0o600)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_directory_that_others_can_write_to_is_refused_and_not_changed(
    profiles: YamlProfiles, directory: Path, call: Callable[[YamlProfiles], object]
) -> None:
    before = {path: path.read_bytes() for path in directory.rglob("*.yaml")}
    directory.chmod(0o777)
    with pytest.raises(ProfileError, match=r"other users can write to .*: run chmod go-w on it, or .*--config-dir"):
        call(profiles)
    assert mode(directory) == 0o777
    assert {path: path.read_bytes() for path in directory.rglob("*.yaml")} == before


@pytest.mark.parametrize("name", ["", "profiles", "profiles/work.yaml"])
@pytest.mark.parametrize("call", ["load", "save"])
def test_what_belongs_to_another_user_is_refused(
    profiles: YamlProfiles, directory: Path, give_away: Callable[[Path], None], name: str, call: str
) -> None:
    before = (directory / "profiles" / "work.yaml").read_bytes()
    give_away(directory / name)
    with pytest.raises(ProfileError, match=r"belongs to another user, uid 54321: .*(sudo|--config-dir)"):
        CALLS[call](profiles)
    assert (directory / "profiles" / "work.yaml").read_bytes() == before


def test_a_configuration_of_another_user_is_refused(
    profiles: YamlProfiles, directory: Path, give_away: Callable[[Path], None]
) -> None:
    give_away(directory / "config.yaml")
    for call in ("active", "activate"):
        with pytest.raises(ProfileError, match=r"config\.yaml belongs to another user"):
            CALLS[call](profiles)


@pytest.mark.parametrize("name", ["config.yaml", "profiles/work.yaml"])
def test_a_file_may_be_a_link_and_is_written_through(
    profiles: YamlProfiles, directory: Path, tmp_path: Path, name: str
) -> None:
    linked = tmp_path / "dotfiles" / "linked.yaml"
    linked.parent.mkdir()
    (directory / name).rename(linked)
    (directory / name).symlink_to("../" * (name.count("/") + 1) + "dotfiles/linked.yaml")
    profiles.save("work", {"base_url": "https://new.example"})
    profiles.activate("home")
    assert (directory / name).is_symlink()
    assert ("new.example" if "work" in name else "home") in linked.read_text()
    assert profiles.active() == "home"
    assert profiles.load("work") == {"name": "work", "base_url": "https://new.example"}


def test_a_damaged_file_behind_a_link_is_kept_beside_it(directory: Path, tmp_path: Path) -> None:
    linked = tmp_path / "dotfiles" / "linked.yaml"
    linked.parent.mkdir()
    linked.write_text("[")
    (directory / "profiles" / "work.yaml").symlink_to(linked)
    YamlProfiles(directory).save("work", WORK)
    assert (directory / "profiles" / "work.yaml").is_symlink()
    assert YamlProfiles(directory).load("work") == {"name": "work", **WORK}
    assert linked.with_name("linked.yaml.corrupt").read_text() == "["


def test_the_directory_may_be_a_link(directory: Path, tmp_path: Path) -> None:
    (directory / "profiles").rename(tmp_path / "elsewhere")
    (directory / "profiles").symlink_to(tmp_path / "elsewhere")
    profiles = YamlProfiles(directory)
    profiles.save("work", WORK)
    assert profiles.load("work") == {"name": "work", **WORK}
    assert os.listdir(tmp_path / "elsewhere") == ["work.yaml"]


def test_a_link_into_a_directory_that_others_can_write_to_is_refused(
    profiles: YamlProfiles, directory: Path, tmp_path: Path
) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    (directory / "profiles" / "work.yaml").rename(open_to_all / "work.yaml")
    open_to_all.chmod(0o777)
    (directory / "profiles" / "work.yaml").symlink_to(open_to_all / "work.yaml")
    for call in ("load", "save"):
        with pytest.raises(ProfileError, match=r"other users can write to .*open"):
            CALLS[call](profiles)


def test_the_links_of_a_kubernetes_volume_are_read(tmp_path: Path) -> None:
    volume = tmp_path / "promptvm"
    mounted = volume / "..2026_11_26" / "profiles"
    mounted.mkdir(parents=True)
    (mounted / "work.yaml").write_text("name: work\nbase_url: https://api.promptvm.ai\n")
    put(volume, "active_profile: work\n", "..2026_11_26/config.yaml")
    (volume / "..data").symlink_to("..2026_11_26")
    for name in ("profiles", "config.yaml"):
        (volume / name).symlink_to(f"..data/{name}")
    volume.chmod(0o1777)
    profiles = YamlProfiles(volume)
    assert profiles.active() == "work"
    assert profiles.load("work") == {"name": "work", **WORK}


def test_profiles_within_a_configuration_that_others_can_write_to_are_refused(tmp_path: Path) -> None:
    own = YamlProfiles(tmp_path / "promptvm" / "promptvm-oauth" / "store", within=str(tmp_path / "promptvm"))
    own.save("work", WORK)
    own.activate("work")
    for name in ("promptvm", "promptvm/promptvm-oauth", "promptvm/promptvm-oauth/store"):
        (tmp_path / name).chmod(0o777)
        for call in CALLS.values():
            with pytest.raises(ProfileError, match="other users can write to"):
                call(own)
        (tmp_path / name).chmod(0o700)
    tmp_path.chmod(0o777)  # what is above is not the product's
    assert own.load("work") == {"name": "work", **WORK}


@pytest.mark.parametrize("damaged", ["config.yaml", "promptvm-oauth/config.yaml"])
def test_choosing_a_profile_mends_the_configuration_of_either_kind(tmp_path: Path, damaged: str) -> None:
    own = YamlProfiles(tmp_path / "promptvm-oauth")
    profiles = SplitProfiles(YamlProfiles(tmp_path), own)
    profiles.save("work", WORK)
    profiles.activate("work")
    own.activate("no-such-profile")
    (tmp_path / damaged).write_text("[")
    with pytest.raises(ProfileError, match=r"promptvm-auth profiles --use NAME"):
        profiles.active()
    profiles.activate("work")
    assert profiles.active() == "work"
    assert (tmp_path / f"{damaged}.corrupt").read_text() == "["
