"""What a user has to do, in one block of lines: the page to open, the code to enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ports.text import MAX_URL
from .lines import BLANK, Kind, Line, address, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...ports.events import BrowserNotOpened, BrowserOpened, DeviceCodeIssued, StoreDowngraded

STORES = {
    "file": "an encrypted file",
    "keyring": "the keychain",
    "memory": "memory",
    "secret-service": "the keychain (Secret Service)",
}
"""What stores are called; any other one is called by its name."""


def code_block(event: DeviceCodeIssued, sent: str) -> Sequence[Line]:
    """Returns the page and the code of a device login.

    Args:
        event: what the server issued.
        sent: half a sentence on the clipboard that the code was sent to; empty if it was not.
    """
    code = Line(readable(event.user_code, MAX_URL), Kind.CODE)
    this = f"this code ({sent})" if sent else "this code"
    page = address(event.verification_uri, openable=event.openable)
    if not event.openable:
        warning = (
            "The server sent this page, which is not encrypted or is another server's. Open it only if you trust it:"
        )
        return (BLANK, Line(f"To sign in, enter {this}:"), BLANK, code, BLANK, Line(warning, Kind.WARNING), page)
    lines = (BLANK, Line(f"Open {page.text} and enter {this}:", link=page.text), BLANK, code)
    if not event.verification_uri_complete:
        return lines
    same = Line("Or open this page, and check that it shows the same code:")
    return (*lines, BLANK, same, address(event.verification_uri_complete))


def opened_block(event: BrowserOpened) -> Sequence[Line]:
    """Returns the page of a browser login, for a user who does not see it."""
    return (
        BLANK,
        Line("Continue in your browser. If it does not show the page, open it yourself:"),
        address(event.url),
    )


def not_opened_block(event: BrowserNotOpened, *, planned: bool) -> Sequence[Line]:
    """Returns the page of a browser login that the user opens.

    Args:
        event: the page, and why no browser was opened.
        planned: whether no browser was to be opened, so that the reason is known.
    """
    reason = "" if planned else f"No browser was opened: {readable(event.reason).rstrip('.')}. "
    return (BLANK, Line(f"{reason}To sign in, open this page:"), address(event.url))


PASTE_LINE = Line("If it ends on an address that your browser cannot reach, paste that address here and press Enter.")
"""What to do with a browser on another machine. Pasted text is not shown."""


def downgrade(event: StoreDowngraded, command: str) -> Line:
    """Returns why the tokens are in a less protected store, and how they come back.

    Args:
        event: what happened.
        command: the command of this login.
    """
    used, wanted = store_name(event.used), store_name(event.wanted)
    why = readable(event.reason).rstrip(".")
    back = f"Once that is mended, move them there with: {command}"
    return Line(f"The tokens are kept in {used}, not in {wanted}: {why}. {back}", Kind.WARNING)


def store_name(name: str) -> str:
    """Returns what a store is called in a sentence."""
    return STORES.get(name, readable(name))
