"""The login to a profile that cannot be read: it replaces a damaged file, if both are for the same kind of server.

A profile of an earlier release is this client's only if the secret store has its tokens. Where the store cannot tell,
the login begins anew, and may be kept in another place.
"""

from ...ports.profiles import AwaitedProfileStore
from ..configuration import Configuration
from ..errors import ConfigurationError, ProfileCorrupt, StoreError
from ..profile import Profile, load_profile
from .issuer_profiles import named_after


async def replaced_by_login(
    unread: ProfileCorrupt | StoreError, configured: Configuration, profiles: AwaitedProfileStore, *, named: str | None
) -> Profile:
    """Returns the profile to log in to.

    Args:
        unread: why the profile could not be read.
        configured: the client's settings; they name the kind of server that the login is for.
        profiles: the profile store, which may know the kind of the damaged profile.
        named: the name that the caller passed; None if the damaged profile is the active one.

    Raises:
        ConfigurationError: the damaged profile belongs to the other kind of server. No user was asked yet.
        ProfileError: another profile cannot be read.
    """
    issuer = configured.issuer
    if isinstance(unread, StoreError):
        return Profile.absent(named or await profiles.active())
    damaged = unread
    if damaged.standard is None or damaged.standard == bool(issuer):
        return Profile.absent(damaged.profile)
    if issuer and named is None:  # as where PromptVM's active profile can be read
        return await load_profile(profiles, named_after(issuer))
    belongs = "to PromptVM" if issuer else "to another server than PromptVM, which nothing names any more"
    instead = "choose another name for this login" if issuer else "name its issuer, or choose another name"
    raise ConfigurationError(f"profile {damaged.profile!r} is damaged and belongs {belongs}: {instead}; {damaged}")
