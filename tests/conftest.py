"""What every test starts from, and what the room that it stands in does not allow."""

import asyncio
import gc
import os
import signal
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth.ports.environment import SIGNS

# A job in the background of a shell ignores Ctrl-C, and so would every program that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a job of nohup ignores this one

# What decides how the user of a machine signs in, through which proxy and with which keychain: no test starts from it,
# nor does a program that a test starts. A test that needs a variable sets it.
OF_THE_MACHINE = {*SIGNS, "BROWSER", "DBUS_SESSION_BUS_ADDRESS", "SUDO_UID", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
for name in tuple(os.environ):
    if name.upper() in OF_THE_MACHINE or name.startswith(("PROMPTVM_", "XDG_")):
        del os.environ[name]

HERE = Path(__file__).parent

PROCESS, NETWORK, SLEEP, FILE = "a process", "the network", "a real sleep", "a file outside of a temporary directory"
FORBIDDEN = {"unit": {PROCESS, NETWORK, SLEEP, FILE}, "contract": {PROCESS, FILE}}
"""What no test of a room may use. A test that must have it belongs to tests/system."""

EVENTS = {
    **dict.fromkeys(("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"), PROCESS),
    # Windows makes a socket pair, which every event loop has, by connecting to itself.
    **({} if sys.platform == "win32" else dict.fromkeys(("socket.bind", "socket.connect"), NETWORK)),
    "socket.getaddrinfo": NETWORK,
    **dict.fromkeys(("open", "os.mkdir", "os.remove", "os.rename"), FILE),
}
"""The audit events of Python that tell of it."""

LONGEST_SLEEP = 0.05
"""Seconds that a unit test may sleep: a lock that polls needs some."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
OF_TOOLS = {"__pycache__", ".hypothesis"}


class Watch:
    """What the test that runs just now may not do, and what it did of that."""

    def __init__(self) -> None:
        self.forbidden: set[str] = set()
        self.seen: list[str] = []
        self.roots: tuple[str, ...] = ("/dev", os.path.realpath(tempfile.gettempdir()))

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        kind = EVENTS.get(event)
        if kind in self.forbidden and (kind != FILE or self._is_outside(event, args)):
            self.refuse(kind, f"{event}{args!r:.200}")

    def refuse(self, kind: str, what: str) -> None:
        text = f"a test of this room may not use {kind}: {what}"
        self.seen.append(text)
        raise AssertionError(text)

    def check_sleep(self, seconds: float) -> None:
        if seconds > LONGEST_SLEEP and SLEEP in self.forbidden:
            self.refuse(SLEEP, f"{seconds:g} s")

    def _is_outside(self, event: str, args: tuple[Any, ...]) -> bool:
        path = args[0]
        if event == "open" and not (args[2] & WRITING):
            return False
        if isinstance(path, int) or not os.path.isabs(path):  # a name in a directory that is open already
            return False
        path = os.path.realpath(os.fsdecode(path))
        return not path.startswith(self.roots) and OF_TOOLS.isdisjoint(Path(path).parts)


watch = Watch()
sys.addaudithook(lambda event, args: watch.hear(event, args) if watch.forbidden else None)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.basetemp:
        watch.roots += (os.path.realpath(config.option.basetemp),)
    really, really_async, really_sync = time.sleep, asyncio.sleep, os.fsync

    def sleep(seconds: float, /) -> None:
        watch.check_sleep(seconds)
        really(seconds)

    async def async_sleep(delay: float, result: object = None) -> object:
        watch.check_sleep(delay)
        return await really_async(delay, result)

    def sync(descriptor: int) -> None:
        if SLEEP not in watch.forbidden:  # a unit test does not wait for a disk either
            really_sync(descriptor)

    patch = pytest.MonkeyPatch()
    patch.setattr(time, "sleep", sleep)
    patch.setattr(asyncio, "sleep", async_sleep)
    patch.setattr(os, "fsync", sync)
    config.add_cleanup(patch.undo)


def pytest_collection_finish() -> None:
    """Take what is loaded by now out of the collector's sight: tests that collect garbage look at their own alone."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    watch.forbidden = FORBIDDEN.get(item.path.relative_to(HERE).parts[0], set())
    watch.seen.clear()
    try:
        return (yield)
    finally:
        watch.forbidden = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Fail the test even if the code that it runs has swallowed the refusal."""
    result = yield
    if watch.seen:
        pytest.fail("\n".join(watch.seen), pytrace=False)
    return result
