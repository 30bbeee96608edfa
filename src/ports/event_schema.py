"""Events as plain members: the same for JSON lines, for the log, and in the documented schema.

The schema is `events.schema.json` beside the package's first module. Its name changes only if a reader of the old one
would misunderstand the new one; new kinds of events and new members do not change it.
"""

from math import isfinite
from typing import cast

from attrs import fields

from .events import Event
from .rfc3339 import format_time

SCHEMA = "promptvm-auth/1"
"""The name of the schema, which each line has in its member `schema`."""


def members(event: Event) -> dict[str, object]:
    """Returns the attributes of an event by their names; a line also has `schema`, and `event`, the class name.

    An attribute that ends with `_at` is a time and becomes RFC 3339 text. A number that JSON does not have is None.
    """
    names = (attribute.name for attribute in fields(type(event)))
    return {name: _plain(name, getattr(event, name)) for name in names}


def _plain(name: str, value: object) -> object:
    if isinstance(value, int | float) and name.endswith("_at"):
        return format_time(value) or None
    if isinstance(value, float) and not isfinite(value):
        return None
    return [*cast("tuple[object, ...]", value)] if isinstance(value, tuple) else value
