"""How each event of a login changes its card.

The last form of a card holds no link, no code and no e-mail address, for it is saved with the notebook.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve

from ...ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    InterruptDelayed,
    LockAwaited,
    LoggedIn,
    LoginFailed,
    LoginPlanned,
    ProblemNoticed,
    Recovered,
    Retrying,
    StoreDowngraded,
    UnlockAwaited,
    Waiting,
)
from ...ports.loopback import is_loopback
from ...ports.text import MAX_URL, capital, clean
from .card import BAD, GOOD, Card, without_addresses

_ELSEWHERE = 'Does the kernel run on another machine? Interrupt it, and pass flow="device" to show a code instead.'
_AGAIN = "Run the cell again to sign in."
_OTHER = "Another login of this profile was begun"
_ENDED_BY_USER = frozenset({"access_denied", "expired_token"})


def card_after(card: Card, event: Event, now: float) -> Card:
    """Returns the card after an event; the same one if the event changes nothing.

    Args:
        card: the card before.
        event: what happened.
        now: the monotonic clock, in seconds.
    """
    change = _CHANGES.get(type(event))
    return card if change is None else change(card, event, now)


def card_left_behind(card: Card) -> Card:
    """Returns the last form of a card whose profile has a newer card, so that no event reaches it any more."""
    return _ended(card, BAD, _OTHER)


def _planned(_: Card, event: LoginPlanned, __: float) -> Card:
    product = clean(event.product)
    notes: list[str] = []
    if event.chosen and event.flow == "device":
        place = event.place or event.reason.partition(";")[0]
        notes.append(_sentence(f"{place}: a code is shown instead of opening a browser"))
    if event.flow == "browser" and "device" in event.offers:
        notes.append(_ELSEWHERE)
    if event.replaces:
        notes.append(f"This replaces the login of {event.replaces}.")
    return Card(product, f"Sign in to {product}" if product else "Sign in", notes=tuple(notes))


def _page(card: Card, say: str, url: str) -> Card:
    return evolve(card, say=say, link=clean(url, MAX_URL), linked=_is_safe(url), code="")


def _is_safe(url: str) -> bool:
    """Returns whether a page may be a link: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    except ValueError:
        return False


def _opened(card: Card, event: BrowserOpened, _: float) -> Card:
    return _page(card, "A browser was opened for you. If it does not show the page, open it yourself:", event.url)


def _not_opened(card: Card, event: BrowserNotOpened, _: float) -> Card:
    return _page(card, f"No browser was opened: {event.reason.rstrip('.')}. Open this page:", event.url)


def _device(card: Card, event: DeviceCodeIssued, _: float) -> Card:
    url = event.verification_uri_complete or event.verification_uri
    verb = "compare" if event.verification_uri_complete else "enter"
    shown = _page(card, f"Open this page on any device and {verb} the code:", url)
    if not (event.openable and shown.linked):
        unsafe = "Enter the code at the page below. Its address is not safe: open it only if you trust it."
        shown = evolve(shown, say=unsafe, linked=False)
    notes = tuple(note for note in card.notes if note != _ELSEWHERE)
    return evolve(shown, code=clean(event.user_code), notes=notes)


def _notice(card: Card, text: str) -> Card:
    return evolve(card, notice=without_addresses(_sentence(text)))


def _sentence(text: str) -> str:
    """Returns text with a capital at its beginning and a full stop at its end."""
    stop = "" if not text or text.endswith((".", "!", "?")) else "."
    return f"{capital(text)}{stop}"


def _downgraded(card: Card, event: StoreDowngraded, _: float) -> Card:
    kept = _sentence(f"kept in {event.used}, not in {event.wanted}: {event.reason}")
    return evolve(card, kept=without_addresses(kept))


def _ended(card: Card, mark: str, title: str, *notes: str, kept: str = "") -> Card:
    """Returns a card of which a result alone is left."""
    said = tuple(without_addresses(note) for note in notes)
    return Card(card.product, without_addresses(title), notes=said, kept=kept, mark=mark)


def _logged_in(card: Card, event: LoggedIn, _: float) -> Card:
    where = f"Profile {event.profile}." if card.kept else f"Profile {event.profile}, kept in {event.store}."
    return _ended(card, GOOD, f"Signed in to {card.product}" if card.product else "Signed in", where, kept=card.kept)


def _failed(card: Card, event: LoginFailed, _: float) -> Card:
    again = (_AGAIN,) if event.retryable or event.code in _ENDED_BY_USER else ()
    return _ended(
        card,
        BAD,
        f"Not signed in to {card.product}" if card.product else "Not signed in",
        _sentence(event.reason),
        *again,
    )


_CHANGES: dict[type[Event], Callable[[Card, Any, float], Card]] = {
    LoginPlanned: _planned,
    BrowserOpened: _opened,
    BrowserNotOpened: _not_opened,
    DeviceCodeIssued: _device,
    Waiting: lambda card, event, now: evolve(card, deadline=now + event.seconds),
    Retrying: lambda card, event, _: _notice(card, f"{event.reason}; trying again"),
    Recovered: lambda card, _, __: _notice(card, ""),
    ProblemNoticed: lambda card, event, _: _notice(card, event.problem),
    UnlockAwaited: lambda card, event, _: _notice(card, f"the {event.store} is locked: answer its prompt"),
    LockAwaited: lambda card, _, __: _notice(card, "waiting for another program that changes this login"),
    InterruptDelayed: lambda card, event, _: _notice(card, f"finishing {event.work} before stopping"),
    StoreDowngraded: _downgraded,
    LoggedIn: _logged_in,
    LoginFailed: _failed,
}
"""How each kind of event changes a card; other kinds change nothing."""
