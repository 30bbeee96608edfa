"""The endpoints that require an access token: user, protected resource, sessions (RFC 6750)."""

from datetime import UTC, datetime
from urllib.parse import unquote
from uuid import NAMESPACE_URL, uuid5

from attrs import asdict

from .exchange import Refusal, Reply, Request, json_reply
from .sessions import End, Session
from .state import State

CHALLENGE = 'Bearer realm="PromptVM"'
"""The bearer challenge; it must have at least one parameter (RFC 6750 §3)."""

PREFIX = 12
"""The number of characters of an access token in the list of sessions."""


def me(state: State, request: Request) -> Reply:
    """Returns the user and the organization."""
    approval = _session(state, request).approval
    return json_reply(
        {
            "user": asdict(approval.user),
            "organization": asdict(approval.organization),
            "defaultWorkspaceId": str(uuid5(NAMESPACE_URL, approval.organization.slug)),
        }
    )


def protected(state: State, request: Request) -> Reply:
    """Returns a message that confirms that the access token works."""
    session = _session(state, request)
    return json_reply({"message": "The access token works.", "email": session.approval.user.email})


def list_sessions(state: State, request: Request) -> Reply:
    """Returns the user's sessions, one for each authorised device."""
    user = _session(state, request).approval.user.id
    return json_reply([_listed(session) for session in state.sessions.living() if session.approval.user.id == user])


def revoke_session(state: State, request: Request) -> Reply:
    """Ends one of the user's sessions; its tokens become invalid at once."""
    user = _session(state, request).approval.user.id
    wanted = unquote(request.path.rpartition("/")[2])
    for session in state.sessions.living():
        if session.id == wanted and session.approval.user.id == user:
            state.sessions.end(session.id, End.REVOKED)
            return Reply(204)
    raise Refusal("not_found", "there is no such session", status=404)


def _listed(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "deviceName": session.approval.device_name,
        "accessTokenPrefix": session.access_token[:PREFIX],
        "environment": "live",
        "createdAt": _rfc3339(session.created_at),
        "lastUsedAt": _rfc3339(session.last_used_at),
        "expiresAt": _rfc3339(session.expires_at),
        "createdFromUserAgent": session.user_agent,
    }


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _session(state: State, request: Request) -> Session:
    """Returns the session of the bearer token.

    Raises:
        Refusal: the token is missing (without an error code in the challenge, RFC 6750 §3.1), expired or revoked.
    """
    scheme, _, access_token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        challenge = {"WWW-Authenticate": CHALLENGE}
        raise Refusal("unauthorized", "send an access token as a bearer token", status=401, headers=challenge)
    session = state.sessions.use(access_token.strip())
    if session is None:
        described = f'{CHALLENGE}, error="invalid_token", error_description="The access token is expired or revoked"'
        challenge = {"WWW-Authenticate": described}
        raise Refusal("invalid_token", "the access token is expired or revoked", status=401, headers=challenge)
    return session
