"""A callback port that receives the callback from the browser, or as a URL that the user pastes.

The first of the two is used; the browser is shown the outcome even if the paste was first. The other port may be the
asyncio or the blocking one: the wait is divided into short waits for the browser, and the pasted text is read after
each.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol

from ...ports.callback import Accept, Accepted, Admit, CallbackListener, CallbackPort, Outcome, always
from ...ports.errors import ListenerError
from ...ports.pasting import PasteSource
from ...ports.timeouts import PASTE_SETTLE

MAX_TEXT = 16 * 1024
"""Characters after which a paste counts as complete, even without the end of a line."""

NOT_THIS_LOGIN = "this address belongs to another login; paste the one that this login's page redirects to"


class Query(Protocol):
    """A query whose value is shown only by `reveal`."""

    def __bool__(self) -> bool:
        """Returns whether there is a query."""
        ...

    def reveal(self) -> str:
        """Returns the query."""
        ...


class Reading(Protocol):
    """The result of reading a paste: the query of a callback URL, or the problem with it."""

    @property
    def query(self) -> Query:
        """The query; empty if there is a problem or nothing was pasted."""
        ...

    @property
    def problem(self) -> str:
        """Why there is no query, in words for the user; empty if nothing was pasted."""
        ...


class Pasting(NamedTuple):
    """How pasted text is read.

    Attributes:
        source: the input that the user pastes into.
        read: returns the query of a pasted text; its arguments are the text and the redirect URI.
        refuse: called with the reason why a paste was refused.
        alone: whether a paste is the only way to sign in, so that the end of the input ends the wait.
    """

    source: PasteSource
    read: Callable[[str, str], Reading]
    refuse: Callable[[str], object]
    alone: bool = False


class PastedListener(Generic[Accepted]):
    """An open `CallbackListener` that also reads pasted URLs."""

    def __init__(
        self, listener: CallbackListener[Accepted], accept: Accept[Accepted], pasting: Pasting, *, readable: bool
    ) -> None:
        self._listener = listener
        self._accept = accept
        self._pasting = pasting
        self._readable = readable
        self._pasted: Accepted | None = None
        self._text = ""

    @property
    def redirect_uri(self) -> str:
        """The exact redirect URI of the listener for the browser."""
        return self._listener.redirect_uri

    def start_url(self, authorize_url: str, admit: Admit = always) -> str:
        """Returns a short local URL that redirects to `authorize_url`, as in the port."""
        return self._listener.start_url(authorize_url, admit)

    async def wait(self, timeout: float) -> Accepted | None:
        """Waits for the first accepted query, from the browser or from a paste; returns None after the timeout.

        Raises:
            ListenerError: a paste is the only way to sign in, and the input has ended.
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
        """Shows the outcome to the waiting browser and to every later one."""
        await self._listener.answer(outcome)

    async def close(self) -> None:
        """Closes the listener for the browser, and restores the input even if that fails."""
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
    """Opens listeners that also accept a pasted URL.

    Args:
        callback: the port that listens for the browser.
        pasting: how pasted text is read.
    """

    def __init__(self, callback: CallbackPort, pasting: Pasting) -> None:
        self._callback = callback
        self._pasting = pasting

    async def open(self, accept: Accept[Accepted], *, ports: Sequence[int] = ()) -> PastedListener[Accepted]:
        """Opens a listener for the browser, and the input for pastes.

        Raises:
            ListenerError: none of the ports could be bound. Or a paste is the only way to sign in, and the input
                cannot be read.
        """
        listener = await self._callback.open(accept, ports=ports)
        readable = self._pasting.source.open()
        if self._pasting.alone and not readable:
            await listener.close()
            raise ListenerError("nothing can be pasted here: the standard input is closed; use the device flow")
        return PastedListener(listener, accept, self._pasting, readable=readable)
