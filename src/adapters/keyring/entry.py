"""One text under one account of a keychain, in parts where the keychain does not take it whole.

Windows takes 1,280 characters a value. A text that is refused whole goes into parts, which have accounts of their own
in one of two slots; the account itself then holds a manifest. That is written last, and the parts of before stay until
then, so that a crash leaves one text or the other. A profile's name has no colon, so parts never meet other accounts.
"""

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, cast

from ...ports.errors import StoreCorrupt, StoreFailed, StoreRefused
from .errors import STORE, keyring_error

if TYPE_CHECKING:
    from .backend import Accounts

PART = 1200
"""Characters of a part; texts are ASCII, so that no character can be cut in two."""

MAX_TEXT = 1024 * 1024
"""Characters of a text at the most."""

_SLOTS = ("a", "b")


class _Manifest(NamedTuple):
    slot: str
    parts: int
    sha256: str


class Entry:
    """One text under one account.

    Args:
        accounts: the accounts of the keychain.
        account: this one.
    """

    def __init__(self, accounts: "Accounts", account: str) -> None:
        self._accounts = accounts
        self._account = account

    def read(self) -> str | None:
        """Give the text, or None.

        Raises:
            StoreCorrupt: a part is missing or is not of this text, or it is too large.
        """
        head = self._accounts.get(self._account)
        text = self._whole(head)
        if text is None and head is not None:
            head = self._accounts.get(self._account)  # another process may have replaced the parts meanwhile
            text = self._whole(head)
        if head is not None and (text is None or len(text) > MAX_TEXT):
            raise StoreCorrupt("a part of what is stored is missing, or of another time; log in again", store=STORE)
        return text

    def write(self, text: str) -> None:
        """Replace the text.

        Args:
            text: ASCII characters.
        """
        before = _manifest(self._accounts.get(self._account))
        if not self._is_taken_whole(text):
            self._write_parts(text, before)
        elif before is not None:
            self._remove_parts(before)

    def delete(self) -> None:
        """Remove the text and all parts, also those that a crash left."""
        before = _manifest(self._accounts.get(self._account))
        self._accounts.delete(self._account)
        self._remove_parts(before)

    def _is_taken_whole(self, text: str) -> bool:
        try:
            self._accounts.set(self._account, text)
        except Exception as error:
            if len(text) > PART and isinstance(keyring_error(error), StoreRefused | StoreFailed):
                return False
            raise
        return True

    def _whole(self, head: str | None) -> str | None:
        """Give the text that an account's value stands for; None if it has parts that do not make up one."""
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
        """Remove parts, those that no manifest knows too: from the last one on, so that they are found after a crash.

        Args:
            before: the manifest that is replaced; some of its parts may be missing.
            keep: the manifest whose parts stay.
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
    """Read a manifest; None for a text that is none. The fields of a profile are texts, and a count is not."""
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
