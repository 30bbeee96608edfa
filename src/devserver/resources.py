"""What an access token opens: the person, a protected resource, and the list of sessions (RFC 6750)."""

from datetime import UTC, datetime
from urllib.parse import unquote

from attrs import asdict

from .exchange import Refusal, Reply, Request, json_reply
from .sessions import End, Session
from .state import State

CHALLENGE = 'Bearer realm="PromptVM"'
"""RFC 6750 §3: a challenge names at least one parameter."""

PREFIX = 12
"""Characters of an access token that the list of sessions shows."""


def me(state: State, request: Request) -> Reply:
    """Say who the person is."""
    approval = _session(state, request).approval
    return json_reply(
        {
            "user": asdict(approval.user),
            "organization": asdict(approval.organization),
            "defaultWorkspaceId": f"ws_{approval.organization.slug}",
        }
    )


def protected(state: State, request: Request) -> Reply:
    """Show that the access token works."""
    session = _session(state, request)
    return json_reply({"message": "The access token works.", "email": session.approval.user.email})


def list_sessions(state: State, request: Request) -> Reply:
    """List the person's authorised devices."""
    person = _session(state, request).approval.user.id
    return json_reply([_listed(session) for session in state.sessions.living() if session.approval.user.id == person])


def revoke_session(state: State, request: Request) -> Reply:
    """End one of the person's sessions; its tokens stop to work at once."""
    person = _session(state, request).approval.user.id
    wanted = unquote(request.path.rpartition("/")[2])
    for session in state.sessions.living():
        if session.id == wanted and session.approval.user.id == person:
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
    """Find the session of the bearer token; a request without one is told no error code (RFC 6750 §3.1)."""
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
