"""What every listener of events must accept, as tests: subclass `ListenerContract` and implement `make`."""

from concurrent.futures import ThreadPoolExecutor
from math import inf

from attrs import frozen

from ..ports import events
from ..ports.events import Event, Listener

URL = "http://127.0.0.1:49152/start/0123456789abcdef0123456789abcdef"
PAGE = "https://app.promptvm.test/device"

EVENTS: tuple[Event, ...] = (
    events.LoginPlanned(
        "work",
        "device",
        "it has no display",
        "no display",
        chosen=True,
        opens=False,
        offers=("device",),
        replaces="ada",
    ),
    events.LoginPlanned(
        "work", "paste", "it was asked for", "", chosen=False, opens=False, offers=("browser", "paste")
    ),
    events.BrowserOpened("work", URL),
    events.BrowserNotOpened("work", URL, "no browser was found"),
    events.DeviceCodeIssued("work", "WDJB-MJHT", PAGE, f"{PAGE}?user_code=WDJB-MJHT", openable=True, expires_in=600.0),
    events.DeviceCodeIssued("work", "WDJB-MJHT", "ftp://elsewhere.test/device", None, openable=False, expires_in=600.0),
    events.Waiting("work", 300.0),
    events.PollingSlowed("work", 10.0),
    events.LockAwaited("work", 1234, 44.0),
    events.InterruptDelayed("work", "the renewal", 28.4),
    events.Retrying("work", "the server took too long to answer", 10.0),
    events.Retrying("work", "the server is busy", 10.0, answered=True),
    events.Recovered("work"),
    events.LoggedIn("work", "ada@example.com", "browser", "memory"),
    events.LoggedIn("work", "", "device", "file"),
    events.LoginFailed("work", "the sign-in was denied (access_denied)", "access_denied"),
    events.LoginFailed("work", "the server cannot be reached", retryable=True),
    events.ProfileActivated("work", "default"),
    events.Refreshed("work", 1_700_003_600.0),
    events.Refreshed("work", None),
    events.StepUpRequired("work", 403, "prompts:write"),
    events.StepUpRequired("work", 401, ""),
    events.UnlockAwaited("work", "secret-service", 60.0),
    events.StoreDowngraded("work", "keychain", "file", "the keychain is locked"),
    events.ProblemNoticed("work", "the new expiry was not noted in the profile"),
    events.TokensRemoved("work"),
    events.LoggedOut("work", revoked=True),
)
"""Each kind of event, with each kind of content."""

HOSTILE = ("", "{0} %s", "\x1b[2J\x07", "line\r\nline", "\u202e\u2028\x9b31m\x00", "ä漢🔑", "\ud800", "x" * 10_000)
"""Texts that a hostile server may send."""


@frozen
class _LaterEvent(Event):
    """An event of a later version."""

    news: str = "news"


class ListenerContract:
    """The events port's contract: a listener accepts every event and raises nothing."""

    def make(self) -> Listener:
        """Returns the listener under test."""
        raise NotImplementedError

    def test_every_event_is_taken(self) -> None:
        """With each kind of content."""
        listener = self.make()
        for event in EVENTS:
            listener(event)

    def test_an_event_of_a_later_version_is_taken(self) -> None:
        """New kinds of events are added in minor releases."""
        self.make()(_LaterEvent("work"))

    def test_any_text_is_taken(self) -> None:
        """Also characters that the stream cannot encode."""
        listener = self.make()
        for text in HOSTILE:
            listener(
                events.LoginPlanned(text, text, text, text, chosen=True, opens=False, offers=(text,), replaces=text)
            )
            listener(events.ProfileActivated(text, text))
            listener(events.BrowserNotOpened(text, text, text))
            listener(events.DeviceCodeIssued(text, text, text, text, openable=False, expires_in=600.0))
            listener(events.Retrying(text, text, 5.0))
            listener(events.LoggedIn(text, text, text, text))
            listener(events.StepUpRequired(text, 403, text))
            listener(events.UnlockAwaited(text, text, 60.0))
            listener(events.StoreDowngraded(text, text, text, text))
            listener(events.ProblemNoticed(text, text))

    def test_any_number_is_taken(self) -> None:
        """Zero, huge and infinite ones."""
        listener = self.make()
        for seconds in (0.0, 0.25, 1e18, inf):
            listener(events.Waiting("work", seconds))
            listener(events.PollingSlowed("work", seconds))
            listener(events.Refreshed("work", seconds))

    def test_several_threads_may_tell_at_once(self) -> None:
        """A client may be shared by threads."""
        listener = self.make()
        with ThreadPoolExecutor(max_workers=4) as pool:
            for done in [pool.submit(listener, event) for event in EVENTS * 4]:
                done.result()
