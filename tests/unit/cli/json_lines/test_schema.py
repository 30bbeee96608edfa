"""The documented schema is that of the classes, and every line keeps it. SCHEMA=new writes the file anew."""

import io
import json
import os
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from promptvm_oauth import json_lines_listener
from promptvm_oauth.cli import main
from promptvm_oauth.cli.json_lines.events import CommandEnded, InputRejected
from promptvm_oauth.ports.events import DeviceCodeIssued, Event
from promptvm_oauth.testing.listener_contract import EVENTS

from .schema import KINDS, schema

FILE = files("promptvm_oauth").joinpath("events.schema.json")
OF_THE_COMMAND = (
    InputRejected("work", "the line is too long"),
    CommandEnded("work", 0, {"profile": "work"}, None),
    CommandEnded("", 2, None, {"type": "ConfigurationError"}),
)


def documented() -> Any:
    return json.loads(FILE.read_text(encoding="utf-8"))


def line(event: Event) -> Any:
    stream = io.StringIO()
    json_lines_listener(stream)(event)
    return json.loads(stream.getvalue())


def problems(value: Any) -> list[str]:
    validator: Any = Draft202012Validator(documented(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(value)]


def test_the_file_says_what_the_classes_say() -> None:
    text = json.dumps(schema(), indent=2) + "\n"
    if os.environ.get("SCHEMA") == "new":
        with open(os.path.realpath(str(FILE)), "w", encoding="utf-8") as stream:
            stream.write(text)
    assert FILE.read_text(encoding="utf-8") == text


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(documented())


def test_it_knows_every_kind_and_describes_every_member() -> None:
    branches = {branch["if"]["properties"]["event"]["const"]: branch["then"] for branch in documented()["allOf"]}
    assert list(branches) == list(KINDS)
    assert all(member["description"] for branch in branches.values() for member in branch["properties"].values())


@pytest.mark.parametrize("event", [*EVENTS, *OF_THE_COMMAND], ids=lambda event: type(event).__name__)
def test_every_line_keeps_it(event: Event) -> None:
    assert problems(line(event)) == []


@pytest.mark.parametrize("event", [*EVENTS, *OF_THE_COMMAND], ids=lambda event: type(event).__name__)
def test_a_line_that_lacks_a_member_does_not(event: Event) -> None:
    whole = line(event)
    for name in whole:
        assert problems({other: value for other, value in whole.items() if other != name})


def test_what_later_versions_add_is_valid() -> None:
    known = line(DeviceCodeIssued("work", "WDJB-MJHT", "https://a.test/", None, openable=True, expires_in=600.0))
    assert problems({**known, "news": 1}) == []
    assert problems({**known, "event": "SomethingNew"}) == []
    assert problems({**known, "schema": "promptvm-auth/2"})


def test_it_is_shown_without_a_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "events"]) == 0
    assert json.loads(capsys.readouterr().out) == documented()
