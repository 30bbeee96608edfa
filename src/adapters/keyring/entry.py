"""One text under one account of a keychain, split into parts if it is too long for the keychain.

Windows accepts 1,280 characters per value. A text that is too long is split into parts, which have their own accounts
in one of two slots, and the account itself holds a manifest. The manifest is written last and the old parts are deleted
after it, so that a crash leaves the old or the new text. A profile name has no colon, so no part has its account.
"""

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, cast

from ...ports.errors import StoreCorrupt, StoreFailed, StoreRefused
from .errors import STORE, keyring_error

if TYPE_CHECKING:
    from .backend import Accounts

PART = 1200
"""The length of a part in characters; texts are ASCII, so that every split is valid."""

MAX_TEXT = 1024 * 1024
"""The longest text, in characters."""

_SLOTS = ("a", "b")


class _Manifest(NamedTuple):
    slot: str
    parts: int
    sha256: str


class Entry:
    """One text under one account.

    Args:
        accounts: the accounts of the keychain.
        account: the account of the text.
    """

    def __init__(self, accounts: "Accounts", account: str) -> None:
        self._accounts = accounts
        self._account = account

    def read(self) -> str | None:
        """Returns the text, or None.

        Raises:
            StoreCorrupt: a part is missing or of another text, or the text is too long.
        """
        head = self._accounts.get(self._account)
        text = self._whole(head)
        if text is None and head is not None:
            head = self._accounts.get(self._account)  # another process may have replaced the parts in between
            text = self._whole(head)
        if head is not None and (text is None or len(text) > MAX_TEXT):
            raise StoreCorrupt("a part of the stored tokens is missing or out of date; log in again", store=STORE)
        return text

    def write(self, text: str) -> None:
        """Replaces the text.

        Args:
            text: ASCII characters.
        """
        before = _manifest(self._accounts.get(self._account))
        if not self._write_whole(text):
            self._write_parts(text, before)
        elif before is not None:
            self._remove_parts(before)

    def delete(self) -> None:
        """Deletes the text and all parts, also those that a crash has left."""
        before = _manifest(self._accounts.get(self._account))
        self._accounts.delete(self._account)
        self._remove_parts(before)

    def _write_whole(self, text: str) -> bool:
        try:
            self._accounts.set(self._account, text)
        except Exception as error:
            if len(text) > PART and isinstance(keyring_error(error), StoreRefused | StoreFailed):
                return False
            raise
        return True

    def _whole(self, head: str | None) -> str | None:
        """Returns the text for the value of an account; None if its parts are missing or do not match the manifest."""
        manifest = _manifest(head)
        if manifest is None:
            return head
        parts: list[str] = []
        for index in range(manifest.parts):
            part = self._accounts.get(self._part(manifest.slot, index))
            if part is None:
                return None
            parts.append(part)
        text = "".join(parts)
        return text if _digest(text) == manifest.sha256 else None

    def _write_parts(self, text: str, before: _Manifest | None) -> None:
        slot = "b" if before is not None and before.slot == "a" else "a"
        parts = [text[start : start + PART] for start in range(0, len(text), PART)]
        for index, part in enumerate(parts):
            self._accounts.set(self._part(slot, index), part)
        manifest = _Manifest(slot, len(parts), _digest(text))
        self._accounts.set(self._account, json.dumps(manifest._asdict()))
        self._remove_parts(before, keep=manifest)

    def _remove_parts(self, before: _Manifest | None, keep: _Manifest | None = None) -> None:
        """Deletes parts, also those of no manifest, from the last one on, so that the rest is found after a crash.

        Args:
            before: the replaced manifest; some of its parts may be missing.
            keep: the manifest whose parts are not deleted.
        """
        for slot in _SLOTS:
            first = keep.parts if keep is not None and keep.slot == slot else 0
            end = before.parts if before is not None and before.slot == slot else first
            while self._accounts.get(self._part(slot, end)) is not None:
                end += 1
            for index in reversed(range(first, end)):
                self._accounts.delete(self._part(slot, index))

    def _part(self, slot: str, index: int) -> str:
        return f"{self._account}:{slot}:{index}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _manifest(head: str | None) -> _Manifest | None:
    """Returns the manifest in the value of an account, or None. The fields of a profile never have a number in them."""
    if head is None or len(head) > PART:
        return None
    try:
        content: object = json.loads(head)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    members = cast("dict[str, object]", content)
    slot, parts, digest = (members.get(name) for name in _Manifest._fields)
    if slot in _SLOTS and isinstance(parts, int) and 0 < parts <= MAX_TEXT // PART + 1 and isinstance(digest, str):
        return _Manifest(str(slot), parts, digest)
    return None
