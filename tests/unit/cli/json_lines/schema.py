"""The JSON Schema of the events, made from their classes: from the attributes' types and the docstrings."""

import inspect
import re
from typing import Any, get_type_hints

from attrs import fields
from promptvm_oauth.cli.json_lines import events as of_the_command
from promptvm_oauth.ports import events as of_the_library
from promptvm_oauth.ports.event_schema import SCHEMA
from promptvm_oauth.ports.events import Event

KINDS: dict[str, type[Event]] = {
    name: kind
    for module in (of_the_library, of_the_command)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
"""Each kind of event by its name, in the order of their definition."""

TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
TYPES: dict[Any, dict[str, Any]] = {
    str: TEXT,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    str | None: {"type": ["string", "null"]},
    int | None: {"type": ["integer", "null"]},
    tuple[str, ...]: {"type": "array", "items": TEXT},
}


def schema() -> dict[str, Any]:
    """Returns the schema. Kinds and members that it does not know are valid: later versions add some."""
    common = {
        "schema": {"const": SCHEMA},
        "event": {**TEXT, "description": "the kind of the event"},
        "time": {**TIME, "description": "when the line was written, in UTC"},
        "profile": {**TEXT, "description": attributes(Event)["profile"]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA}: the lines of promptvm-auth --json-lines",
        "description": "One line is one event. Pass over kinds of events and members that you do not know.",
        "type": "object",
        "properties": common,
        "required": [*common],
        "allOf": [of_kind(name, kind) for name, kind in KINDS.items()],
    }


def of_kind(name: str, kind: type[Event]) -> dict[str, Any]:
    told, types = attributes(kind), get_type_hints(kind)
    own = [attribute.name for attribute in fields(kind) if attribute.name != "profile"]
    members = {name: {**type_of(name, types[name]), "description": told[name]} for name in own}
    description = (inspect.getdoc(kind) or "").partition("\n")[0]
    return {
        "if": {"properties": {"event": {"const": name}}},
        "then": {"description": description, "properties": members, "required": own},
    }


def type_of(name: str, type_: Any) -> dict[str, Any]:
    if name.endswith("_at"):
        return {"type": ["string", "null"], "format": "date-time"}
    return TYPES.get(type_, {"type": ["object", "null"]})


def attributes(kind: type) -> dict[str, str]:
    """Returns what the docstring of a class says of each attribute, on one line."""
    _, _, section = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    parts = re.split(r"^    (\w+): ", section, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
