"""The events port: what happened, as frozen values. Terminal, notebook, JSON lines and logs are listeners.

A listener shows URLs and codes to the user, so it can read them. `repr` hides them, so that a log which prints an event
discloses nothing.
"""

from collections.abc import Callable

from attrs import field, frozen


@frozen
class Event:
    """The root of all events.

    Attributes:
        profile: the name of the profile that the event is about.
    """

    profile: str


@frozen
class LoginPlanned(Event):
    """The flow of a login was chosen; nothing was opened, shown or asked of the user yet.

    Attributes:
        flow: `browser`, `device` or `paste`.
        reason: why it was chosen, in half sentences for the user.
        place: what decided, in two or three words, such as `SSH session`; empty if it is the usual case.
        chosen: whether the library chose the flow, and not the caller or an earlier choice that it remembered.
        opens: whether a browser will be opened.
        offers: the flows that the server offers.
        replaces: the e-mail address or id of the user whose login this one will replace; empty if there is none.
        product: what the user signs in to: PromptVM, or the host of a standard server.
    """

    flow: str
    reason: str
    place: str
    chosen: bool
    opens: bool
    offers: tuple[str, ...]
    replaces: str = field(default="", repr=False)
    product: str = ""


@frozen
class BrowserOpened(Event):
    """A browser was started for the login. Show the URL as well, since the browser may not have opened the page.

    Attributes:
        url: the page, for the user to open by hand.
    """

    url: str = field(repr=False)


@frozen
class BrowserNotOpened(Event):
    """No browser was started; the user opens the URL by hand.

    Attributes:
        url: the page to open.
        reason: why no browser was started.
    """

    url: str = field(repr=False)
    reason: str


@frozen
class DeviceCodeIssued(Event):
    """The user must open the verification URI on any device and compare or enter the code (RFC 8628 §3.3).

    Attributes:
        user_code: the server's user code, cleaned of control characters.
        verification_uri: the page to open.
        verification_uri_complete: the same page with the code filled in, or None.
        openable: whether the URIs are safe to open, to link or to show as a QR code; if not, show them as text only.
        expires_in: seconds until the code expires.
    """

    user_code: str = field(repr=False)
    verification_uri: str = field(repr=False)
    verification_uri_complete: str | None = field(repr=False)
    openable: bool
    expires_in: float


@frozen
class Waiting(Event):
    """The login waits for the user.

    Attributes:
        seconds: the longest wait.
    """

    seconds: float


@frozen
class PollingSlowed(Event):
    """The server asked for less frequent polling (RFC 8628 §3.5, `slow_down`).

    Attributes:
        interval: the new pause between polls, in seconds.
    """

    interval: float


@frozen
class Retrying(Event):
    """A request failed with a temporary error and will be sent again.

    Attributes:
        reason: what went wrong.
        seconds: the pause before the next attempt.
        answered: whether something answered, though not as it should: a busy server, or a gateway before it.
    """

    reason: str
    seconds: float
    answered: bool = False


@frozen
class Recovered(Event):
    """The server answers again as it should, after one or more `Retrying`."""


@frozen
class LoggedIn(Event):
    """A login succeeded and its tokens are stored.

    Attributes:
        user: the e-mail address or id of the user; empty if unknown.
        flow: `browser`, `device` or `paste`.
        store: the store that holds the tokens.
    """

    user: str
    flow: str
    store: str


@frozen
class LoginFailed(Event):
    """A login ended without tokens; the call raises the error next.

    Attributes:
        reason: what happened, for the user.
        code: the server's error code (RFC 6749 §5.2); empty if the error is not the server's.
        retryable: whether the same login may succeed later.
        error: the name of the error's class, such as `LoginTimeout`.
        needs_login: whether only a new login helps.
        next_step: what to do next, in a few words for the user.
    """

    reason: str
    code: str = ""
    retryable: bool = False
    error: str = ""
    needs_login: bool = False
    next_step: str = ""


@frozen
class ProfileActivated(Event):
    """A login made its profile the active one, in place of another.

    Attributes:
        before: the name of the profile that was the active one.
    """

    before: str


@frozen
class Refreshed(Event):
    """A new access token was fetched and stored.

    Attributes:
        expires_at: seconds since 1970-01-01 UTC, or None if unknown.
    """

    expires_at: float | None


@frozen
class LockAwaited(Event):
    """Another program, or another part of this one, has kept the lock of this login for a second.

    Attributes:
        process: the id of the process that holds the lock; None if that is not known.
        seconds: the longest remaining wait.
    """

    process: int | None
    seconds: float


@frozen
class InterruptDelayed(Event):
    """Ctrl-C was pressed again while a server's answer is awaited and saved, which an interrupt would lose.

    A blocking client emits it in another thread, since its own one waits for the answer.

    Attributes:
        work: what is being finished, for instance `the renewal`.
        seconds: the longest remaining wait; the interrupt takes effect then.
    """

    work: str
    seconds: float


@frozen
class StepUpRequired(Event):
    """The API requires more than this login grants, so a refresh would not help (RFC 6750 §3.1, RFC 9470 §3).

    Attributes:
        status: 401 or 403.
        scope: the scope that the server named, cleaned of control characters; empty if it named none.
    """

    status: int
    scope: str


@frozen
class UnlockAwaited(Event):
    """The store is locked, and its prompt waits for the user.

    Attributes:
        store: the name of the store.
        seconds: how long the prompt stays open.
    """

    store: str
    seconds: float


@frozen
class StoreDowngraded(Event):
    """The tokens were saved to a less protected store than the preferred one.

    Attributes:
        wanted: the preferred store, which could not be used.
        used: the store that holds the tokens.
        reason: why the preferred store could not be used.
    """

    wanted: str
    used: str
    reason: str


@frozen
class ProblemNoticed(Event):
    """A problem that the user should know of; the call itself succeeded and nothing is lost.

    Attributes:
        problem: one sentence for the user.
    """

    problem: str


@frozen
class TokensRemoved(Event):
    """A logout removed the profile's tokens from this machine; next it asks the server to end the session."""


@frozen
class LoggedOut(Event):
    """The profile's tokens were deleted from this machine.

    Attributes:
        revoked: whether the server ended the session as well.
    """

    revoked: bool


Listener = Callable[[Event], None]
"""A plain function. What it raises is logged and does not end the login."""
