"""Which commands may open a URL here, in order. Pure: an environment and a platform in, argument lists out.

The standard library's `webbrowser` is not used: it replaces `%s` and `%action` wherever they stand, searches the
working directory and lets a text browser take over the terminal.
"""

import os
import re
import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from ...ports.environment import TEXT_BROWSERS
from ...ports.errors import BrowserError

Opener = tuple[str, ...]
"""An argument list in which `%s` stands for the URL."""

_LONGEST_URL = 8192

# RFC 3986 §2: what may stand in a URI. No space, no control character, no quote, no backslash.
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
    """Check a URL at the last moment before another program gets it.

    Raises:
        BrowserError: it is not an absolute http(s) URL without userinfo, or not made of URI characters. The text does
            not show it, since it may hold a state.
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
    """Give the commands to try, best first.

    The person's own choice comes first: `BROWSER`, a list of commands as `os.pathsep` parts it. Text browsers in it are
    left out, since they would take over the terminal.

    Args:
        environ: the environment variables.
        platform: as `sys.platform` says.

    Raises:
        BrowserError: `BROWSER` is `none`, or it names nothing and there is no display for a browser.
    """
    chosen = environ.get("BROWSER", "").strip()
    if chosen.lower() == "none":
        raise BrowserError("the environment variable BROWSER is 'none'")
    entries = chosen.split(";" if platform == "win32" else ":")
    found = [opener for entry in entries if (opener := _chosen_opener(entry, platform))]
    found += _platform_openers(environ, platform)
    if not found:
        raise BrowserError(
            "there is no graphical display, and the environment variable BROWSER names no browser for it"
        )
    return found


def fill_in(opener: Opener, url: str) -> list[str]:
    """Put the URL into an argument list, never splitting it and never replacing anything inside it."""
    return [argument.replace("%s", url) for argument in opener]


def absolute_path(environ: Mapping[str, str]) -> str:
    """Give `PATH` without its empty and relative entries, which mean the working directory."""
    return os.pathsep.join(entry for entry in environ.get("PATH", "").split(os.pathsep) if os.path.isabs(entry))


def _chosen_opener(entry: str, platform: str) -> Opener | None:
    windows = platform == "win32"
    try:
        words = shlex.split(entry, posix=not windows)
    except ValueError:
        return None
    if windows:
        words = [word.strip('"') for word in words]
    if words and words[-1] == "&":
        words.pop()
    if not words or os.path.basename(words[0]) in TEXT_BROWSERS:
        return None
    return (*words,) if any("%s" in word for word in words) else (*words, "%s")


def _platform_openers(environ: Mapping[str, str], platform: str) -> tuple[Opener, ...]:
    if platform == "darwin":
        return _MACOS
    if platform == "win32":
        system = environ.get("SYSTEMROOT", r"C:\Windows")
        return ((rf"{system}\System32\rundll32.exe", "url.dll,FileProtocolHandler", "%s"),)
    return tuple(
        opener
        for openers_there, names in _SURROUNDED_BY
        if any(environ.get(name) for name in names)
        for opener in openers_there
    )


_SURROUNDED_BY: tuple[tuple[tuple[Opener, ...], tuple[str, ...]], ...] = (
    (_EDITOR, ("VSCODE_IPC_HOOK_CLI",)),  # the editor's own window, on whatever machine
    (_WSL, ("WSL_DISTRO_NAME", "WSL_INTEROP")),
    (_SNAP, ("SNAP",)),
    # Without a display these start a text browser, or nothing. In a Flatpak, xdg-open asks the portal.
    (_X11, ("DISPLAY", "WAYLAND_DISPLAY")),
    (_FLATPAK, ("FLATPAK_ID",)),  # for a sandbox without xdg-open that may talk to the host
)
"""The openers of Unix, in order, with the variables of which one says that they can work here."""
