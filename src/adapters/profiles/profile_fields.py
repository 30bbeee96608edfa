"""The fields of a profile in every profile store: their names, their order, and what is left out."""

from collections.abc import Mapping

from ...ports.errors import ProfileError
from ...ports.profile_name import PROFILE_NAME, RULE, shown
from ...ports.profiles import split_key_pair
from ...ports.rfc3339 import GO_ZERO_TIME, format_time, parse_time

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
    "asked_scope",
    "prompt",
    "authorize_parameters",
    "trusted_origins",
)
"""All fields, in the order of the file; only profiles of other servers have those from `issuer` on."""

ALWAYS_WRITTEN = frozenset({"name", "base_url", "environment"})


def check_stored_name(name: str) -> None:
    """Raises if a name is not a valid profile name.

    Raises:
        ProfileError: the name is invalid.
    """
    if not PROFILE_NAME.fullmatch(name):
        raise ProfileError(f"{shown(name)} is not a valid profile name: a name is {RULE}")


def fields_to_store(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Returns the fields that are not empty, in order, with `expires_at` as `2030-12-31T23:59:59.123456Z`.

    Raises:
        ProfileError: a field is unknown, `name` is another name, or `expires_at` is not a time with a zone.
    """
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise ProfileError(f"profile {name}: unknown field {', '.join(unknown)}")
    if fields.get("name", name) != name:
        raise ProfileError(f"profile {name}: its field name is {shown(fields['name'])}")
    wanted = {**fields, "name": name, "expires_at": _stored_time(name, fields.get("expires_at", ""))}
    return {key: wanted[key] for key in FIELDS if wanted.get(key)}


def loaded_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Returns stored fields for the caller: without a zero time, and with a legacy key pair in its two fields.

    The key pair of a profile that signs in by OAuth is not its credential and stays as it is, as the Go tool leaves it.
    """
    loaded = dict(fields)
    if loaded.get("expires_at") == GO_ZERO_TIME:
        del loaded["expires_at"]
    single = "api_key" in loaded and "public_key" not in loaded and "secret_key" not in loaded
    if single and loaded.get("auth_type") != "oauth" and (pair := split_key_pair(loaded["api_key"])):
        del loaded["api_key"]
        loaded["public_key"], loaded["secret_key"] = pair
    return loaded


def _stored_time(name: str, text: str) -> str:
    """Returns a time in the format that the Go tool reads; the empty text for its zero time."""
    if text in {"", GO_ZERO_TIME}:
        return ""
    seconds = parse_time(text.replace(" ", "T", 1))  # PyYAML writes a datetime with a space, which the Go tool rejects
    if seconds is None:
        raise ProfileError(f"profile {name}: expires_at is not a time with a zone (RFC 3339)")
    return format_time(seconds)
