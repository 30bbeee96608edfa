"""Which of two stored token pairs counts, where the keychain and the file both hold one.

Every program writes a login's tokens first and its profile last, with the same expiry. So the pair whose expiry is the
profile's is that of the latest login. A pair that a downgrade has superseded never counts.
"""

from collections.abc import Mapping
from enum import Enum

from ...ports.rfc3339 import parse_time
from ..binding import Binding, digest_of
from ..profile import Profile
from .pair_check import have_one_expiry

MARK = "kept_here_because"
"""The field of a file's tokens that says why they are not in the keychain."""

SUPERSEDES = "kept_instead_of"
"""The field beside it with the digest of the keychain's pair that they supersede, if that is known."""


class Place(Enum):
    """The store of a pair."""

    KEYCHAIN = "keychain"
    FILE = "file"


def is_of_user(fields: Mapping[str, str], profile: Profile) -> bool:
    """Returns whether a pair is bound to the user of a profile."""
    binding = Binding.read(fields)
    return binding is not None and bool(binding.user_id) and binding.user_id == profile.user_id


def is_newer(fields: Mapping[str, str], profile: Profile) -> bool:
    """Returns whether a pair is one of the profile's user that was saved after the profile, which is written last.

    One that expires before the profile says was left by an earlier login.
    """
    recorded, stored = parse_time(profile.expires_at), parse_time(fields.get("expires_at"))
    return is_of_user(fields, profile) and recorded is not None and stored is not None and stored > recorded


def says_signed_in(profile: Profile) -> bool:
    """Returns whether a profile records a login that has tokens somewhere."""
    return profile.is_login and bool(profile.expires_at or profile.token_ref)


def supersedes(filed: Mapping[str, str], kept: Mapping[str, str]) -> bool:
    """Returns whether the file's pair was saved because the keychain, which still has the older one, failed."""
    return filed.get(SUPERSEDES) == digest_of(kept)


def by_profile(kept: Mapping[str, str], filed: Mapping[str, str], profile: Profile) -> Place | None:
    """Returns the place of the pair whose expiry is the profile's; None if that is neither pair, or both.

    Args:
        kept: the pair in the keychain.
        filed: the pair in the file.
        profile: the profile.
    """
    if supersedes(filed, kept):
        return Place.FILE
    matching = [place for place, pair in _places(kept, filed) if profile.recorded and have_one_expiry(profile, pair)]
    return matching[0] if len(matching) == 1 else None


def by_user(kept: Mapping[str, str], filed: Mapping[str, str], profile: Profile) -> Place | None:
    """Returns the place of the pair that is bound to the profile's user, else of the one that expires later.

    Returns:
        The place; None if one of the pairs is bound to another user and neither or both are bound to the profile's.
    """
    own = [place for place, pair in _places(kept, filed) if is_of_user(pair, profile)]
    if len(own) == 1:
        return own[0]
    users = {binding.user_id for pair in (kept, filed) if (binding := Binding.read(pair)) is not None} - {""}
    if len(users) > 1 or (profile.user_id and users - {profile.user_id}):
        return None
    return Place.KEYCHAIN if _expiry(kept) >= _expiry(filed) else Place.FILE


def _places(kept: Mapping[str, str], filed: Mapping[str, str]) -> tuple[tuple[Place, Mapping[str, str]], ...]:
    return (Place.KEYCHAIN, kept), (Place.FILE, filed)


def _expiry(fields: Mapping[str, str]) -> float:
    expires_at = parse_time(fields.get("expires_at"))
    return float("inf") if expires_at is None else expires_at
