"""The store `auto`: the OS keychain if it is usable, else an encrypted file.

Only a login chooses. It probes the keychain, which writes nothing. If the keychain is not usable, the tokens are saved
to the file and marked with the reason, and a marked file wins until a login finds the keychain usable again. A keychain
that is locked, refuses or fails is never treated as empty. The tool `promptvm` writes to either store and sets no mark:
if both stores have tokens and no mark is set, the tokens that expire later win, and the next save deletes the others.
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
        """Combines two stores.

        Args:
            keychain: the preferred store.
            file: the store for tokens that the keychain cannot take.
            emit: called with an event when a login has to use the file.
        """
        self._keychain = keychain
        self._file = file
        self._emit = emit
        self._found: dict[str, ProbedSecretStore] = {}

    async def load(self, profile: str) -> StoredFields | None:
        """Returns the tokens of the store that wins (see the module docstring), or None.

        Raises:
            StoreError: one of the stores could not be read; there may be tokens in it.
        """
        filed = await self._file.load(profile)
        if filed is not None and MARK in filed:
            return self._from(self._file, profile, filed)
        kept = await self._load_keychain(profile)
        if filed is None or (kept is not None and _expiry(kept) >= _expiry(filed)):
            return self._from(self._keychain, profile, kept)
        return self._from(self._file, profile, filed)

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Saves the tokens of a login to the keychain or, if it is not usable, to the file.

        Raises:
            StoreError: neither store saved them, or older tokens in the file would win over them.
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
        """Checks that a save would succeed in the store that the tokens were loaded from.

        Raises:
            StoreError: the save would fail.
        """
        await self._found.get(profile, self._keychain).rehearse(profile, fields)

    async def unlock(self, profile: str, *, everywhere: bool = False) -> bool:
        """Unlocks the keychain, unless the profile's tokens are in the file, or the keychain is absent.

        If everything is to be unlocked, a keychain that stays locked is no error, since the file can be used.

        Raises:
            StoreError: the keychain could not be unlocked.
        """
        if not everywhere and await self._is_filed(profile):
            return False
        try:
            return await self._keychain.unlock(profile)
        except StoreAbsent:
            return False
        except StoreError:
            if not everywhere:
                raise
            return False

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Saves to the store that the tokens were loaded from, and deletes older tokens from the other store.

        Raises:
            StoreError: the tokens were not saved.
        """
        if profile not in self._found:
            await self.load(profile)
        home = self._found.get(profile, self._keychain)
        mark = await self._mark(profile) if home is self._file else {}
        await home.save(profile, StoredFields(mark | dict(fields)))
        if not mark:
            await self._remove(self._file if home is self._keychain else self._keychain, profile)

    async def delete(self, profile: str) -> None:
        """Deletes the tokens from both stores; an absent keychain counts as empty.

        Raises:
            StoreError: one of the stores may still have them; the other one was cleared.
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
        """Returns the store whose tokens win, with the reason if it is not the keychain."""
        if await self.load(profile) is None:
            return Placement(self._keychain.name, "a login uses it if it is usable")
        if self._found[profile] is self._keychain:
            return Placement(self._keychain.name, _USABLE)
        reason = (await self._mark(profile)).get(MARK, "another program saved the tokens there")
        return Placement(self._file.name, reason)

    async def _is_filed(self, profile: str) -> bool:
        """Returns whether the tokens are in the file, as far as that is known without the keychain."""
        found = self._found.get(profile)
        return found is self._file if found is not None else bool(await self._mark(profile))

    async def _check(self) -> None:
        try:
            await self._keychain.probe()
        except StoreLocked:
            return  # a write prompts the user to unlock it

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
            return  # these tokens do not win; the next save tries again

    def _from(self, store: ProbedSecretStore, profile: str, fields: StoredFields | None) -> StoredFields | None:
        self._found[profile] = store
        if fields is None:
            return None
        return StoredFields({name: value for name, value in fields.items() if name != MARK})


def _expiry(fields: Mapping[str, str]) -> float:
    expires_at = parse_time(fields.get("expires_at"))
    return float("inf") if expires_at is None else expires_at
