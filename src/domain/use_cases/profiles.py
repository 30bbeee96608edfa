"""Lists, activates and removes the profiles on this machine."""

from attrs import frozen

from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ..errors import ConfigurationError, ProfileError, UnknownProfile
from ..freshness import RefreshPolicy
from ..profile import Profile, check_name, load_profile
from .resolver import Resolver


@frozen
class ProfileSummary:
    """One profile on this machine. It contains no secret.

    Attributes:
        name: the profile's name.
        active: whether it is the active profile, which calls use that name none.
        base_url: the URL of the API, or the issuer, that the profile belongs to.
        auth_type: `oauth`, `api_key`, or empty if the user never signed in.
        user: the e-mail address or the id of the user; empty if the profile does not say.
        organization: the id of the organization; empty if the profile does not say.
        problem: why the profile cannot be read; empty if it can.
        signed_in: whether the user is signed in, as the profile says without asking the store or the server; None if it
            does not say. After a logout `user` is who was signed in.
    """

    name: str
    active: bool
    base_url: str = ""
    auth_type: str = ""
    user: str = ""
    organization: str = ""
    problem: str = ""
    signed_in: bool | None = None


@frozen
class Profiles:
    """The profiles of one client."""

    profiles: AwaitedProfileStore
    lock: Lock
    policy: RefreshPolicy
    resolver: Resolver

    async def summaries(self) -> tuple[ProfileSummary, ...]:
        """Returns all profiles, sorted by name; an unreadable one is included with its `problem`.

        Raises:
            ProfileError: the configuration or the directory cannot be read.
        """
        active = await self._active()
        return tuple([await self._summary(name, active) for name in await self.profiles.names()])

    async def use(self, name: str) -> None:
        """Makes a profile the active one.

        Raises:
            ConfigurationError: the client was made without an active profile.
            InvalidProfileName: the name is invalid.
            UnknownProfile: there is no such profile.
            ProfileError: the profile cannot be read, or the configuration cannot be written.
        """
        if not self.resolver.has_active:
            raise ConfigurationError(
                "this client was made with default_profile=None, so no profile is the active one: pass the profile's "
                "name to each call"
            )
        if not (await load_profile(self.profiles, check_name(name))).recorded:
            raise UnknownProfile(f"there is no profile {name!r}: log in to it first")
        await self.profiles.activate(name)

    async def remove(self, name: str) -> None:
        """Removes a profile and its tokens from this machine; the session at the server is not ended.

        Raises:
            InvalidProfileName: the name is invalid.
            StoreError: the tokens may still be stored; the profile is kept.
            LockTimeout, LockUnavailable: the lock could not be taken; nothing was removed.
            ProfileError: the profile cannot be removed.
        """
        for secrets in await self.resolver.places_of(check_name(name)):
            await secrets.unlock(name, everywhere=True)
        async with self.lock.hold(name, timeout=self.policy.lock_timeout):
            for secrets in await self.resolver.places_of(name):
                await secrets.delete(name)
            await self.profiles.delete(name)
        if await self._active() == name:
            await self.profiles.activate("")

    async def _active(self) -> str:
        return await self.profiles.active() if self.resolver.has_active else ""

    async def _summary(self, name: str, active: str) -> ProfileSummary:
        try:
            profile = await load_profile(self.profiles, name)
        except ProfileError as error:
            return ProfileSummary(name, name == active, problem=str(error))
        return _summary_of(profile, active=name == active)


def _summary_of(profile: Profile, *, active: bool) -> ProfileSummary:
    return ProfileSummary(
        profile.name,
        active,
        profile.shown_base_url,
        profile.kind,
        profile.user,
        profile.organization,
        signed_in=profile.signed_in,
    )
