"""The fields of a profile, as every profile store keeps them: which there are, in which order, and what is left out."""

from collections.abc import Mapping

from ...ports.errors import ProfileError
from ...ports.profile_name import is_profile_name, shown
from ...ports.profiles import split_key_pair

FIELDS = (
    "name",
    "api_key",
    "public_key",
    "secret_key",
    "base_url",
    "environment",
    "organization",
    "auth_type",
    "token_ref",
    "expires_at",
    "user_id",
    "user_email",
    "issuer",
    "client_id",
    "scope",
)
"""All fields, in the order of the file; the last three are for profiles of other servers alone."""

ALWAYS_WRITTEN = frozenset({"name", "base_url", "environment"})

_GO_ZERO_TIME = "0001-01-01T00:00:00Z"


def check_name(name: str) -> None:
    """Check that a name can be that of a profile.

    Raises:
        ProfileError: it cannot.
    """
    if not is_profile_name(name):
        raise ProfileError(f"{shown(name)} cannot be the name of a profile: use letters, digits, dot, dash, underscore")


def fields_to_store(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Give the fields that are not empty, in order, `name` first, and `expires_at` as `2030-12-31T23:59:59.123456Z`.

    Raises:
        ProfileError: a field is unknown, `name` is another one, or `expires_at` is no time with a zone.
    """
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise ProfileError(f"profile {name}: there is no field {', '.join(unknown)}")
    if fields.get("name", name) != name:
        raise ProfileError(f"profile {name}: its field name is {shown(fields['name'])}")
    wanted = {**fields, "name": name, "expires_at": _rfc3339(name, fields.get("expires_at", ""))}
    return {key: wanted[key] for key in FIELDS if wanted.get(key)}


def loaded_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Give what a caller sees of stored fields: no zero time, and a legacy key pair in its two fields."""
    loaded = dict(fields)
    if loaded.get("expires_at") == _GO_ZERO_TIME:
        del loaded["expires_at"]
    pair = split_key_pair(loaded.get("api_key", ""))
    if pair and "public_key" not in loaded and "secret_key" not in loaded:
        del loaded["api_key"]
        loaded["public_key"], loaded["secret_key"] = pair
    return loaded


def _rfc3339(name: str, text: str) -> str:
    """Write a time as the Go tool reads it: UTC, a `T`, at most six digits of fraction. Its zero time becomes empty."""
    if text in {"", _GO_ZERO_TIME}:
        return ""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        pass
    raise ProfileError(f"profile {name}: expires_at is not a time with a zone (RFC 3339)")
