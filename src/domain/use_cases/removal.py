"""Removes logins from this machine: tokens, API keys and expiry of the profile, which is no longer active.

It is the first half of a logout. Ctrl-C and a cancellation take effect only after a login was removed as a whole.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore, Users
from ...ports.secrets import AwaitedSecretStore, StoredFields
from ...ports.single_flight import SingleFlight
from ..account import Account
from ..configuration import Configuration
from ..errors import (
    LockTimeout,
    LockUnavailable,
    ProfileError,
    PromptVMAuthError,
    StoreAbsent,
    StoreError,
    StoreLocked,
    StoreRefused,
)
from ..freshness import RefreshPolicy
from ..profile import Profile, load_profile, save_profile
from .recorded_account import recorded_account

if TYPE_CHECKING:
    from .client_ports import OnlinePorts, StoredPorts
    from .resolver import Resolver


@define
class Removal:
    """One login that is removed, and what became of it so far. It holds the removed tokens.

    Attributes:
        name: the profile's name.
        places: the stores that have its tokens if it has any.
        besides: stores that are cleared as well; one that does not exist here has none of its tokens.
        account: its account, or None if the account cannot be resolved.
        unresolved: why there is no account.
        whole: whether the profile is deleted as well.
        fields: the tokens that were loaded before they were removed, or None.
        unread: why they could not be loaded.
        had_keys: whether the profile had API keys.
        tokens_gone: whether the tokens were removed.
        failure: why the removal is not complete.
    """

    name: str
    places: tuple[AwaitedSecretStore, ...]
    besides: tuple[AwaitedSecretStore, ...] = field(default=(), kw_only=True)
    account: Account | None = None
    unresolved: str = ""
    whole: bool = False
    fields: StoredFields | None = field(default=None, repr=False)
    unread: str = ""
    had_keys: bool = False
    tokens_gone: bool = False
    failure: PromptVMAuthError | None = None

    @classmethod
    def of_account(cls, account: Account) -> "Removal":
        """Returns the removal of an account's login, which keeps the rest of its profile."""
        return cls(account.name, (account.secrets,), account)

    @classmethod
    async def of_profile(
        cls, name: str, resolver: "Resolver", configuration: Configuration, *, whole: bool
    ) -> "Removal":
        """Returns the removal of a profile's login; its session is ended at the recorded server, if that is known."""
        places = await resolver.places_of(name)
        try:
            return cls(name, places, await recorded_account(resolver, configuration, name), whole=whole)
        except PromptVMAuthError as error:
            return cls(name, places, unresolved=str(error), whole=whole)

    @property
    def had_tokens(self) -> bool:
        """Whether there were tokens; unreadable ones count."""
        return bool(self.unread) or self.fields is not None

    def has_none_in(self, secrets: AwaitedSecretStore, error: PromptVMAuthError) -> bool:
        """Returns whether an error of a store means that it has no tokens of this login."""
        return secrets in self.besides and isinstance(error, StoreAbsent)


@frozen
class Remover:
    """Removes logins, one at a time, under the lock of each.

    Attributes:
        users: whose logins the client keeps; one user has an active profile.
        forget: removes the tokens of a profile from memory.
    """

    profiles: AwaitedProfileStore
    lock: Lock
    single_flight: SingleFlight
    policy: RefreshPolicy
    users: Users
    forget: Callable[[str], object]

    @classmethod
    def of_ports(cls, ports: "StoredPorts", online: "OnlinePorts", forget: Callable[[str], object]) -> "Remover":
        """Returns the remover of one client."""
        return cls(ports.profiles, online.lock, online.single_flight, ports.policy, ports.configuration.users, forget)

    async def run(self, removal: Removal) -> None:
        """Removes a login and notes in `removal` what was removed and what failed.

        A logout does without the lock if it cannot be taken, although a concurrent refresh may undo it then; a whole
        profile is removed under the lock only.

        Args:
            removal: the login.
        """
        await self._unlock(removal)
        try:
            async with self.lock.hold(removal.name, timeout=self.policy.lock_timeout):
                await self._uninterrupted(removal)
        except (LockTimeout, LockUnavailable) as error:
            if removal.whole:
                removal.failure = error
            else:
                await self._uninterrupted(removal)

    async def _unlock(self, removal: Removal) -> None:
        """Asks the user once to unlock the stores; one that stays locked is cleared as far as it allows."""
        for secrets in (*removal.places, *removal.besides):
            try:
                await secrets.unlock(removal.name, everywhere=True)
            except (StoreLocked, StoreRefused) as error:
                removal.unread = error.reason
            except PromptVMAuthError:
                continue  # reading and deleting fail in the same way

    async def _uninterrupted(self, removal: Removal) -> None:
        async def remove() -> None:
            try:
                await self._remove(removal)
            except PromptVMAuthError as error:
                removal.failure = error

        await self.single_flight.uninterrupted(remove)

    async def _remove(self, removal: Removal) -> None:
        name = removal.name
        latest = await self._look_again(removal)
        for secrets in (*removal.places, *removal.besides):
            try:
                removal.fields = await secrets.load(name) or removal.fields
            except PromptVMAuthError as error:
                if not removal.has_none_in(secrets, error):
                    removal.unread = removal.unread or str(error)  # unreadable tokens are removed too
        await _delete_everywhere(removal)  # if this fails, the profile is kept for another attempt
        removal.tokens_gone = True
        self.forget(name)  # now, since the server is asked next, which may take seconds
        if removal.whole:
            await self.profiles.delete(name)
        else:
            await self._sign_out(removal, latest or await load_profile(self.profiles, name))
        if self.users is Users.ONE and await self.profiles.active() == name:
            await self.profiles.activate("")

    async def _look_again(self, removal: Removal) -> Profile | None:
        """Returns the profile, which another program may have written since the call began; None if it is damaged."""
        try:
            latest = await load_profile(self.profiles, removal.name)
        except ProfileError:
            return None
        if removal.account is None:
            return latest
        if removal.account.profile._replace(user_id=latest.user_id).is_another_login(latest):
            removal.unresolved = "the profile was changed to another server meanwhile"
            removal.account = None
        else:
            removal.account = removal.account._replace(profile=latest)
        return latest

    async def _sign_out(self, removal: Removal, profile: Profile) -> None:
        """Removes from the profile what says that the user is signed in; the rest is kept for the next login."""
        signed_out = profile.signed_out()
        if signed_out != profile:
            await save_profile(self.profiles, signed_out)
        removal.had_keys = profile.has_keys


async def _delete_everywhere(removal: Removal) -> None:
    """Deletes tokens from every store, the others too if one fails.

    Raises:
        StoreError: one of the stores may still have them; the others were cleared.
    """
    failure: StoreError | None = None
    for secrets in (*removal.places, *removal.besides):
        try:
            await secrets.delete(removal.name)
        except StoreError as error:
            if not removal.has_none_in(secrets, error):
                failure = failure or error
    if failure is not None:
        raise failure


async def has_keys_only(profiles: AwaitedProfileStore, name: str) -> bool:
    """Returns whether a profile has an API key and no login; false if it cannot be read."""
    try:
        profile = await load_profile(profiles, name)
    except (ProfileError, StoreError):
        return False
    return profile.has_keys and not profile.is_login
