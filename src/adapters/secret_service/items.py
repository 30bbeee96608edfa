"""The items of a profile: their attributes, their secrets, and which of several items with the same attributes counts.

Services, accounts and times are written as the Go tool writes them.
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
"""The entries in the order of writing: a crash never leaves an invalid token pair, or tokens without their fields."""

REMOVAL = ("access", "refresh", "expires", "fields")
"""The entries in the order of deletion: an access token never outlives its expiry, which would make it look endless."""

MAX_BYTES = 1024 * 1024
"""The largest size of all fields of a profile, in bytes: 1 MiB."""

NO_SECRET = {"fields": b"{}", "refresh": b"", "access": b"", "expires": b""}
"""The secret that an item gets if it cannot be deleted; it is read as if there were no item."""

_FIELDS = {"refresh_token": "refresh", "access_token": "access", "expires_at": "expires"}
_OTHERS = "fields"
_FRACTION = re.compile(r"\.\d+")


def attributes(profile: str, entry: str) -> dict[str, str]:
    """Returns the attributes of an item: the two that the Go tool writes and searches for."""
    return {"service": SERVICE, "username": f"{SERVICE}:{profile}:{entry}"}


def encode(fields: "Mapping[str, str]") -> dict[str, bytes]:
    """Returns the secret of each entry for the fields of a profile.

    Raises:
        StoreRefused: a field is not valid Unicode, or the fields are larger than 1 MiB.
    """
    texts = {_FIELDS[name]: value for name, value in fields.items() if name in _FIELDS}
    others = {name: value for name, value in fields.items() if name not in _FIELDS}
    if "expires" in texts:
        texts["expires"] = _FRACTION.sub("", texts["expires"], count=1)
    if others:
        texts[_OTHERS] = json.dumps(others, sort_keys=True)
    # A decoding error would hold the text, so none is raised.
    contents = {entry: text.encode("utf-8", "replace") for entry, text in texts.items()}
    if any(content.decode() != texts[entry] for entry, content in contents.items()):
        raise StoreRefused("a field is not valid Unicode", store=STORE)
    if sum(map(len, contents.values())) > MAX_BYTES:
        raise StoreRefused(f"the fields are larger than {MAX_BYTES} bytes", store=STORE)
    return contents


def decode(contents: "Mapping[str, bytes]") -> dict[str, str]:
    """Returns the fields for the secrets of the entries; empty ones and Go's zero time are left out.

    Raises:
        StoreCorrupt: a secret is not text, or the fourth entry does not hold fields.
    """
    texts = {entry: content.decode("utf-8", "replace") for entry, content in contents.items() if content}
    if any(text.encode() != contents[entry] for entry, text in texts.items()):
        raise StoreCorrupt("the stored tokens are not text; log in again", store=STORE)
    if texts.get("expires") == GO_ZERO_TIME:
        del texts["expires"]
    fields = {name: texts[entry] for name, entry in _FIELDS.items() if entry in texts}
    others = read_fields(texts.get(_OTHERS, "{}"))
    if others is None:
        raise StoreCorrupt("the stored value is not the fields of a profile; log in again", store=STORE)
    return others | fields


def choose(
    hits: "Mapping[str, Sequence[str]]",
    secrets: "Mapping[str, bytes]",
    modified: "Callable[[str], int]",
) -> dict[str, bytes]:
    """Returns the secret of each entry that has an item; of several items the newest counts.

    Modification times are whole seconds. If they are equal, the item that was written with the later expiry counts,
    then the last created one.

    Args:
        hits: the items with the attributes of each entry, in the order of creation.
        secrets: the secret of each item.
        modified: returns the modification time of an item; called only if there are several.
    """
    expiries = [_moment(secrets[item]) for item in hits["expires"]]

    def rank(items: "Sequence[str]", index: int) -> tuple[int, float, int]:
        together = len(items) == len(expiries)  # as many items as expiries, so they were written together
        return modified(items[index]), expiries[index] if together else 0.0, index

    chosen: dict[str, bytes] = {}
    for entry, items in hits.items():
        if items:
            best = max(range(len(items)), key=lambda index: rank(items, index)) if len(items) > 1 else 0
            chosen[entry] = secrets[items[best]]
    return chosen


def _moment(content: bytes) -> float:
    """Returns the seconds since 1970-01-01 UTC of a stored time, or minus infinity if it is invalid."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(content.decode())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
