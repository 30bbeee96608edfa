"""Lists, activates and removes the profiles on this machine."""

from attrs import frozen

from ...ports.profiles import AwaitedProfileStore, Users
from ..configuration import Configuration
from ..errors import ConfigurationError, ProfileError, StoreError, UnknownProfile
from ..profile import Profile, check_name, load_profile
from .logout import Logout, LogoutResult
from .removal import Removal, has_keys_only
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

    configuration: Configuration
    profiles: AwaitedProfileStore
    resolver: Resolver
    logout: Logout

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
        if self.configuration.users is Users.MANY:
            raise ConfigurationError(
                "this client was made with default_profile=None, so no profile is the active one: pass the profile's "
                "name to each call"
            )
        if not (await load_profile(self.profiles, check_name(name))).recorded:
            raise UnknownProfile(f"there is no profile {name!r}: log in to it first")
        await self.profiles.activate(name)

    async def remove(self, name: str, *, revoke: bool) -> LogoutResult:
        """Removes a profile and its tokens from this machine, then ends its session at the server.

        Args:
            name: the profile's name.
            revoke: whether to end the session.

        Raises:
            InvalidProfileName: the name is invalid.
            StoreError: the tokens may still be stored; the profile is kept.
            LockTimeout, LockUnavailable: the lock could not be taken; nothing was removed.
            ProfileError: the profile cannot be removed.
        """
        removal = await self._removal(check_name(name), whole=True)
        return await self.logout.run_one(removal, revoke=revoke)

    async def logout_all(self, *, revoke: bool) -> tuple[LogoutResult, ...]:
        """Signs the user out of every profile that has a login, and keeps the API keys of the others.

        Args:
            revoke: whether to end the sessions.

        Raises:
            ProfileError: the configuration or the directory cannot be read; nothing was removed.
        """
        names = [name for name in await self.profiles.names() if not await has_keys_only(self.profiles, name)]
        removals = [await self._removal(name, whole=False) for name in names]
        results = await self.logout.run_all(removals, revoke=revoke)
        return tuple(result for result in results if result.removed or result.error is not None)

    async def _removal(self, name: str, *, whole: bool) -> Removal:
        return await Removal.of_profile(name, self.resolver, self.configuration, whole=whole)

    async def _active(self) -> str:
        return await self.profiles.active() if self.configuration.users is Users.ONE else ""

    async def _summary(self, name: str, active: str) -> ProfileSummary:
        try:
            profile = await load_profile(self.profiles, name)
        except (ProfileError, StoreError) as error:  # a store is asked whose a profile of an earlier release is
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
