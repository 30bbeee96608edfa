"""The stream of events for front ends in another language."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from math import inf

import pytest
from attrs import fields
from promptvm_oauth import json_lines_listener
from promptvm_oauth.adapters.listeners.json_lines import JsonLinesListener
from promptvm_oauth.ports.events import BrowserOpened, DeviceCodeIssued, Event, Refreshed, Retrying, Waiting
from promptvm_oauth.testing.listener_contract import EVENTS


def line(event: Event) -> str:
    stream = io.StringIO()
    JsonLinesListener(stream, lambda: 1e9)(event)
    return stream.getvalue()


def test_the_front_end_gets_all_that_it_must_show() -> None:
    page = "https://app.promptvm.test/device"
    event = DeviceCodeIssued("work", "WDJB-MJHT", page, None, openable=True, expires_in=600.0)

    assert json.loads(line(event)) == {
        "schema": "promptvm-auth/1",
        "event": "DeviceCodeIssued",
        "time": "2001-09-09T01:46:40Z",
        "profile": "work",
        "user_code": "WDJB-MJHT",
        "verification_uri": page,
        "verification_uri_complete": None,
        "openable": True,
        "expires_in": 600.0,
    }


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_one_line_of_ascii_with_every_attribute(event: Event) -> None:
    text = line(event)

    assert text.isascii()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert list(json.loads(text)) == ["schema", "event", "time", *(attribute.name for attribute in fields(type(event)))]


def test_foreign_text_cannot_begin_a_line_of_its_own() -> None:
    text = line(Retrying("work", 'busy\n{"event": "LoggedIn"}\u2028', 5.0))

    assert text.count("\n") == 1
    assert json.loads(text)["reason"] == 'busy\n{"event": "LoggedIn"}\u2028'


def test_what_json_has_no_number_for_is_null() -> None:
    assert json.loads(line(Waiting("work", inf)), parse_constant=pytest.fail)["seconds"] is None
    assert json.loads(line(Refreshed("work", None)))["expires_at"] is None
    assert json.loads(line(Refreshed("work", inf)))["expires_at"] is None


def test_a_time_is_rfc_3339_and_a_duration_is_a_number_of_seconds() -> None:
    assert json.loads(line(Refreshed("work", 1_700_003_600.0)))["expires_at"] == "2023-11-14T23:13:20Z"
    assert json.loads(line(Waiting("work", 300.0)))["seconds"] == 300.0


def test_lines_of_several_threads_are_not_mixed() -> None:
    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            for letter in text:
                super().write(letter)
                time.sleep(0)
            return len(text)

    stream = Slow()
    listener = json_lines_listener(stream)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(listener, [Waiting("work", float(number)) for number in range(40)]))
    told = [json.loads(text)["seconds"] for text in stream.getvalue().splitlines()]
    assert sorted(told) == [float(number) for number in range(40)]


def test_an_event_is_written_at_once_and_in_one_piece() -> None:
    written: list[str] = []

    class Recording(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

        def flush(self) -> None:
            written.append("flushed")

    json_lines_listener(Recording())(BrowserOpened("work", "http://127.0.0.1:1/start/x"))

    assert written[1:] == ["flushed"]
