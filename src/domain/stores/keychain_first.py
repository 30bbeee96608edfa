"""The store `auto`: the OS keychain if it is usable, else an encrypted file.

A save goes to the keychain, which the Go tool reads first as well. If the keychain is not usable, the tokens are saved
to the file instead, marked with the reason, and they move back with the first save for which it is usable again. If
both stores have tokens, `pair_choice` decides which count. A keychain that is locked, refuses or fails is never treated
as empty; one that cannot be reached is so only if the profile does not say that a login may be in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ports.secrets import Placement, StoredFields
from ..binding import digest_of
from ..errors import ProfileError, StoreAbsent, StoreError, StoreLocked, StoresDisagree
from ..profile import load_profile
from ..second_look import pauses
from .pair_check import have_one_expiry
from .pair_choice import MARK, SUPERSEDES, Place, by_profile, by_user, is_newer, says_signed_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...ports.clock import Clock
    from ...ports.events import Listener
    from ...ports.profiles import AwaitedProfileStore
    from ...ports.secrets import ProbedSecretStore
    from ..profile import Profile

_USABLE = "the OS keychain is usable"


class KeychainFirst:
    """An `AwaitedSecretStore` over a keychain and a file."""

    def __init__(
        self,
        keychain: ProbedSecretStore,
        file: ProbedSecretStore,
        profiles: AwaitedProfileStore,
        clock: Clock,
        emit: Listener,
    ) -> None:
        """Combines two stores.

        Args:
            keychain: the preferred store.
            file: the store for tokens that the keychain cannot take.
            profiles: the profiles; they tell which tokens count if both stores have some.
            clock: waits for a program that is writing.
            emit: called with an event when tokens have to use the file.
        """
        self._keychain = keychain
        self._file = file
        self._profiles = profiles
        self._clock = clock
        self._emit = emit
        self._found: dict[str, ProbedSecretStore] = {}
        self._kept: dict[str, str] = {}

    async def load(self, profile: str) -> StoredFields | None:
        """Returns the tokens that count, or None.

        Raises:
            StoreAbsent: the profile says that there is a login, but it can only be in the keychain, which is absent.
            StoresDisagree: both stores have tokens, and nothing says which are the profile's.
            StoreError: one of the stores could not be read; there may be tokens in it.
        """
        filed = await self._file.load(profile)
        if filed is not None and MARK in filed and have_one_expiry(await self._profile(profile), filed):
            return self._from(self._file, profile, filed)
        try:
            kept = await self._load_keychain(profile)
        except StoreAbsent as error:
            return await self._without_keychain(profile, filed, error)
        if kept is None or filed is None:
            return self._from(self._keychain if filed is None else self._file, profile, kept or filed)
        return await self._choose(profile, kept, filed)

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Saves the tokens of a login to the keychain or, if it is not usable, to the file.

        Raises:
            StoreError: neither store saved them.
        """
        try:
            await self._check()
            await self._keychain.place(profile, fields)
        except StoreError as error:
            return await self._downgrade(profile, fields, error.reason)
        self._found[profile] = self._keychain
        await self._remove(self._file, profile)
        return Placement(self._keychain.name, _USABLE)

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Checks that a save would succeed, in the keychain or else in the file.

        Raises:
            StoreError: the save would fail in both.
        """
        if self._found.get(profile) is self._file:
            await self._file.rehearse(profile, fields)
            return
        try:
            await self._keychain.rehearse(profile, fields)
        except StoreError:  # the save will fail as well, and then use the file
            await self._file.rehearse(profile, fields)

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
        """Saves the tokens of a refresh to the keychain if it is usable, else to the file; the other store loses its.

        Raises:
            StoreError: neither store saved them.
        """
        if profile not in self._found:
            await self.load(profile)
        filed = self._found.get(profile) is self._file
        try:
            if filed:  # first, since what the file has is spent, and a crash may leave it there
                await self._file.save(profile, StoredFields(await self._mark(profile) | dict(fields)))
                await self._keychain.probe()
            await self._keychain.save(profile, StoredFields(fields))
        except StoreError as error:
            if error.store == self._file.name:
                raise
            if not filed:
                await self._downgrade(profile, fields, error.reason)
            return
        self._found[profile] = self._keychain
        await self._remove(self._file, profile)

    async def delete(self, profile: str) -> None:
        """Deletes the tokens from both stores.

        Raises:
            StoreAbsent: the profile's login may be in the keychain, which is absent; the file was cleared.
            StoreError: one of the stores may still have them; the other one was cleared.
        """
        self._found.pop(profile, None)
        failure: StoreError | None = None
        try:
            await self._keychain.delete(profile)
        except StoreAbsent as error:
            failure = await self._left_in_keychain(profile, error)
        except StoreError as error:
            failure = error
        await self._file.delete(profile)
        self._found.pop(profile, None)
        if failure is not None:
            raise failure

    async def location(self, profile: str) -> Placement:
        """Returns the store whose tokens count, with the reason if it is not the keychain."""
        if await self.load(profile) is None:
            return Placement(self._keychain.name, "a login uses it if it is usable")
        if self._found[profile] is self._keychain:
            return Placement(self._keychain.name, _USABLE)
        reason = (await self._mark(profile)).get(MARK, "another program saved the tokens there")
        return Placement(self._file.name, reason)

    async def _choose(self, profile: str, kept: StoredFields, filed: StoredFields) -> StoredFields | None:
        """Returns the pair that counts; waits for a program that may be writing one of them, or the profile."""
        looks = pauses()
        while (place := by_profile(kept, filed, await self._profile(profile))) is None:
            if (pause := next(looks, None)) is None:
                break
            await self._clock.sleep(pause)
            kept, filed = await self._load_keychain(profile) or kept, await self._file.load(profile) or filed
        place = place or by_user(kept, filed, await self._profile(profile))
        if place is None:
            raise StoresDisagree(
                f"{self._keychain.name} and {self._file.name} have tokens of different users for profile {profile!r}, "
                "which names neither; nothing was sent, log in again",
                store=self._keychain.name,
            )
        if place is Place.KEYCHAIN:
            return self._from(self._keychain, profile, kept)
        return self._from(self._file, profile, filed)

    async def _without_keychain(
        self, profile: str, filed: StoredFields | None, absent: StoreAbsent
    ) -> StoredFields | None:
        """Returns the file's tokens if they are the profile's, though the keychain cannot be reached."""
        recorded = await self._profile(profile)
        elsewhere = says_signed_in(recorded)
        if filed is not None:
            elsewhere = elsewhere and not (have_one_expiry(recorded, filed) or is_newer(filed, recorded))
        if elsewhere:
            raise _unreachable(profile, absent) from None
        return self._from(self._file if filed is not None else self._keychain, profile, filed)

    async def _left_in_keychain(self, profile: str, absent: StoreAbsent) -> StoreError | None:
        """Returns the error of a deletion if the login may be in the keychain, which cannot be reached."""
        try:
            filed = await self._file.load(profile)
        except StoreError:
            return None  # there is something in the file, and it is deleted
        try:
            await self._without_keychain(profile, filed, absent)
        except StoreAbsent as error:
            return error
        except ProfileError:  # it says nothing
            return _unreachable(profile, absent) if filed is None else None
        return None

    async def _is_filed(self, profile: str) -> bool:
        """Returns whether the tokens are in the file, as far as that is known without the keychain."""
        found = self._found.get(profile)
        return found is self._file if found is not None else bool(await self._mark(profile))

    async def _check(self) -> None:
        try:
            await self._keychain.probe()
        except StoreLocked:
            return  # a write fails as well if nobody unlocks it

    async def _downgrade(self, profile: str, fields: Mapping[str, str], reason: str) -> Placement:
        from ...ports.events import StoreDowngraded
        from ...ports.text import clean

        reason = clean(reason)
        superseded = {SUPERSEDES: self._kept[profile]} if profile in self._kept else {}
        await self._file.place(profile, StoredFields(dict(fields) | {MARK: reason} | superseded))
        self._found[profile] = self._file
        self._emit(StoreDowngraded(profile, self._keychain.name, self._file.name, reason))
        return Placement(self._file.name, reason)

    async def _profile(self, name: str) -> Profile:
        return await load_profile(self._profiles, name)

    async def _load_keychain(self, profile: str) -> StoredFields | None:
        kept = await self._keychain.load(profile)
        self._kept.pop(profile, None)
        if kept is not None:
            self._kept[profile] = digest_of(kept)
        return kept

    async def _mark(self, profile: str) -> dict[str, str]:
        filed = await self._file.load(profile) or StoredFields()
        return {name: filed[name] for name in (MARK, SUPERSEDES) if name in filed}

    async def _remove(self, store: ProbedSecretStore, profile: str) -> None:
        try:
            await store.delete(profile)
        except StoreError:
            return  # these tokens do not count; the next save tries again

    def _from(self, store: ProbedSecretStore, profile: str, fields: StoredFields | None) -> StoredFields | None:
        self._found[profile] = store
        if fields is None:
            return None
        return StoredFields({name: value for name, value in fields.items() if name not in {MARK, SUPERSEDES}})


def _unreachable(profile: str, absent: StoreAbsent) -> StoreAbsent:
    """Returns the error of a login that may be in a keychain that cannot be reached."""
    return StoreAbsent(
        f"the login of {profile!r} may be in the keychain, which cannot be reached from here ({absent.reason})",
        store=absent.store,
    )
