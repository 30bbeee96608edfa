"""The configuration directory that the Go tool shares: `promptvm` in the user's configuration directory."""

import os
import re
import sys
from collections.abc import Mapping
from hashlib import sha256

from ...ports.errors import ProfileError


def config_dir(environ: Mapping[str, str] = os.environ, *, platform: str = sys.platform) -> str:
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


_READABLE, _DIGITS = 40, 8


def own_dir(config_dir: str) -> str:
    """Returns this package's own directory, which the Go tool does not look into."""
    return os.path.join(config_dir, "promptvm-oauth")


def store_dir(config_dir: str, unshared: str) -> str:
    """Returns the directory for the profiles of a secret store, and for its tokens if it is files.

    Args:
        config_dir: the configuration directory.
        unshared: the name that its profiles are kept under, which may be any text; empty if the Go tool can see the
            store.
    """
    if not unshared:
        return config_dir
    plain = re.sub(r"[^a-z0-9-]+", "-", unshared.lower())[:_READABLE].strip("-")
    if plain != unshared:  # other names may look the same
        digest = sha256(unshared.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        plain = f"{plain}-{digest}"
    return os.path.join(own_dir(config_dir), "unshared", plain)


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
