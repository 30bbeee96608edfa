"""The profiles on this machine: seeing them, switching between them, removing one."""

from attrs import frozen

from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.secrets import AwaitedSecretStore, StoredFields
from ..errors import ProfileError, UnknownProfile
from ..profile import DEFAULT_BASE_URL, check_name
from .record_login import LOCK_TIMEOUT


@frozen
class ProfileSummary:
    """One profile, without a secret.

    Attributes:
        name: its name.
        active: whether calls without a profile use it.
        base_url: where it belongs.
        auth_type: `oauth` or `api_key`; empty if nobody ever signed in.
        user: the e-mail address or id of the person, or the empty text.
        organization: the organization's id, or the empty text.
        problem: why it cannot be read, or the empty text.
    """

    name: str
    active: bool
    base_url: str = ""
    auth_type: str = ""
    user: str = ""
    organization: str = ""
    problem: str = ""


@frozen
class Profiles:
    """The use case."""

    profiles: AwaitedProfileStore
    secrets: AwaitedSecretStore
    lock: Lock

    async def summaries(self) -> tuple[ProfileSummary, ...]:
        """Give all profiles, sorted by name; one that cannot be read says so and hides no other.

        Raises:
            ProfileError: the configuration or the directory cannot be read.
        """
        active = await self.profiles.active()
        return tuple([await self._summary(name, active) for name in await self.profiles.names()])

    async def use(self, name: str) -> None:
        """Make a profile the active one.

        Raises:
            InvalidProfileName: the name is none.
            UnknownProfile: there is no such profile.
            ProfileError: it cannot be read, or the configuration cannot be written.
        """
        if await self.profiles.load(check_name(name)) is None:
            raise UnknownProfile(f"there is no profile {name!r}: log in to it first")
        await self.profiles.activate(name)

    async def remove(self, name: str) -> None:
        """Remove a profile and its tokens from this machine; the session at the server goes on.

        Raises:
            InvalidProfileName: the name is none.
            StoreError: its tokens may still be there; the profile is kept.
            LockTimeout, LockUnavailable: the lock could not be had; nothing was removed.
            ProfileError: it cannot be removed.
        """
        async with self.lock.hold(check_name(name), timeout=LOCK_TIMEOUT):
            await self.secrets.delete(name)
            await self.profiles.delete(name)
        if await self.profiles.active() == name:
            await self.profiles.activate("")

    async def _summary(self, name: str, active: str) -> ProfileSummary:
        try:
            recorded = await self.profiles.load(name) or StoredFields()
        except ProfileError as error:
            return ProfileSummary(name, name == active, problem=str(error))
        has_key = any(recorded.get(key) for key in ("api_key", "public_key"))
        return ProfileSummary(
            name,
            name == active,
            recorded.get("base_url") or DEFAULT_BASE_URL,
            recorded.get("auth_type") or ("api_key" if has_key else ""),
            recorded.get("user_email") or recorded.get("user_id", ""),
            recorded.get("organization", ""),
        )
