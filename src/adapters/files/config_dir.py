"""Where the configuration that the Go tool shares lies: the directory `promptvm` under the user's own."""

import os
import sys
from collections.abc import Mapping

from ...ports.errors import ProfileError


def config_dir(environ: Mapping[str, str], *, platform: str = sys.platform) -> str:
    """Give the shared configuration directory, which need not exist.

    It is worked out as the Go tool does: `%AppData%` on Windows, `~/Library/Application Support` on macOS whatever
    the XDG variables say, elsewhere `$XDG_CONFIG_HOME` if that is absolute, else `~/.config`.

    Args:
        environ: the environment variables.
        platform: as `sys.platform` gives it.

    Returns:
        An absolute path that ends with `promptvm`.

    Raises:
        ProfileError: the environment names no directory of the user's.
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
    """Give the home directory: `$HOME`, else what the user database says."""
    for home in (environ.get("HOME", ""), os.path.expanduser("~")):
        if os.path.isabs(home):
            return home
    raise ProfileError("there is no configuration directory: HOME is not set")
