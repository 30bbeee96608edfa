"""Events as entries of this package's log: what happened, without secrets.

A table lists the attributes that each event may show. URLs, user codes and e-mail addresses are in none of its rows.
"""

from typing import NamedTuple

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
        name: the name of the entry.
        level: the method of the logger.
        fields: the attributes to show, in addition to the profile.
    """

    name: str
    level: str
    fields: tuple[str, ...] = ()


_ROWS: dict[type[Event], _Row] = {
    LoginPlanned: _Row("login_planned", "info", ("flow", "reason")),
    BrowserOpened: _Row("browser_opened", "info"),
    BrowserNotOpened: _Row("browser_not_opened", "warning", ("reason",)),
    DeviceCodeIssued: _Row("device_code_issued", "info", ("openable", "expires_in")),
    Waiting: _Row("waiting", "info", ("seconds",)),
    PollingSlowed: _Row("polling_slowed", "info", ("interval",)),
    Retrying: _Row("retrying", "warning", ("reason", "seconds")),
    Recovered: _Row("recovered", "info"),
    LoggedIn: _Row("logged_in", "info", ("flow", "store")),
    LoginFailed: _Row("login_failed", "warning", ("reason", "code", "retryable")),
    ProfileActivated: _Row("profile_activated", "info", ("before",)),
    Refreshed: _Row("refreshed", "info", ("expires_at",)),
    LockAwaited: _Row("lock_awaited", "info", ("process", "seconds")),
    InterruptDelayed: _Row("interrupt_delayed", "info", ("work", "seconds")),
    StepUpRequired: _Row("step_up_required", "warning", ("status", "scope")),
    UnlockAwaited: _Row("unlock_awaited", "warning", ("store", "seconds")),
    StoreDowngraded: _Row("store_downgraded", "warning", ("wanted", "used", "reason")),
    ProblemNoticed: _Row("problem_noticed", "warning", ("problem",)),
    TokensRemoved: _Row("tokens_removed", "info"),
    LoggedOut: _Row("logged_out", "info", ("revoked",)),
}


class StructlogListener:
    """Logs each event with the logger `promptvm_oauth`; the handlers of the embedder decide what is shown."""

    shows_codes = False

    def __call__(self, event: Event) -> None:
        """Logs one event; of an unknown event only its class name and its profile."""
        row = _ROWS.get(type(event)) or _Row(type(event).__name__, "info")
        shown = {name: _shown(getattr(event, name)) for name in ("profile", *row.fields)}
        getattr(logger(), row.level)(row.name, **shown)


def _shown(value: object) -> object:
    return clean(value) if isinstance(value, str) else value
