"""The callback URL as a person pastes it: cleaned of what terminals and chats add, then held to the letter.

For a browser on another machine: it ends on an address that nothing answers, and the person copies that address. A bare
code is refused, since it does not say which login it belongs to (RFC 8252 §8.9; RFC 9700 §4.7).
"""

import re
import unicodedata
from typing import NamedTuple

from ...ports.secret import Secret

MAX_PASTE = 16 * 1024
"""Characters of a paste that are looked at; a code may have half as many."""

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # ECMA-48 §5.4: control sequences, the marks of a bracketed paste among them
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # operating system commands: titles, links
    r"|\x1b."
)
_BORDER_LINE = re.compile(r"^[ \t]*\+?([-=_])\1{7,}\+?[ \t\r]*$", re.MULTILINE)
_ADDED = frozenset(' <>"`|')


class Pasted(NamedTuple):
    """What a paste is.

    Attributes:
        query: of the callback URL, still percent-encoded; empty if it was refused.
        problem: one sentence on why it was refused; empty if it was not, or if nothing was pasted at all.
    """

    query: Secret
    problem: str = ""


def read_paste(text: str | Secret, redirect_uri: str) -> Pasted:
    """Read a pasted callback URL. Whether its state is the right one is for the caller's `accept` to say.

    Args:
        text: what was pasted, of any number of lines.
        redirect_uri: of this login; the URL must begin with exactly this and `?` (RFC 8252 §8.10).
    """
    whole = Secret(text).reveal()
    if len(whole) > MAX_PASTE:
        return Pasted(Secret(""), f"what was pasted is longer than {MAX_PASTE} characters")
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
            "paste the whole address that the browser ended on, from http:// to its end; "
            "a code alone does not say which login it belongs to"
        )
    if address != redirect_uri:
        return f"this is not the address that this login ends on; that one begins with {redirect_uri}?"
    if not query:
        return "the address was cut off; paste all of it, to its very end"
    return "" if query.reveal().isascii() else "the address has characters that no address has"


def _cleaned(text: str) -> str:
    text = _BORDER_LINE.sub("", _ESCAPE_SEQUENCES.sub("", text))
    return "".join(character for character in text if not _is_added(character)).strip("'")


def _is_added(character: str) -> bool:
    """Say whether no address has this character: spaces, line ends, quotes, borders, the byte order mark."""
    if character.isascii():
        return character in _ADDED or not character.isprintable()
    return not unicodedata.category(character).startswith(("L", "M", "N"))
