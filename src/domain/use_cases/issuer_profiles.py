"""Chooses the profile of calls without one, for a client of a standard server where another server's is active."""

import re
from contextlib import suppress
from urllib.parse import urlsplit

from ...ports.profiles import AwaitedProfileStore
from ..errors import ProfileError
from ..profile import DEFAULT_PROFILE, Profile, load_profile


async def profile_of_issuer(profiles: AwaitedProfileStore, issuer: str, active: Profile | None) -> Profile | None:
    """Returns a profile of an issuer: the one that is named after it, else the first, else a new one of that name.

    Args:
        profiles: the profile store.
        issuer: the issuer identifier.
        active: the active profile, which is another server's; None if none is active.

    Returns:
        The profile. It is None if no profile is active and several are of this issuer: the one that was signed out may
        be any of them, and the others are other accounts.
    """
    new = await load_profile(profiles, named_after(issuer))
    if active is not None and new.issuer == issuer:
        return new
    own = await _all_of(profiles, issuer)
    if active is None and len(own) > 1:
        return None
    return own[0] if own else new


def named_after(issuer: str) -> str:
    """Returns the name of a new profile for a login at an issuer."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", urlsplit(issuer).netloc)[:100].strip("-") or DEFAULT_PROFILE


async def _all_of(profiles: AwaitedProfileStore, issuer: str) -> list[Profile]:
    """Returns the profiles of an issuer; unreadable profiles are skipped."""
    readable: list[Profile] = []
    for name in await profiles.names():
        with suppress(ProfileError):
            readable.append(await load_profile(profiles, name))
    return [profile for profile in readable if profile.issuer == issuer]
