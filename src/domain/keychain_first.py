"""The store `auto`: the OS keychain where there is a usable one, an encrypted file where there is not.

Only a login chooses. It asks the keychain whether it can be used, which writes nothing; if not, the tokens go to the
file, marked with the reason, and a marked file wins until a login finds the keychain usable again. A keychain that is
locked, refuses or fails is never taken for an empty one. The tool `promptvm` writes to either place and knows no mark:
if both hold tokens and none is marked, those that expire later win, and the next save removes the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ports.rfc3339 import parse_time
from ..ports.secrets import Placement, StoredFields
from .errors import StoreAbsent, StoreError, StoreLocked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..ports.events import Listener
    from ..ports.secrets import ProbedSecretStore

MARK = "kept_here_because"
"""The field of a file's tokens that says why they are not in the keychain."""

_USABLE = "the OS keychain is usable"


class KeychainFirst:
    """An `AwaitedSecretStore` over a keychain and a file."""

    def __init__(self, keychain: ProbedSecretStore, file: ProbedSecretStore, emit: Listener) -> None:
        """Take the two stores, and who hears of a downgrade."""
        self._keychain = keychain
        self._file = file
        self._emit = emit
        self._found: dict[str, ProbedSecretStore] = {}

    async def load(self, profile: str) -> StoredFields | None:
        """Give the fields that count.

        Raises:
            StoreError: one of the stores could not answer; there may be tokens in it.
        """
        filed = await self._file.load(profile)
        if filed is not None and MARK in filed:
            return self._from(self._file, profile, filed)
        kept = await self._load_keychain(profile)
        if filed is None or (kept is not None and _expiry(kept) >= _expiry(filed)):
            return self._from(self._keychain, profile, kept)
        return self._from(self._file, profile, filed)

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Save the tokens of a login to the keychain, or, if that cannot be used, to the file.

        Raises:
            StoreError: neither took them, or what an earlier login left in the file would hide them.
        """
        try:
            await self._check()
            await self._keychain.place(profile, fields)
        except StoreError as error:
            return await self._downgrade(profile, fields, error.reason)
        self._found[profile] = self._keychain
        await self._file.delete(profile)
        return Placement(self._keychain.name, _USABLE)

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Try whether a save would succeed, in the store that the tokens were loaded from.

        Raises:
            StoreError: it would not.
        """
        await self._found.get(profile, self._keychain).rehearse(profile, fields)

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Save where the tokens were loaded from, and remove what lost against them elsewhere.

        Raises:
            StoreError: they were not saved.
        """
        if profile not in self._found:
            await self.load(profile)
        home = self._found.get(profile, self._keychain)
        mark = await self._mark(profile) if home is self._file else {}
        await home.save(profile, StoredFields(mark | dict(fields)))
        if not mark:
            await self._remove(self._file if home is self._keychain else self._keychain, profile)

    async def delete(self, profile: str) -> None:
        """Remove the fields from both stores; a keychain that is not there holds nothing.

        Raises:
            StoreError: one of the stores may still hold them; the other was cleared all the same.
        """
        self._found.pop(profile, None)
        failure: StoreError | None = None
        for store in (self._file, self._keychain):
            try:
                await store.delete(profile)
            except StoreAbsent:
                continue
            except StoreError as error:
                failure = error
        if failure is not None:
            raise failure

    async def location(self, profile: str) -> Placement:
        """Say which store holds the fields that count, and why it is not the keychain if it is not."""
        if await self.load(profile) is None:
            return Placement(self._keychain.name, "a login would use it if it can")
        if self._found[profile] is self._keychain:
            return Placement(self._keychain.name, _USABLE)
        reason = (await self._mark(profile)).get(MARK, "another program put the tokens there")
        return Placement(self._file.name, reason)

    async def _check(self) -> None:
        try:
            await self._keychain.probe()
        except StoreLocked:
            return  # writing asks the person to unlock it

    async def _downgrade(self, profile: str, fields: Mapping[str, str], reason: str) -> Placement:
        from ..ports.events import StoreDowngraded
        from ..ports.text import clean

        reason = clean(reason)
        await self._file.place(profile, StoredFields(dict(fields) | {MARK: reason}))
        self._found[profile] = self._file
        self._emit(StoreDowngraded(profile, self._keychain.name, self._file.name, reason))
        return Placement(self._file.name, reason)

    async def _load_keychain(self, profile: str) -> StoredFields | None:
        try:
            return await self._keychain.load(profile)
        except StoreAbsent:
            return None

    async def _mark(self, profile: str) -> dict[str, str]:
        filed = await self._file.load(profile)
        return {MARK: filed[MARK]} if filed is not None and MARK in filed else {}

    async def _remove(self, store: ProbedSecretStore, profile: str) -> None:
        try:
            await store.delete(profile)
        except StoreError:
            return  # it lost already; the next save tries again

    def _from(self, store: ProbedSecretStore, profile: str, fields: StoredFields | None) -> StoredFields | None:
        self._found[profile] = store
        if fields is None:
            return None
        return StoredFields({name: value for name, value in fields.items() if name != MARK})


def _expiry(fields: Mapping[str, str]) -> float:
    expires_at = parse_time(fields.get("expires_at"))
    return float("inf") if expires_at is None else expires_at
