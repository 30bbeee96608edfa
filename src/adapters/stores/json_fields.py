"""The fields of a profile as JSON."""

import json
from typing import cast


def read_fields(text: str) -> dict[str, str] | None:
    """Returns the fields, or None if the text is not a JSON object of texts. Never raises: errors quote the text."""
    try:
        content: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    members = cast("dict[str, object]", content)
    fields = {name: value for name, value in members.items() if isinstance(value, str)}
    return fields if len(fields) == len(members) else None
