"""What the log keeps of the events: what happened, and nothing that it takes to sign in."""

import logging
from dataclasses import dataclass

import pytest
import structlog
from attrs import fields
from promptvm_oauth import log_listener
from promptvm_oauth.adapters.listeners import log_events
from promptvm_oauth.adapters.listeners.log_events import StructlogListener
from promptvm_oauth.ports.events import (
    BrowserNotOpened,
    BrowserOpened,
    DeviceCodeIssued,
    Event,
    InterruptDelayed,
    LockAwaited,
    LoggedIn,
    LoggedOut,
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
from promptvm_oauth.testing.listener_contract import EVENTS

CODE = "WDJB-MJHT"
URL = "https://app.promptvm.test/device?user_code=WDJB-MJHT"
ISSUED = DeviceCodeIssued("work", CODE, URL, URL, openable=True, expires_in=600.0)


@dataclass
class Log:
    """What was logged."""

    caplog: pytest.LogCaptureFixture

    def of(self, event: Event) -> tuple[str, str]:
        """Returns the level and the text of an event's entry."""
        self.caplog.clear()
        StructlogListener()(event)
        (record,) = self.caplog.records
        assert record.name == "promptvm_oauth"
        return record.levelname, record.getMessage()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level(logging.DEBUG, "promptvm_oauth")
    return Log(caplog)


@pytest.mark.parametrize(
    ("event", "entry"),
    [
        (
            LoginPlanned("work", "device", "no display", "", True, False, (), "ada@example.com"),
            ("INFO", "event='LoginPlanned' profile='work' flow='device' reason='no display'"),
        ),
        (ProfileActivated("work", "old"), ("INFO", "event='ProfileActivated' profile='work' before='old'")),
        (BrowserOpened("work", URL), ("INFO", "event='BrowserOpened' profile='work'")),
        (
            BrowserNotOpened("work", URL, "no browser was found"),
            ("WARNING", "event='BrowserNotOpened' profile='work' reason='no browser was found'"),
        ),
        (ISSUED, ("INFO", "event='DeviceCodeIssued' profile='work' openable=True expires_in=600.0")),
        (Waiting("work", 300.0), ("INFO", "event='Waiting' profile='work' seconds=300.0")),
        (PollingSlowed("work", 10.0), ("INFO", "event='PollingSlowed' profile='work' interval=10.0")),
        (
            Retrying("work", "connection refused", 5.0),
            ("WARNING", "event='Retrying' profile='work' reason='connection refused' seconds=5.0"),
        ),
        (
            LoggedIn("work", "ada@example.com", "device", "file"),
            ("INFO", "event='LoggedIn' profile='work' flow='device' store='file'"),
        ),
        (Recovered("work"), ("INFO", "event='Recovered' profile='work'")),
        (Refreshed("work", 1e9), ("INFO", "event='Refreshed' profile='work' expires_at='2001-09-09T01:46:40Z'")),
        (
            StepUpRequired("work", 403, "prompts:write"),
            ("WARNING", "event='StepUpRequired' profile='work' status=403 scope='prompts:write'"),
        ),
        (
            InterruptDelayed("work", "the renewal", 28.4),
            ("INFO", "event='InterruptDelayed' profile='work' work='the renewal' seconds=28.4"),
        ),
        (LockAwaited("work", 1234, 44.0), ("INFO", "event='LockAwaited' profile='work' process=1234 seconds=44.0")),
        (
            UnlockAwaited("work", "secret-service", 60.0),
            ("WARNING", "event='UnlockAwaited' profile='work' store='secret-service' seconds=60.0"),
        ),
        (
            StoreDowngraded("work", "keychain", "file", "locked"),
            ("WARNING", "event='StoreDowngraded' profile='work' wanted='keychain' used='file' reason='locked'"),
        ),
        (
            ProblemNoticed("work", "not noted"),
            ("WARNING", "event='ProblemNoticed' profile='work' problem='not noted'"),
        ),
        (TokensRemoved("work"), ("INFO", "event='TokensRemoved' profile='work'")),
        (LoggedOut("work", revoked=True), ("INFO", "event='LoggedOut' profile='work' revoked=True")),
        (Event("work"), ("INFO", "event='Event' profile='work'")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_event_is_one_entry_with_the_fields_of_its_row(log: Log, event: Event, entry: tuple[str, str]) -> None:
    level, text = entry
    assert log.of(event) == (level, f"{text} schema='promptvm-auth/1'")


def test_every_kind_of_event_has_a_row() -> None:
    assert {type(event) for event in EVENTS} == set(log_events._ROWS)  # pyright: ignore[reportPrivateUsage] (the table is what is tested)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_no_url_no_user_code_and_no_address_of_a_person_is_logged(log: Log, event: Event) -> None:
    _, text = log.of(event)
    hidden = [getattr(event, attribute.name) for attribute in fields(type(event)) if attribute.repr is False]
    assert not any(value in text for value in hidden if value)
    assert "://" not in text
    assert "@" not in text


def test_foreign_text_stays_on_its_line_and_is_capped(log: Log) -> None:
    _, text = log.of(Retrying("work", "\x1b[2J\r\n\u202eevent='LoggedIn'" + "x" * 10_000, 5.0))
    assert text.isprintable()
    assert len(text) < 500


def test_what_the_host_program_does_not_want_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "promptvm_oauth")
    StructlogListener()(Waiting("work", 300.0))
    assert caplog.records == []


def test_neither_structlog_nor_logging_is_configured_globally(log: Log) -> None:
    root = logging.getLogger()
    before = structlog.is_configured(), root.level, list(root.handlers)
    log_listener()(Waiting("work", 300.0))
    assert (structlog.is_configured(), root.level, list(root.handlers)) == before
    assert logging.getLogger("promptvm_oauth").handlers == []
