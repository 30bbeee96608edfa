"""Sessions: one for each authorised device, with its access token and its refresh tokens (RFC 6749 §6)."""

from collections.abc import Callable
from enum import Enum

from attrs import evolve, field, frozen

from .exchange import Refusal
from .random_text import random_hex, random_text
from .settings import Organization, Settings, User
from .table import Table


class End(Enum):
    """Why a session was ended before it expired."""

    REVOKED = "revoked"
    """The user ended it."""
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - a reason, not a password
    """A rotated refresh token was reused, so it may have been copied (RFC 9700 §4.14.2)."""
    CODE_REUSED = "code_reused"
    """The session's code was presented again (RFC 6749 §4.1.2, §10.5)."""


@frozen
class Approval:
    """What the user approved.

    Attributes:
        user: the user.
        organization: the organization.
        device_name: the label that the client sent, or None.
    """

    user: User
    organization: Organization
    device_name: str | None


@frozen
class Session:
    """One authorised device; times are in seconds since 1970-01-01 UTC. `repr` shows no token.

    Attributes:
        id: the session id.
        approval: what the user approved.
        user_agent: the `User-Agent` of the login, or None.
        created_at: when the user logged in.
        expires_at: when the refresh token expires.
        last_used_at: when the session was last refreshed or its access token last used.
        access_token: the valid access token; a refresh invalidates the previous one.
        access_expires_at: when the access token expires.
        refresh_token: the valid refresh token, or None if none was granted.
        end: why the session was ended, or None.
    """

    id: str
    approval: Approval
    user_agent: str | None
    created_at: float
    expires_at: float
    last_used_at: float
    access_token: str = field(repr=False)
    access_expires_at: float
    refresh_token: str | None = field(repr=False)
    end: End | None = None


class Sessions:
    """All sessions, live and ended; not thread-safe by itself."""

    def __init__(self, now: Callable[[], float], random: Callable[[int], bytes], settings: Settings) -> None:
        self._now = now
        self._random = random
        self._settings = settings
        self._sessions: Table[Session] = Table()
        self._by_access_token: Table[str] = Table()
        self._by_refresh_token: Table[str] = Table()

    def start(self, approval: Approval, user_agent: str | None) -> Session:
        """Starts a session and issues its first tokens."""
        now = self._now()
        session = Session(
            id=f"ses_{random_hex(self._random, 8)}",
            approval=approval,
            user_agent=user_agent,
            created_at=now,
            expires_at=now + self._settings.refresh_token_lifetime,
            last_used_at=now,
            access_token=self._new_access_token(),
            access_expires_at=now + self._settings.access_token_lifetime,
            refresh_token=None if self._settings.omit_refresh_token else self._new_refresh_token(),
        )
        return self._keep(session)

    def refresh(self, refresh_token: str) -> Session:
        """Issues new tokens for a session. The previous access token becomes invalid.

        Raises:
            Refusal: `invalid_grant`: the refresh token is unknown or expired, its session has ended, or it was rotated,
                which also ends the session.
        """
        session = self._sessions.get(self._by_refresh_token.get(refresh_token, ""))
        if session is None or not self._lives(session):
            raise Refusal("invalid_grant", "the refresh token is unknown, expired or revoked")
        if refresh_token != session.refresh_token:
            if self._settings.reuse_detection:
                self.end(session.id, End.REFRESH_TOKEN_REUSED)
            raise Refusal("invalid_grant", "the refresh token was used before")
        now = self._now()
        rotates = self._settings.rotation and not self._settings.omit_refresh_token
        self._by_access_token.pop(session.access_token, None)
        renewed = evolve(
            session,
            last_used_at=now,
            access_token=self._new_access_token(),
            access_expires_at=now + self._settings.access_token_lifetime,
            refresh_token=self._new_refresh_token() if rotates else session.refresh_token,
        )
        return self._keep(renewed)

    def use(self, access_token: str) -> Session | None:
        """Returns the session of a valid access token and records the use; None if the token is invalid."""
        session = self._sessions.get(self._by_access_token.get(access_token, ""))
        now = self._now()
        if session is None or not self._lives(session) or now >= session.access_expires_at:
            return None
        return self._keep(evolve(session, last_used_at=now))

    def end(self, session_id: str, reason: End) -> None:
        """Ends a session; ending it again changes nothing."""
        session = self._sessions.get(session_id)
        if session is not None and session.end is None:
            self._keep(evolve(session, end=reason))

    def living(self) -> tuple[Session, ...]:
        """Returns the sessions that have neither ended nor expired, the oldest first."""
        return tuple(session for session in self._sessions.values() if self._lives(session))

    def ended(self, reason: End) -> tuple[Session, ...]:
        """Returns the sessions that were ended for a reason, the oldest first."""
        return tuple(session for session in self._sessions.values() if session.end is reason)

    def _lives(self, session: Session) -> bool:
        return session.end is None and self._now() < session.expires_at

    def _keep(self, session: Session) -> Session:
        self._sessions.add(session.id, session)
        self._by_access_token.add(session.access_token, session.id)
        if session.refresh_token is not None:
            self._by_refresh_token.add(session.refresh_token, session.id)
        return session

    def _new_access_token(self) -> str:
        return f"pvm_at_{random_text(self._random)}"

    def _new_refresh_token(self) -> str:
        return f"pvm_rt_{random_text(self._random)}"
