"""The files that this package writes in a configuration directory, and their removal.

Only files of known names are removed from what the Go tool shares; all of `promptvm-oauth` but profiles is removed.
Symbolic links are removed, not followed, and a directory that is one is left alone.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ...ports.profile_name import PROFILE_NAME
from ...ports.traces import Removed

if TYPE_CHECKING:
    from ..stores.awaited import Runner

OWN = "promptvm-oauth"
"""The directory that is not shared with the Go tool."""

_TOKENS, _ENDING = "tokens", ".enc"
_MASTER = (".master", ".master.corrupt")
_ENDINGS = {_TOKENS: (_ENDING, ".enc.corrupt", ".lock"), "profiles": (".yaml.corrupt",), "": ()}
"""For each directory, the endings of file names that are only this package's, or hold tokens."""

_ASIDE = ("config.yaml.corrupt",)


class Traces:
    """What this package wrote in one configuration directory.

    Args:
        directory: the configuration directory, which the Go tool shares.
    """

    def __init__(self, directory: str) -> None:
        self._directory = os.path.abspath(directory)
        self._own = os.path.join(self._directory, OWN)

    def names(self) -> Sequence[str]:
        """Returns the names of the profiles that have token files, sorted; what cannot be read has none."""
        found: set[str] = set()
        for parent in (self._directory, self._own):
            found |= {entry.removesuffix(_ENDING) for entry in _listed(os.path.join(parent, _TOKENS), _is_token_file)}
        return tuple(sorted(found))

    def remove(self) -> Removed:
        """Removes everything and returns what was removed and what was left."""
        removed: list[str] = []
        left: list[str] = []
        for path in (*self._shared_files(), *_tree(self._own), *self._directories()):
            if _is_profile(path):
                left.append(f"{path}: its tokens could not be removed, or are in a store that was not opened")
                continue
            try:
                os.rmdir(path) if _is_directory(path) else os.unlink(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                if not _is_directory(path):  # one that is not empty is not worth a word
                    left.append(f"{path}: {error.strerror or type(error).__name__}")
            else:
                removed.append(path)
        return Removed(tuple(removed), tuple(left))

    def _shared_files(self) -> Iterator[str]:
        for name in _ENDINGS:
            directory = os.path.join(self._directory, name)
            yield from (os.path.join(directory, entry) for entry in _listed(directory, partial(_is_removed, name)))

    def _directories(self) -> Iterator[str]:
        """Returns the shared directories, which are removed if they are empty."""
        yield from (os.path.join(self._directory, name) for name in _ENDINGS if name)


def _is_token_file(entry: str) -> bool:
    return entry.endswith(_ENDING) and PROFILE_NAME.fullmatch(entry.removesuffix(_ENDING)) is not None


def _is_removed(directory: str, entry: str) -> bool:
    """Returns whether a file of a shared directory is removed: by its ending, its name, or as what a writer left."""
    names = _MASTER if directory == _TOKENS else () if directory else _ASIDE
    is_temporary = entry.startswith(".") and entry.endswith(".tmp")
    return is_temporary or entry in names or entry.endswith(_ENDINGS[directory])


def _listed(directory: str, chosen: Callable[[str], bool]) -> list[str]:
    """Returns the chosen names in a directory, sorted; none if it cannot be read or is a symbolic link."""
    if not _is_directory(directory):
        return []
    with suppress(OSError):
        return sorted(entry for entry in os.listdir(directory) if chosen(entry))
    return []


def _tree(path: str) -> Iterator[str]:
    """Returns everything below a path and the path itself, each directory after what is in it."""
    if _is_directory(path):
        for entry in _listed(path, lambda _: True):
            yield from _tree(os.path.join(path, entry))
    if os.path.lexists(path):
        yield path


def _is_profile(path: str) -> bool:
    """Returns whether a file is a profile: those are deleted by name, together with their tokens."""
    return path.endswith(".yaml") and os.path.basename(os.path.dirname(path)) == "profiles"


def _is_directory(path: str) -> bool:
    """Returns whether a path is a directory and no symbolic link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


class AwaitedTraces:
    """The port `AwaitedTraces` made from `Traces`.

    Args:
        directory: the configuration directory, or None if the client writes nothing to disk.
        run: runs the work, inline or in a thread.
    """

    def __init__(self, directory: str | None, run: "Runner") -> None:
        self._traces = None if directory is None else Traces(directory)
        self._run = run

    async def names(self) -> Sequence[str]:
        """Returns the names of the profiles that have token files."""
        return () if self._traces is None else await self._run(self._traces.names)

    async def remove(self) -> Removed:
        """Removes everything."""
        return Removed() if self._traces is None else await self._run(self._traces.remove)
