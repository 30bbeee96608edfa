"""Where the shared configuration lies, on every system as the Go tool has it."""

import os
import pwd

import pytest
from promptvm_oauth.adapters.files.config_dir import config_dir
from promptvm_oauth.ports.errors import ProfileError

HOME = {"HOME": "/home/ada"}


def test_on_linux_it_lies_under_xdg_config_home() -> None:
    assert config_dir({**HOME, "XDG_CONFIG_HOME": "/srv/config"}, platform="linux") == "/srv/config/promptvm"


@pytest.mark.parametrize("configured", ["", "relative", "./here", "~/config"])
def test_an_xdg_config_home_that_is_not_absolute_is_ignored(configured: str) -> None:
    assert config_dir({**HOME, "XDG_CONFIG_HOME": configured}, platform="linux") == "/home/ada/.config/promptvm"


def test_without_it_linux_uses_the_home_directory() -> None:
    assert config_dir(HOME, platform="linux") == "/home/ada/.config/promptvm"


def test_on_macos_the_xdg_variables_do_not_count() -> None:
    environ = {**HOME, "XDG_CONFIG_HOME": "/srv/config"}
    assert config_dir(environ, platform="darwin") == "/home/ada/Library/Application Support/promptvm"


def test_on_windows_it_lies_in_the_roaming_application_data() -> None:
    roaming = r"C:\Users\ada\AppData\Roaming"
    assert config_dir({"APPDATA": roaming}, platform="win32") == os.path.join(roaming, "promptvm")


def test_windows_without_application_data_is_an_error() -> None:
    with pytest.raises(ProfileError, match="APPDATA"):
        config_dir({}, platform="win32")


def of_the_database(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    entry = pwd.struct_passwd(("ada", "x", 1000, 1000, "", home, "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", {os.getuid(): entry}.__getitem__)


@pytest.mark.parametrize("environ", [{}, {"HOME": "relative"}, {"HOME": ""}])
@pytest.mark.parametrize("own", [None, "", "/home/of-this-process"])
def test_without_a_usable_home_the_user_database_is_asked(
    environ: dict[str, str], own: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if own is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", own)
    of_the_database(monkeypatch, "/home/of-the-database")
    assert config_dir(environ, platform="linux") == "/home/of-the-database/.config/promptvm"


@pytest.mark.parametrize("home", ["", "relative", None])
def test_nothing_is_ever_put_into_the_working_directory(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    if home is None:
        nobody: dict[int, pwd.struct_passwd] = {}
        monkeypatch.setattr(pwd, "getpwuid", nobody.__getitem__)
    else:
        of_the_database(monkeypatch, home)
    with pytest.raises(ProfileError, match="HOME"):
        config_dir({}, platform="linux")
