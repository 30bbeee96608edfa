"""Reads a callback URL that the user pastes: removes what terminals and chats add, then compares it exactly.

For a browser on another machine, which ends on an address that it cannot reach: the user copies that address. A bare
code is rejected, since it does not say which login it belongs to (RFC 8252 §8.9; RFC 9700 §4.7).
"""

import re
import unicodedata
from typing import NamedTuple

from ...ports.secret import Secret

MAX_PASTE = 16 * 1024
"""The greatest length of a paste in characters: twice the greatest length of a code."""

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # ECMA-48 §5.4: control sequences, the marks of a bracketed paste among them
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # operating system commands: titles, links
    r"|\x1b."
)
_BORDER_LINE = re.compile(r"^[ \t]*\+?([-=_])\1{7,}\+?[ \t\r]*$", re.MULTILINE)
_ADDED = frozenset(' <>"`|')


class Pasted(NamedTuple):
    """A paste after reading.

    Attributes:
        query: the query of the callback URL, still percent-encoded; empty if the paste was rejected.
        problem: why it was rejected, in one sentence; empty if it was not, or if the paste was empty.
    """

    query: Secret
    problem: str = ""


def read_paste(text: str | Secret, redirect_uri: str) -> Pasted:
    """Reads a pasted callback URL. The caller's `accept` checks its state.

    Args:
        text: the pasted text, of any number of lines.
        redirect_uri: the redirect URI of this login; the URL must begin with exactly this and `?` (RFC 8252 §8.10).
    """
    whole = Secret(text).reveal()
    if len(whole) > MAX_PASTE:
        return Pasted(Secret(""), f"the pasted text is longer than {MAX_PASTE} characters")
    url = Secret(_cleaned(whole))
    if not url:
        return Pasted(Secret(""))
    address, _, rest = url.reveal().partition("?")
    query = Secret(rest.partition("#")[0])
    problem = _problem(address, query, redirect_uri)
    return Pasted(Secret("") if problem else query, problem)


def _problem(address: str, query: Secret, redirect_uri: str) -> str:
    if not address.lower().startswith(("http://", "https://")):
        return (
            "paste the whole address from the browser's address bar, from http:// to its end; "
            "a code alone does not say which login it belongs to"
        )
    if address != redirect_uri:
        return f"this is not the address of this login, which begins with {redirect_uri}?"
    if not query:
        return "the address is incomplete: paste all of it, to its end"
    return "" if query.reveal().isascii() else "the address has characters that are not allowed in an address"


def _cleaned(text: str) -> str:
    text = _BORDER_LINE.sub("", _ESCAPE_SEQUENCES.sub("", text))
    return "".join(character for character in text if not _is_added(character)).strip("'")


def _is_added(character: str) -> bool:
    """Returns whether a character cannot be part of an address: spaces, line ends, quotes, borders, byte order mark."""
    if character.isascii():
        return character in _ADDED or not character.isprintable()
    return not unicodedata.category(character).startswith(("L", "M", "N"))
