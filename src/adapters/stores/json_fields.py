"""Fields of a profile as one JSON text."""

import json
from typing import cast


def read_fields(text: str) -> dict[str, str] | None:
    """Give the fields, or None for a text that is no JSON object of texts; nothing that quotes the text is raised."""
    try:
        content: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    members = cast("dict[str, object]", content)
    fields = {name: value for name, value in members.items() if isinstance(value, str)}
    return fields if len(fields) == len(members) else None
