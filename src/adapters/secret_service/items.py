"""The items of a profile: their attributes, their content, and which one counts where several answer to the same name.

Service, accounts and times are as the Go tool writes them; see also `secret_service_store`.
"""

import json
import re
from typing import TYPE_CHECKING

from ...ports.errors import StoreCorrupt, StoreRefused
from ...ports.rfc3339 import GO_ZERO_TIME
from ..stores.json_fields import read_fields
from .errors import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SERVICE = "promptvm-cli"

ENTRIES = ("fields", "refresh", "access", "expires")
"""The entries in the order of writing: a crash in between never leaves a dead pair, nor tokens without their fields."""

MAX_BYTES = 1024 * 1024
"""Bytes of all fields of a profile at the most: 1 MiB."""

_FIELDS = {"refresh_token": "refresh", "access_token": "access", "expires_at": "expires"}
_OTHERS = "fields"
_FRACTION = re.compile(r"\.\d+")


def attributes(profile: str, entry: str) -> dict[str, str]:
    """Give the attributes of an item: exactly those two that the Go tool writes and searches by."""
    return {"service": SERVICE, "username": f"{SERVICE}:{profile}:{entry}"}


def encode(fields: "Mapping[str, str]") -> dict[str, bytes]:
    """Give the content of each entry that there is to be.

    Raises:
        StoreRefused: a field is not Unicode text, or they are larger than 1 MiB together.
    """
    texts = {_FIELDS[name]: value for name, value in fields.items() if name in _FIELDS}
    others = {name: value for name, value in fields.items() if name not in _FIELDS}
    if "expires" in texts:
        texts["expires"] = _FRACTION.sub("", texts["expires"], count=1)
    if others:
        texts[_OTHERS] = json.dumps(others, sort_keys=True)
    # Nothing that carries the text along is raised: a decoding error holds all of it.
    contents = {entry: text.encode("utf-8", "replace") for entry, text in texts.items()}
    if any(content.decode() != texts[entry] for entry, content in contents.items()):
        raise StoreRefused("a field is not Unicode text", store=STORE)
    if sum(map(len, contents.values())) > MAX_BYTES:
        raise StoreRefused(f"the fields are larger than {MAX_BYTES} bytes", store=STORE)
    return contents


def decode(contents: "Mapping[str, bytes]") -> dict[str, str]:
    """Give the fields that entries hold; a time that is empty or Go's zero time is left out.

    Raises:
        StoreCorrupt: an entry is not text, or the fourth holds no fields.
    """
    texts = {entry: content.decode("utf-8", "replace") for entry, content in contents.items()}
    if any(text.encode() != contents[entry] for entry, text in texts.items()):
        raise StoreCorrupt("what is stored is not text; log in again", store=STORE)
    if texts.get("expires") in {"", GO_ZERO_TIME}:
        del texts["expires"]
    fields = {name: texts[entry] for name, entry in _FIELDS.items() if entry in texts}
    others = read_fields(texts.get(_OTHERS, "{}"))
    if others is None:
        raise StoreCorrupt("what is stored is no fields of a profile; log in again", store=STORE)
    return others | fields


def choose(
    hits: "Mapping[str, Sequence[str]]",
    secrets: "Mapping[str, bytes]",
    modified: "Callable[[str], int]",
) -> dict[str, bytes]:
    """Give the content of each entry that has an item; of several items the newest counts.

    Times of change are whole seconds. Where they are equal, the item counts that was made along with the later expiry,
    then the one made last.

    Args:
        hits: the items that answer to each entry's attributes, in the order in which they were made.
        secrets: the content of each item.
        modified: gives the time of an item's last change; asked only where there are several.
    """
    expiries = [_moment(secrets[item]) for item in hits["expires"]]

    def rank(items: "Sequence[str]", index: int) -> tuple[int, float, int]:
        together = len(items) == len(expiries)  # each entry was written as often, so they were written together
        return modified(items[index]), expiries[index] if together else 0.0, index

    chosen: dict[str, bytes] = {}
    for entry, items in hits.items():
        if items:
            best = max(range(len(items)), key=lambda index: rank(items, index)) if len(items) > 1 else 0
            chosen[entry] = secrets[items[best]]
    return chosen


def _moment(content: bytes) -> float:
    """Give the seconds since 1970-01-01 UTC of a stored time, or minus infinity for what is none."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(content.decode())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
