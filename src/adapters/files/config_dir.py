"""The configuration directory that the Go tool shares: `promptvm` in the user's configuration directory."""

import os
import sys
from collections.abc import Mapping

from ...ports.errors import ProfileError


def config_dir(environ: Mapping[str, str], *, platform: str = sys.platform) -> str:
    """Returns the shared configuration directory, which need not exist.

    It is in `%AppData%` on Windows, in `~/Library/Application Support` on macOS (the XDG variables are ignored),
    elsewhere in `$XDG_CONFIG_HOME` if that is absolute, else in `~/.config`.

    Args:
        environ: the environment variables.
        platform: a value of `sys.platform`.

    Returns:
        An absolute path that ends with `promptvm`.

    Raises:
        ProfileError: the environment names no configuration directory.
    """
    return os.path.join(_user_config_dir(environ, platform), "promptvm")


def _user_config_dir(environ: Mapping[str, str], platform: str) -> str:
    if platform == "win32":
        roaming = environ.get("APPDATA", "")
        if not roaming:
            raise ProfileError("there is no configuration directory: APPDATA is not set")
        return roaming
    if platform == "darwin":
        return os.path.join(_home(environ), "Library", "Application Support")
    configured = environ.get("XDG_CONFIG_HOME", "")
    return configured if os.path.isabs(configured) else os.path.join(_home(environ), ".config")


def _home(environ: Mapping[str, str]) -> str:
    """Returns the home directory: `$HOME` if it is absolute, else that of the user database."""
    home = environ.get("HOME", "")
    if os.path.isabs(home) or os.path.isabs(home := _recorded_home()):
        return home
    raise ProfileError("there is no configuration directory: HOME is not set")


def _recorded_home() -> str:
    """Returns the home directory of the user database; `expanduser` would return `/` for an empty HOME."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):
        return ""
