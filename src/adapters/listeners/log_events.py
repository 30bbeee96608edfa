"""Events, written to this package's own log: what happened, and never what it takes to sign in.

A table says what each event may show. URLs, user codes and the person's e-mail address stand in none of its rows.
"""

from typing import NamedTuple

from ...ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    LoggedIn,
    LoggedOut,
    PollingSlowed,
    ProblemNoticed,
    Refreshed,
    Retrying,
    StepUpRequired,
    StoreDowngraded,
    Waiting,
)
from ...ports.text import clean
from .log import logger


class _Row(NamedTuple):
    """How one kind of event is logged.

    Attributes:
        name: of the entry.
        level: a method of the logger.
        fields: what is shown beside the profile.
    """

    name: str
    level: str
    fields: tuple[str, ...] = ()


_ROWS: dict[type[Event], _Row] = {
    BrowserOpened: _Row("browser_opened", "info"),
    BrowserNotOpened: _Row("browser_not_opened", "warning", ("reason",)),
    DeviceCodeIssued: _Row("device_code_issued", "info", ("openable", "expires_in")),
    Waiting: _Row("waiting", "info", ("seconds",)),
    PollingSlowed: _Row("polling_slowed", "info", ("interval",)),
    Retrying: _Row("retrying", "warning", ("reason", "seconds")),
    LoggedIn: _Row("logged_in", "info", ("flow", "store")),
    Refreshed: _Row("refreshed", "info", ("expires_at",)),
    StepUpRequired: _Row("step_up_required", "warning", ("status", "scope")),
    StoreDowngraded: _Row("store_downgraded", "warning", ("wanted", "used", "reason")),
    ProblemNoticed: _Row("problem_noticed", "warning", ("problem",)),
    LoggedOut: _Row("logged_out", "info", ("revoked",)),
}


class StructlogListener:
    """Logs each event with the logger `promptvm_oauth`; the host program's handlers decide what becomes of it."""

    shows_codes = False

    def __call__(self, event: Event) -> None:
        """Log one event; of an unknown one only its name and its profile."""
        row = _ROWS.get(type(event)) or _Row(type(event).__name__, "info")
        shown = {name: _shown(getattr(event, name)) for name in ("profile", *row.fields)}
        getattr(logger(), row.level)(row.name, **shown)


def _shown(value: object) -> object:
    return clean(value) if isinstance(value, str) else value
