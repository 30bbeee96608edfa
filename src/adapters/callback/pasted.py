"""A callback port that hears of the callback in two ways: from the browser, or from the person who pastes its URL.

Whichever comes first wins. It works over the port of either colour: the wait is cut into slices, and between two of
them what was pasted is looked at.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, NamedTuple, Protocol

from ...ports.callback import Accept, Accepted, CallbackListener, CallbackPort, Outcome
from ...ports.errors import ListenerError
from ...ports.timeouts import PASTE_SETTLE
from .paste_input import PasteSource

MAX_TEXT = 16 * 1024
"""Characters of one paste that are kept."""

NOT_THIS_LOGIN = "this address belongs to another login; paste the one that this login's page leads to"


class Query(Protocol):
    """A query that nothing shows until it is asked for."""

    def __bool__(self) -> bool:
        """Say whether there is one."""
        ...

    def reveal(self) -> str:
        """Give it."""
        ...


class Reading(Protocol):
    """What a paste is: the query of a callback URL, or the problem with it."""

    @property
    def query(self) -> Query:
        """The query; empty if there is a problem or nothing was pasted."""
        ...

    @property
    def problem(self) -> str:
        """Why there is no query, for the person; empty if nothing was pasted."""
        ...


class Pasting(NamedTuple):
    """How pastes are taken.

    Attributes:
        source: where they come from.
        read: given the text and the redirect URI, what it is.
        refuse: told why a paste was refused.
        alone: whether nothing else is expected, so that a source that has ended ends the wait.
    """

    source: PasteSource
    read: Callable[[str, str], Reading]
    refuse: Callable[[str], object]
    alone: bool = False


class PastedListener(Generic[Accepted]):
    """An open listener, see `CallbackListener`."""

    def __init__(
        self, listener: CallbackListener[Accepted], accept: "_Once[Accepted]", pasting: Pasting, *, readable: bool
    ) -> None:
        self._listener = listener
        self._accept = accept
        self._pasting = pasting
        self._readable = readable
        self._pasted: Accepted | None = None
        self._text = ""

    @property
    def redirect_uri(self) -> str:
        """See `CallbackListener.redirect_uri`."""
        return self._listener.redirect_uri

    def start_url(self, authorize_url: str) -> str:
        """See `CallbackListener.start_url`."""
        return self._listener.start_url(authorize_url)

    async def wait(self, timeout: float) -> Accepted | None:
        """See `CallbackListener.wait`.

        Raises:
            ListenerError: a paste is the only way, and the input has ended.
        """
        left = timeout
        while self._pasted is None:
            accepted = await self._listener.wait(min(left, PASTE_SETTLE))
            if accepted is not None:
                return accepted
            self._look()
            left -= PASTE_SETTLE
            if left <= 0:
                break
        return self._pasted

    async def answer(self, outcome: Outcome) -> None:
        """See `CallbackListener.answer`."""
        await self._listener.answer(outcome)

    async def close(self) -> None:
        """See `CallbackListener.close`."""
        try:
            await self._listener.close()
        finally:
            self._pasting.source.close()

    def _look(self) -> None:
        if not self._readable:
            return
        more = self._pasting.source.poll()
        if more:
            self._text = (self._text + more)[: MAX_TEXT + 1]
            return
        self._readable = more is not None
        complete = self._text.endswith(("\n", "\r")) or len(self._text) > MAX_TEXT or not self._readable
        if self._text and complete:
            self._judge()
        if self._pasted is None and not self._readable and self._pasting.alone:
            raise ListenerError("the standard input has ended and no address was pasted; nothing was stored")

    def _judge(self) -> None:
        text, self._text = self._text, ""
        reading = self._pasting.read(text, self.redirect_uri)
        if reading.query:
            self._pasted = self._accept(reading.query.reveal())
        problem = NOT_THIS_LOGIN if reading.query and self._pasted is None else reading.problem
        if problem:
            self._pasting.refuse(problem)


class PastedCallback:
    """Opens listeners that take a pasted URL as well.

    Args:
        callback: the port that listens for the browser.
        pasting: how pastes are taken.
    """

    def __init__(self, callback: CallbackPort, pasting: Pasting) -> None:
        self._callback = callback
        self._pasting = pasting

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> PastedListener[Accepted]:
        """See `CallbackPort.open`.

        Raises:
            ListenerError: none of the ports could be bound; or a paste is the only way, and there is no input.
        """
        once = _Once(accept)
        listener = await self._callback.open(once, ports=ports)
        readable = self._pasting.source.open()
        if self._pasting.alone and not readable:
            await listener.close()
            raise ListenerError("nothing can be pasted here: the standard input is closed; use the device flow")
        return PastedListener(listener, once, self._pasting, readable=readable)


class _Once(Generic[Accepted]):
    """Takes one query at the most, from whichever thread it comes."""

    def __init__(self, accept: Accept[Accepted]) -> None:
        self._accept = accept
        self._lock = Lock()
        self._taken = False

    def __call__(self, query: str) -> Accepted | None:
        with self._lock:
            value = None if self._taken else self._accept(query)
            self._taken = value is not None or self._taken
            return value
