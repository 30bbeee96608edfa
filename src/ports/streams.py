"""What can be asked of a text stream that may be closed, absent, or any object of the host program with `write`."""

from typing import Protocol


class Stream(Protocol):
    """A stream that text is written to; it may have the other attributes of `TextIO`, or not."""

    def write(self, text: str, /) -> object:
        """Writes text."""
        ...


def columns(stream: object) -> int | None:
    """Returns the width of a terminal in columns, or None for anything else.

    Args:
        stream: a stream, or None.
    """
    return size(stream)[0] or None


def size(stream: object) -> tuple[int, int]:
    """Returns the columns and lines of a terminal; zeros for anything else, and for what a terminal does not say.

    Args:
        stream: a stream, or None.
    """
    import os

    try:
        columns, lines = os.get_terminal_size(stream.fileno())  # type: ignore[attr-defined]  # checked by the call
    except Exception:  # noqa: BLE001 (the stream may be any object)
        return 0, 0
    return columns, lines


def encodable(text: str, stream: object) -> str:
    """Returns text in which question marks replace the characters that a stream cannot encode.

    Args:
        text: the text.
        stream: the stream; one without a known encoding is taken for UTF-8.
    """
    encoding = encoding_of(stream)
    return text.encode(encoding, "replace").decode(encoding)


def encoding_of(stream: object) -> str:
    """Returns the encoding of a stream; UTF-8 if it has none or an unknown one."""
    named: object = getattr(stream, "encoding", None)
    try:
        "".encode(named if isinstance(named, str) else "utf-8")
    except LookupError:
        return "utf-8"
    return named if isinstance(named, str) and named else "utf-8"


def write_text(text: str, stream: Stream) -> None:
    """Writes text to a stream and flushes it, if it can be flushed.

    Raises:
        Exception: whatever the stream raises.
    """
    stream.write(encodable(text, stream))
    flush = getattr(stream, "flush", None)
    if flush is not None:
        flush()
