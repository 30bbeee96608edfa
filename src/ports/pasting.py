"""The pasting port: the address on which the user's browser ended, when a front end gets it instead of the listener."""

from collections import deque
from typing import Protocol, runtime_checkable


@runtime_checkable
class PasteSource(Protocol):
    """An input that the user pastes into."""

    def open(self) -> bool:
        """Prepares the input for reading; returns False if nothing can ever be read from it."""
        ...

    def poll(self) -> str | None:
        """Returns the text since the last call without waiting: empty if there is none, None at the end of input."""
        ...

    def close(self) -> None:
        """Restores the input as it was before `open`. May be called again."""
        ...


class PasteQueue:
    """A paste source for front ends with an input field of their own: `put` it what the user pasted.

    Any thread may call `put`.
    """

    def __init__(self) -> None:
        self._is_open = False
        self._texts: deque[str] = deque()

    @property
    def is_open(self) -> bool:
        """Whether a login reads it now."""
        return self._is_open

    def put(self, text: str) -> None:
        """Passes on a complete paste.

        Args:
            text: the whole address from the address bar.
        """
        self._texts.append(f"{text}\n")

    def open(self) -> bool:
        """Prepares for a login; what an earlier one has left is dropped.

        Returns:
            True: a text can always come.
        """
        self._texts.clear()
        self._is_open = True
        return True

    def poll(self) -> str:
        """Returns the next paste without waiting.

        Returns:
            The paste, or the empty text if there is none.
        """
        return self._texts.popleft() if self._texts else ""

    def close(self) -> None:
        """Ends the reading."""
        self._is_open = False
