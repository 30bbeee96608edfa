"""The events port: what happened, as frozen values. Terminal, notebook, JSON lines and logs are all listeners of it.

URLs and codes are there to be shown to the person, so a listener can read them; `repr` does not show them, so that a
log which prints an event gives nothing away.
"""

from collections.abc import Callable

from attrs import field, frozen


@frozen
class Event:
    """The root of all events.

    Attributes:
        profile: the name of the profile it is about.
    """

    profile: str


@frozen
class BrowserOpened(Event):
    """A browser was started for the login; show the URL all the same, for it may have opened nothing.

    Attributes:
        url: what the person can open by hand instead.
    """

    url: str = field(repr=False)


@frozen
class BrowserNotOpened(Event):
    """No browser was started; the person opens the URL by hand.

    Attributes:
        url: what to open.
        reason: why no browser was started.
    """

    url: str = field(repr=False)
    reason: str


@frozen
class DeviceCodeIssued(Event):
    """The person now opens the verification URI on any device and compares or enters the code (RFC 8628 §3.3).

    Attributes:
        user_code: as the server gave it, cleaned of control characters.
        verification_uri: what to open.
        verification_uri_complete: the same with the code filled in, or None.
        openable: whether the URIs were checked and may be made a link, a QR code or opened; if not, show text only.
        expires_in: seconds until the code is void.
    """

    user_code: str = field(repr=False)
    verification_uri: str = field(repr=False)
    verification_uri_complete: str | None = field(repr=False)
    openable: bool
    expires_in: float


@frozen
class Waiting(Event):
    """The login waits for the person.

    Attributes:
        seconds: how long at the most.
    """

    seconds: float


@frozen
class PollingSlowed(Event):
    """The server asked to be polled less often (RFC 8628 §3.5, `slow_down`).

    Attributes:
        interval: the new pause between polls, in seconds.
    """

    interval: float


@frozen
class Retrying(Event):
    """A request failed in a way that may pass, and will be sent again.

    Attributes:
        reason: what went wrong.
        seconds: the pause before the next attempt.
    """

    reason: str
    seconds: float


@frozen
class LoggedIn(Event):
    """The tokens of a new login are stored.

    Attributes:
        user: the e-mail address or id of the person, or the empty text.
        flow: `browser`, `device` or `paste`.
        store: the store that took the tokens.
    """

    user: str
    flow: str
    store: str


@frozen
class Refreshed(Event):
    """A new access token was fetched and stored.

    Attributes:
        expires_at: seconds since 1970-01-01 UTC, or None if the server did not say.
    """

    expires_at: float | None


@frozen
class StepUpRequired(Event):
    """The API wants more than the login may do; renewing the token would not help (RFC 6750 §3.1, RFC 9470 §3).

    Attributes:
        status: 401 or 403.
        scope: what it wants, as the server put it, cleaned of control characters; empty if it did not say.
    """

    status: int
    scope: str


@frozen
class StoreDowngraded(Event):
    """The tokens went to a less protected store than the one that was wanted.

    Attributes:
        wanted: the store that could not be used.
        used: the store that took them.
        reason: why.
    """

    wanted: str
    used: str
    reason: str


@frozen
class ProblemNoticed(Event):
    """Something is not as it should be, though nothing failed and nothing is lost.

    Attributes:
        problem: one sentence for the person.
    """

    problem: str


@frozen
class LoggedOut(Event):
    """The profile's tokens are gone from this machine.

    Attributes:
        revoked: whether the server has ended the session as well.
    """

    revoked: bool


Listener = Callable[[Event], None]
"""A plain function. What it raises is logged and ends nothing."""
