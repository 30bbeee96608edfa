"""The login to a profile whose file is damaged: it replaces the file, if both are for the same kind of server."""

from ...ports.profiles import AwaitedProfileStore
from ..configuration import Configuration
from ..errors import ConfigurationError, ProfileCorrupt
from ..profile import Profile, load_profile
from .issuer_profiles import named_after


async def replaced_by_login(
    damaged: ProfileCorrupt, configured: Configuration, profiles: AwaitedProfileStore, *, named: str | None
) -> Profile:
    """Returns the profile to log in to.

    Args:
        damaged: the error of the damaged profile.
        configured: the client's settings; they name the kind of server that the login is for.
        profiles: the profile store, which may know the kind of the damaged profile.
        named: the name that the caller passed; None if the damaged profile is the active one.

    Raises:
        ConfigurationError: the damaged profile belongs to the other kind of server. No user was asked yet.
        ProfileError: another profile cannot be read.
    """
    issuer = configured.issuer
    if damaged.standard is None or damaged.standard == bool(issuer):
        return Profile.absent(damaged.profile)
    if issuer and named is None:  # as where PromptVM's active profile can be read
        return await load_profile(profiles, named_after(issuer))
    belongs = "to PromptVM" if issuer else "to another server than PromptVM, which nothing names any more"
    instead = "choose another name for this login" if issuer else "name its issuer, or choose another name"
    raise ConfigurationError(f"profile {damaged.profile!r} is damaged and belongs {belongs}: {instead}; {damaged}")
