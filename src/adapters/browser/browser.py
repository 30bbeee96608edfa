"""Opening the user's own browser, blocking and asynchronous (RFC 8252 §8.12)."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from ...ports.errors import BrowserError
from .openers import fill_in, openers, validated

Start = Callable[[Sequence[str], Mapping[str, str]], int | None]
"""Starts a command; returns its exit status, or None while it runs. Raises OSError if it cannot be started."""


def _start(command: Sequence[str], environ: Mapping[str, str]) -> int | None:
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

    def _open(self, url: str) -> None:
        url = validated(url)
        environ = os.environ if self._environ is None else self._environ
        failed = False
        for opener in openers(environ, self._platform):
            try:
                status = self._start(fill_in(opener, url), environ)
            except (OSError, ValueError):  # not installed, or an invalid argument
                continue
            if status in {None, 0}:
                return
            failed = True
        if failed:
            raise BrowserError("a browser was started and failed at once")
        raise BrowserError("no browser was found; install one, or name it in the environment variable BROWSER")


class BlockingBrowser(_SystemBrowser):
    """The browser port for blocking flows."""

    async def open(self, url: str) -> None:
        """Opens an absolute http(s) URL without waiting for the browser.

        Raises:
            BrowserError: the URL is invalid or no browser was started; the text says why.
        """
        self._open(url)


class AsyncBrowser(_SystemBrowser):
    """The browser port for asynchronous flows."""

    async def open(self, url: str) -> None:
        """Opens an absolute http(s) URL without waiting for the browser, in a worker thread.

        Raises:
            BrowserError: the URL is invalid or no browser was started; the text says why.
        """
        import asyncio

        await asyncio.to_thread(self._open, url)
