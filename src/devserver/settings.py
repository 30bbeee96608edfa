"""The settings of the server. They may be changed while it runs; the next request uses the change."""

from attrs import define, field, frozen, validators

MAX_SECONDS = 10.0 * 365 * 86400
"""Ten years. Longer times are probably mistakes, and JSON has no infinity."""


def _seconds(default: float) -> float:
    """Declares a number of seconds from 0 to `MAX_SECONDS`, checked on every assignment."""
    return field(default=default, validator=[validators.ge(0.0), validators.le(MAX_SECONDS)])


@frozen
class User:
    """The user who is signed in to the web app."""

    id: str = "usr_dev"
    email: str = "ada@example.com"
    name: str | None = "Ada Example"
    image: str | None = None


@frozen
class Organization:
    """The organization that the user chose."""

    id: str = "org_dev"
    name: str = "Example Organization"
    slug: str = "example"


@define
class Settings:
    """How the server behaves. Durations are in seconds.

    Attributes:
        access_token_lifetime: the lifetime of an access token.
        refresh_token_lifetime: the lifetime of a session, from the login on; a refresh does not prolong it.
        code_lifetime: the lifetime of an authorization code.
        device_code_lifetime: the lifetime of a device code and its user code.
        device_interval: the least interval between two polls (RFC 8628 §3.2); 0 enforces none.
        slow_downs: how many polls of each device code issued from now on are answered `slow_down` first.
        rotation: whether each refresh issues a new refresh token and invalidates the old one.
        reuse_detection: whether the reuse of a rotated refresh token ends the session (RFC 9700 §4.14.2).
        omit_refresh_token: whether responses have no refresh token. A login gets none at all then; after a refresh the
            old one stays valid.
        omit_expires_in: whether responses have no `expires_in`.
        redirect_uris: the redirect URIs that are registered besides `http://127.0.0.1:PORT/callback` with any port.
        latency: the delay of every reply.
        user: the user of the next login.
        organization: the organization of the next login.
    """

    access_token_lifetime: float = _seconds(3600)
    refresh_token_lifetime: float = _seconds(30 * 86400)
    code_lifetime: float = _seconds(60)
    device_code_lifetime: float = _seconds(600)
    device_interval: float = _seconds(5)
    slow_downs: int = field(default=0, validator=validators.ge(0))
    rotation: bool = True
    reuse_detection: bool = True
    omit_refresh_token: bool = False
    omit_expires_in: bool = False
    redirect_uris: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    latency: float = _seconds(0)
    user: User = User()
    organization: Organization = Organization()
