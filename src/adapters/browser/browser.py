"""Opening the user's own browser, blocking and asynchronous (RFC 8252 §8.12)."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from ...ports.errors import BrowserError
from ...ports.text import clean
from .openers import Status, fill_in, openers, validated

Start = Callable[[Sequence[str], Mapping[str, str]], Status]
"""Starts a command; raises OSError if it cannot be started."""


class Opened:
    """An opener that was started.

    Args:
        program: its name.
        status: returns its exit status, or None while it runs.
    """

    def __init__(self, program: str, status: Status) -> None:
        self._program = program
        self._status = status

    def failure(self) -> str:
        """Returns that the opener has failed, with its exit status; empty if it runs or has ended well."""
        status = self._status()
        return f"{self._program} failed with exit status {status}" if status else ""


def _start(command: Sequence[str], environ: Mapping[str, str]) -> Status:
    from .process import start

    return start(command, environ)


class _SystemBrowser:
    """Tries one opener after the other; the common part of both browsers.

    Args:
        environ: the environment variables; by default those of this process, read when a URL is opened.
        platform: a value of `sys.platform`.
        start: starts a command.
    """

    def __init__(
        self, *, environ: Mapping[str, str] | None = None, platform: str = sys.platform, start: Start = _start
    ) -> None:
        self._environ = environ
        self._platform = platform
        self._start = start

    def _open(self, url: str) -> Opened:
        url = validated(url)
        environ = os.environ if self._environ is None else self._environ
        failures: list[str] = []
        for opener in openers(environ, self._platform):
            try:
                opened = Opened(clean(os.path.basename(opener[0])), self._start(fill_in(opener, url), environ))
            except (OSError, ValueError):  # not installed, or an invalid argument
                continue
            failure = opened.failure()
            if not failure:
                return opened
            failures.append(failure)
        if failures:
            raise BrowserError(f"no browser could be opened: {', '.join(failures)}")
        raise BrowserError("no browser was found; install one, or name it in the environment variable BROWSER")


class BlockingBrowser(_SystemBrowser):
    """The browser port for blocking flows."""

    async def open(self, url: str) -> Opened:
        """Opens an absolute http(s) URL without waiting for the browser.

        Returns:
            What tells whether the opener fails later.

        Raises:
            BrowserError: the URL is invalid or no browser was started; the text says why.
        """
        return self._open(url)


class AsyncBrowser(_SystemBrowser):
    """The browser port for asynchronous flows."""

    async def open(self, url: str) -> Opened:
        """Opens an absolute http(s) URL without waiting for the browser, in a worker thread.

        Returns:
            What tells whether the opener fails later.

        Raises:
            BrowserError: the URL is invalid or no browser was started; the text says why.
        """
        import asyncio

        return await asyncio.to_thread(self._open, url)
