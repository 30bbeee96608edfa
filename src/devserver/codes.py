"""Authorization codes: short-lived, used once, bound to a redirect URI and a challenge (RFC 6749 §4.1, RFC 7636)."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from hmac import compare_digest

from attrs import evolve, field, frozen

from .exchange import Refusal
from .random_text import random_text
from .sessions import Approval, End, Session, Sessions
from .settings import Settings
from .table import Table

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""RFC 7636 §4.2: the SHA-256 of the verifier in base64url without padding."""

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""RFC 7636 §4.1."""

REDIRECT_URI = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]):(?P<port>[1-9][0-9]{0,4})/callback")
"""RFC 8252 §7.3: the loopback literals with any port, and nothing else."""


def is_redirect_uri(uri: str, registered: Iterable[str] = ()) -> bool:
    """Returns whether the client may use a redirect URI: a loopback one, or one of those that are registered."""
    if uri in registered:  # compared character by character (RFC 9700 §4.1.3)
        return True
    match = REDIRECT_URI.fullmatch(uri)
    return match is not None and int(match["port"]) < 1 << 16


@frozen
class Code:
    """The data of an authorization code.

    Attributes:
        approval: what the user approved.
        redirect_uri: where the code was sent.
        challenge: the S256 challenge of the client's verifier.
        expires_at: when it expires, in seconds since 1970-01-01 UTC.
        spent: whether it was presented before, with or without success.
        session_id: the session that it was exchanged for, or None.
    """

    approval: Approval
    redirect_uri: str
    challenge: str = field(repr=False)
    expires_at: float
    spent: bool = False
    session_id: str | None = None


class Codes:
    """All authorization codes; not thread-safe by itself."""

    def __init__(
        self, now: Callable[[], float], random: Callable[[int], bytes], settings: Settings, sessions: Sessions
    ) -> None:
        self._now = now
        self._random = random
        self._settings = settings
        self._sessions = sessions
        self._codes: Table[Code] = Table()

    def issue(self, approval: Approval, redirect_uri: str, challenge: str) -> str:
        """Returns a new code for what the user approved."""
        code = random_text(self._random)
        expires_at = self._now() + self._settings.code_lifetime
        self._codes.add(code, Code(approval, redirect_uri, challenge, expires_at))
        return code

    def redeem(self, code: str, verifier: str, redirect_uri: str, user_agent: str | None) -> Session:
        """Starts the session of a code. Any attempt spends the code.

        Raises:
            Refusal: `invalid_grant`: the code is unknown or expired, the redirect URI or the verifier is wrong; or it
                is spent, which also ends its session (RFC 6749 §4.1.2).
        """
        found = self._codes.get(code)
        if found is None:
            raise Refusal("invalid_grant", "the code is unknown")
        if found.spent:
            if found.session_id is not None:
                self._sessions.end(found.session_id, End.CODE_REUSED)
            raise Refusal("invalid_grant", "the code was used before")
        self._codes.add(code, evolve(found, spent=True))
        if self._now() >= found.expires_at:
            raise Refusal("invalid_grant", "the code has expired")
        if redirect_uri != found.redirect_uri:
            raise Refusal("invalid_grant", "redirect_uri is not the one that the code was sent to")
        if not _proves(verifier, found.challenge):
            raise Refusal("invalid_grant", "code_verifier does not match the challenge")
        session = self._sessions.start(found.approval, user_agent)
        self._codes.add(code, evolve(found, spent=True, session_id=session.id))
        return session


def _proves(verifier: str, challenge: str) -> bool:
    """Returns whether a verifier matches a challenge (RFC 7636 §4.6)."""
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = sha256(verifier.encode()).digest()
    return compare_digest(urlsafe_b64encode(digest).rstrip(b"="), challenge.encode())
