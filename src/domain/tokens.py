"""Values for granted and stored tokens."""

from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import field, frozen
from attrs.converters import optional

from ..ports.rfc3339 import format_time, parse_time
from ..ports.secret import Secret

TOKEN_FIELDS = frozenset({"access_token", "refresh_token", "expires_at"})
"""The fields of a secret store that `StoredTokens` reads and writes; fields of other programs are kept."""

UNUSABLE_REFRESH = (
    "the server issued a refresh token that cannot be used (it is not ASCII text of at most 65,536 characters), so "
    "this login ends when its access token expires; tell the server's operator"
)
"""The problem that a user is told after a login or a refresh whose answer has `refresh_token_unusable`."""


@frozen
class TokenUser:
    """The user who signed in.

    Attributes:
        id: the server's id of the user; empty if the server sent an e-mail address alone.
        email: the e-mail address; empty if the server did not send it.
        name: the name to show; empty if the server did not send it.
        image: the URL of a picture; empty if the server did not send it.
    """

    id: str
    email: str = ""
    name: str = ""
    image: str = ""


@frozen
class TokenOrganization:
    """The organization that the login is for.

    Attributes:
        id: the server's id of the organization.
        name: the name to show; empty if the server did not send it.
        slug: the name in URLs; empty if the server did not send it.
    """

    id: str
    name: str = ""
    slug: str = ""


@frozen
class TokenResponse:
    """What a token endpoint granted (RFC 6749 §5.1).

    Attributes:
        access_token: the access token, to be sent as `Authorization: Bearer` (RFC 6750 §2.1).
        refresh_token: the refresh token for the next refresh; None if the server granted none.
        token_type: always `Bearer`.
        expires_in: the seconds for which the access token is valid, from its arrival; None if the server did not say.
        expires_at: when the access token expires (UTC), computed when it arrived; None if the server did not say.
        scope: the granted scopes, separated by spaces; None if they are the requested ones.
        user: the user; None if the server did not say.
        organization: the organization; None if the server did not say.
        refresh_token_unusable: whether the answer had a refresh token that no request can carry (not ASCII, not text,
            or longer than 65,536 characters). In a refresh, the token that was sent must then be taken for spent.
    """

    access_token: Secret = field(converter=Secret)
    refresh_token: Secret | None = field(default=None, converter=optional(Secret))
    token_type: str = "Bearer"  # noqa: S105 (the name of a type, RFC 6750 §4)
    expires_in: float | None = None
    expires_at: datetime | None = None
    scope: str | None = None
    user: TokenUser | None = None
    organization: TokenOrganization | None = None
    refresh_token_unusable: bool = False


@frozen
class StoredTokens:
    """The tokens of a profile, as a secret store has them.

    Attributes:
        access_token: the access token.
        refresh_token: the refresh token, or None if there is none.
        expires_at: when the access token expires (UTC); None means that it is used until a server refuses it with 401.
    """

    access_token: Secret = field(converter=Secret)
    refresh_token: Secret | None = field(default=None, converter=optional(Secret))
    expires_at: datetime | None = None

    @classmethod
    def granted(cls, response: TokenResponse, *, keep: Secret | None = None) -> "StoredTokens":
        """Returns the tokens that are stored of an answer of the token endpoint.

        Args:
            response: the answer.
            keep: the old refresh token, which remains valid if the answer has no new one (RFC 6749 §6).
        """
        kept = None if response.refresh_token_unusable else keep
        return cls(response.access_token, response.refresh_token or kept, response.expires_at)

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> "StoredTokens":
        """Returns the tokens that the fields of a secret store contain.

        Args:
            fields: what `SecretStore.load` returned.
        """
        refresh = fields.get("refresh_token")
        return cls(
            Secret(fields.get("access_token", "")),
            Secret(refresh) if refresh else None,
            as_datetime(parse_time(fields.get("expires_at"))),
        )

    def to_fields(self) -> dict[str, str]:
        """Returns the fields for a secret store; what is not known is left out."""
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
