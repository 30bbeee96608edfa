"""Records one run on this thread: the functions of the package that it calls, and what it asks of a directory.

A lambda or a comprehension counts as part of the function around it; class bodies and the code of modules do not count.
What runs in other threads, such as the loopback listener and the exchange of a request, is not seen.
"""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import promptvm_oauth
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import CodeType, FrameType

PACKAGE = os.path.dirname(os.path.realpath(promptvm_oauth.__file__))
PLAYERS = {"devserver", "testing"}
"""Rooms that play the outside of a run: the server and the person."""

LOWER, UPPER = {"domain", "adapters"}, {"composition", "client"}
LOAD = YamlProfiles.load.__code__


class Call(NamedTuple):
    """One call of a function of the package.

    Attributes:
        file: where it stands, below the package.
        function: its name, with its class.
        upward: whether the nearest caller of the package stands in the domain or an adapter, and this above them.
    """

    file: str
    function: str
    upward: bool


class Trip:
    """What one run did.

    Attributes:
        calls: of functions inside the package, in order.
        loads: how many times the store of profiles was asked for the file of one.
        listings: of directories below the one that is watched.
        reads: of files there.
        writes: files that were put in place there.
    """

    def __init__(self, directory: str) -> None:
        self._directory = os.path.join(os.path.realpath(directory), "")
        self._files: dict[str, str | None] = {}
        self._starts: dict[CodeType, int] = {}
        self.calls: list[Call] = []
        self.loads = self.listings = self.reads = self.writes = 0

    def files(self) -> list[str]:
        """Returns the files that were entered, in the order of their first call."""
        return list(dict.fromkeys(call.file for call in self.calls))

    def figures(self) -> dict[str, int]:
        """Returns one number for each column of the table."""
        order = [call.file for call in self.calls]
        return {
            "calls": len(order),
            "files": len(set(order)),
            "moves": sum(here != before for before, here in pairwise(order)),
            "upward": sum(call.upward for call in self.calls),
            "loads": self.loads,
            "listings": self.listings,
            "reads": self.reads,
            "writes": self.writes,
        }

    def on_profile(self, frame: FrameType, event: str, _: object) -> None:
        """Takes an event of `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or (file := self._file(code)) is None:
            return
        # A generator is entered again after each of its yields; only the first time is a call.
        if frame.f_lasti == self._starts.setdefault(code, frame.f_lasti):
            self.loads += code is LOAD
            self.calls.append(Call(file, code.co_qualname, _room(file) in UPPER and self._came_from(frame) in LOWER))

    def on_audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Takes an event of `sys.addaudithook`."""
        if event in {"os.listdir", "os.scandir"}:
            self.listings += self._holds(arguments[0])
        elif event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | getattr(os, "O_DIRECTORY", 0)):
            self.reads += self._holds(arguments[0])
        elif event in {"os.rename", "os.link"}:
            self.writes += self._holds(arguments[1])

    def _file(self, code: CodeType) -> str | None:
        """Returns where a function stands; None if it is not of the package, or no function."""
        if code.co_name.startswith("<") or not code.co_flags & inspect.CO_OPTIMIZED:
            return None
        name = code.co_filename
        if name not in self._files:
            path = os.path.relpath(os.path.realpath(name), PACKAGE) if os.path.isabs(name) else os.pardir
            self._files[name] = None if path.startswith(os.pardir) or _room(path) in PLAYERS else path
        return self._files[name]

    def _came_from(self, frame: FrameType) -> str:
        """Returns the room of the nearest caller that is of the package."""
        caller = frame.f_back
        while caller is not None:
            if (file := self._file(caller.f_code)) is not None:
                return _room(file)
            caller = caller.f_back
        return ""

    def _holds(self, path: object) -> bool:
        return isinstance(path, str) and os.path.join(os.path.realpath(path), "").startswith(self._directory)


def _room(path: str) -> str:
    return path.split(os.sep, maxsplit=1)[0]


_watching: list[Trip] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    for trip in _watching:
        trip.on_audit(event, arguments)


sys.addaudithook(_audit)  # it can never be removed, so there is one, which has nobody to tell most of the time


@contextmanager
def recording(trip: Trip) -> Generator[None]:
    """Records what this thread does in the block."""
    _watching.append(trip)
    sys.setprofile(trip.on_profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        _watching.remove(trip)
