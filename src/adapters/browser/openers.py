"""The commands that can open a URL, in order of preference: a pure function of environment and platform.

The standard library's `webbrowser` is not used: it replaces `%s` and `%action` inside URLs, searches the working
directory, and lets a text browser use the terminal.
"""

import os
import re
import shlex
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ...ports.environment import has_display, is_text_browser
from ...ports.errors import BrowserError

Opener = tuple[str, ...]
"""A command and its arguments; the URL replaces `%s`."""

Status = Callable[[], int | None]
"""Returns the exit status of a command, or None while it runs."""

_LONGEST_URL = 8192

# RFC 3986 §2: the characters of a URI: no space, no control character, no double quote, no backslash.
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")

_X11: tuple[Opener, ...] = (
    ("xdg-open", "%s"),
    ("gio", "open", "%s"),
    ("x-www-browser", "%s"),
    ("firefox", "%s"),
    ("chromium", "%s"),
    ("google-chrome", "%s"),
)
_WSL: tuple[Opener, ...] = (
    ("wslview", "%s"),
    ("/mnt/c/Windows/System32/rundll32.exe", "url.dll,FileProtocolHandler", "%s"),
)
_EDITOR: tuple[Opener, ...] = (("code", "--openExternal", "%s"),)
_SNAP: tuple[Opener, ...] = (("snapctl", "user-open", "%s"),)
_FLATPAK: tuple[Opener, ...] = (("flatpak-spawn", "--host", "xdg-open", "%s"),)
_MACOS: tuple[Opener, ...] = (("/usr/bin/open", "%s"),)


def validated(url: str) -> str:
    """Returns the URL if it is safe to pass to another program.

    Raises:
        BrowserError: the URL is not an absolute http(s) URL, has a user name, or has invalid characters. The text does
            not show the URL, since it may hold a state.
    """
    if len(url) > _LONGEST_URL:
        raise BrowserError(f"the URL is longer than {_LONGEST_URL} characters")
    if not _URI.fullmatch(url):
        raise BrowserError("the URL has characters that a URL must not have")
    try:
        parts = urlsplit(url)
        absolute = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        absolute = False
    else:
        if "@" in parts.netloc:
            raise BrowserError("the URL has a user name in it")
    if not absolute:
        raise BrowserError("the URL is not an absolute http or https URL")
    return url


def openers(environ: Mapping[str, str], platform: str) -> list[Opener]:
    """Returns the commands to try, in order of preference.

    The user's choice is first: `BROWSER`, a list of commands separated by `os.pathsep`. Text browsers in it are left
    out, since they would use the terminal.

    Args:
        environ: the environment variables.
        platform: a value of `sys.platform`.

    Raises:
        BrowserError: `BROWSER` is `none`, or it names no browser and there is no graphical display.
    """
    chosen = environ.get("BROWSER", "").strip()
    if chosen.lower() == "none":
        raise BrowserError("the environment variable BROWSER is 'none'")
    entries = chosen.split(";" if platform == "win32" else ":")
    display = has_display(environ, platform)
    found = [opener for entry in entries if (opener := _chosen_opener(entry, platform, display=display))]
    found += _platform_openers(environ, platform)
    if not found:
        raise BrowserError(
            "there is no graphical display, and the environment variable BROWSER names no graphical browser"
        )
    return found


def fill_in(opener: Opener, url: str) -> list[str]:
    """Returns the argument list with the URL, which is neither split nor changed."""
    return [argument.replace("%s", url) for argument in opener]


def absolute_path(environ: Mapping[str, str]) -> str:
    """Returns `PATH` without its empty and relative entries, which would mean the working directory."""
    return os.pathsep.join(entry for entry in environ.get("PATH", "").split(os.pathsep) if os.path.isabs(entry))


def _chosen_opener(entry: str, platform: str, *, display: bool) -> Opener | None:
    windows = platform == "win32"
    try:
        words = shlex.split(entry, posix=not windows)
    except ValueError:
        return None
    if windows:
        words = [word.strip('"') for word in words]
    if words and words[-1] == "&":
        words.pop()
    if not words or is_text_browser(os.path.basename(words[0]), display=display):
        return None
    return (*words,) if any("%s" in word for word in words) else (*words, "%s")


def _platform_openers(environ: Mapping[str, str], platform: str) -> tuple[Opener, ...]:
    if platform == "darwin":
        return _MACOS
    if platform == "win32":
        system = environ.get("SYSTEMROOT", r"C:\Windows")
        return ((rf"{system}\System32\rundll32.exe", "url.dll,FileProtocolHandler", "%s"),)
    return tuple(
        opener for commands, names in _UNIX_OPENERS if any(environ.get(name) for name in names) for opener in commands
    )


_UNIX_OPENERS: tuple[tuple[tuple[Opener, ...], tuple[str, ...]], ...] = (
    (_EDITOR, ("VSCODE_IPC_HOOK_CLI",)),  # the editor opens it on the user's machine
    (_WSL, ("WSL_DISTRO_NAME", "WSL_INTEROP")),
    (_SNAP, ("SNAP",)),
    # Without a display these start a text browser or nothing. In a Flatpak, xdg-open uses the portal.
    (_X11, ("DISPLAY", "WAYLAND_DISPLAY")),
    (_FLATPAK, ("FLATPAK_ID",)),  # for a sandbox without xdg-open but with access to the host
)
"""The openers on Unix, in order, with the environment variables of which one shows that they can work."""
