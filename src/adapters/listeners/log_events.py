"""Events as entries of this package's log: what happened, without secrets.

The names are those of the JSON lines. A table lists the attributes that each event may show; URLs, user codes and
e-mail addresses are in none of its rows.
"""

from typing import NamedTuple

from ...ports.event_schema import SCHEMA, members
from ...ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    InterruptDelayed,
    LockAwaited,
    LoggedIn,
    LoggedOut,
    LoginFailed,
    LoginPlanned,
    PollingSlowed,
    ProblemNoticed,
    ProfileActivated,
    Recovered,
    Refreshed,
    Retrying,
    StepUpRequired,
    StoreDowngraded,
    TokensRemoved,
    UnlockAwaited,
    Waiting,
)
from ...ports.text import clean
from .log import logger


class _Row(NamedTuple):
    """How one kind of event is logged.

    Attributes:
        level: the method of the logger.
        fields: the attributes to show, in addition to the profile.
    """

    level: str
    fields: tuple[str, ...] = ()


_ROWS: dict[type[Event], _Row] = {
    LoginPlanned: _Row("info", ("flow", "reason")),
    BrowserOpened: _Row("info"),
    BrowserNotOpened: _Row("warning", ("reason",)),
    DeviceCodeIssued: _Row("info", ("openable", "expires_in")),
    Waiting: _Row("info", ("seconds",)),
    PollingSlowed: _Row("info", ("interval",)),
    Retrying: _Row("warning", ("reason", "seconds")),
    Recovered: _Row("info"),
    LoggedIn: _Row("info", ("flow", "store")),
    LoginFailed: _Row("warning", ("reason", "error", "code", "retryable", "needs_login", "next_step")),
    ProfileActivated: _Row("info", ("before",)),
    Refreshed: _Row("info", ("expires_at",)),
    LockAwaited: _Row("info", ("process", "seconds")),
    InterruptDelayed: _Row("info", ("work", "seconds")),
    StepUpRequired: _Row("warning", ("status", "scope")),
    UnlockAwaited: _Row("warning", ("store", "seconds")),
    StoreDowngraded: _Row("warning", ("wanted", "used", "reason")),
    ProblemNoticed: _Row("warning", ("problem",)),
    TokensRemoved: _Row("info"),
    LoggedOut: _Row("info", ("revoked",)),
}


class StructlogListener:
    """Logs each event with the logger `promptvm_oauth`; the handlers of the embedder decide what is shown."""

    shows_codes = False

    def __call__(self, event: Event) -> None:
        """Logs one event; of an unknown event only its class name and its profile."""
        row = _ROWS.get(type(event)) or _Row("info")
        told = members(event)
        shown = {name: _shown(told[name]) for name in ("profile", *row.fields)}
        getattr(logger(), row.level)(type(event).__name__, **shown, schema=SCHEMA)


def _shown(value: object) -> object:
    return clean(value) if isinstance(value, str) else value
