"""Values for granted and stored tokens."""

from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import field, frozen
from attrs.converters import optional

from ..ports.rfc3339 import format_time, parse_time
from ..ports.secret import Secret

TOKEN_FIELDS = frozenset({"access_token", "refresh_token", "expires_at"})
"""The fields of a secret store that `StoredTokens` reads and writes; fields of other programs are kept."""


@frozen
class TokenUser:
    """The person who signed in."""

    id: str
    email: str = ""
    name: str = ""
    image: str = ""


@frozen
class TokenOrganization:
    """The organization that the person works in."""

    id: str
    name: str = ""
    slug: str = ""


@frozen
class TokenResponse:
    """What a token endpoint granted (RFC 6749 §5.1).

    Attributes:
        access_token: for `Authorization: Bearer`.
        refresh_token: for the next refresh, or None if the server gave none.
        token_type: always `Bearer`.
        expires_in: seconds that the access token lives, or None if the server did not say.
        expires_at: when it expires, judged when the answer arrived, or None.
        scope: as granted, or None if it is as asked for.
        user: the person, if the server said.
        organization: the organization, if the server said.
    """

    access_token: Secret = field(converter=Secret)
    refresh_token: Secret | None = field(default=None, converter=optional(Secret))
    token_type: str = "Bearer"  # noqa: S105 (the name of a type, RFC 6750 §4)
    expires_in: float | None = None
    expires_at: datetime | None = None
    scope: str | None = None
    user: TokenUser | None = None
    organization: TokenOrganization | None = None


@frozen
class StoredTokens:
    """The tokens of a profile as a store keeps them.

    Attributes:
        access_token: the access token.
        refresh_token: the refresh token, or None.
        expires_at: when the access token expires, or None for 'use it until a 401'.
    """

    access_token: Secret = field(converter=Secret)
    refresh_token: Secret | None = field(default=None, converter=optional(Secret))
    expires_at: datetime | None = None

    @classmethod
    def granted(cls, response: TokenResponse, *, keep: Secret | None = None) -> "StoredTokens":
        """Returns the tokens to store after a grant.

        Args:
            response: the token response.
            keep: the refresh token to keep if the response has no new one (RFC 6749 §6).
        """
        return cls(response.access_token, response.refresh_token or keep, response.expires_at)

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> "StoredTokens":
        """Reads the tokens from the fields of a secret store."""
        refresh = fields.get("refresh_token")
        return cls(
            Secret(fields.get("access_token", "")),
            Secret(refresh) if refresh else None,
            as_datetime(parse_time(fields.get("expires_at"))),
        )

    def to_fields(self) -> dict[str, str]:
        """Returns the fields for a secret store, without those that are not known."""
        fields = {"access_token": self.access_token.reveal()}
        if self.refresh_token:
            fields["refresh_token"] = self.refresh_token.reveal()
        if self.expires_at is not None:
            fields["expires_at"] = format_time(self.expires_at.timestamp())
        return fields


def as_datetime(seconds: float | None) -> datetime | None:
    """Returns the UTC datetime of seconds since 1970-01-01; None for None and for times outside datetime's range."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # beyond the year 9999: never renewed
        return None
