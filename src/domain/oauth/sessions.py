"""The user's sessions at PromptVM, one for each authorised device. PromptVM has them instead of RFC 7009 revocation."""

import json
from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from attrs import evolve, frozen

from ...ports.http import HttpResponse
from ...ports.secret import Secret
from ...ports.text import clean
from ..errors import ConfigurationError, InvalidResponse
from .response import refusal

_OK = range(200, 300)
_NOT_FOUND = 404
_MIN_PREFIX = 8


@frozen
class Session:
    """One of the user's sessions, which is an authorised device. What the server does not say is the empty text.

    Attributes:
        id: the id of the session, for `revoke_session`.
        device_name: the name of the device.
        access_token_prefix: the first characters of the session's access token.
        environment: the PromptVM environment that the session is for.
        created_at: when the session began (RFC 3339), as the server sent it.
        last_used_at: when the session was last used (RFC 3339), as the server sent it.
        expires_at: when the session expires (RFC 3339), as the server sent it.
        created_from_ip: the IP address that the session was begun from.
        created_from_user_agent: the User-Agent header that the session was begun with.
        current: whether the request for the list was made with this session; False if that is not certain.
    """

    id: str
    device_name: str = ""
    access_token_prefix: str = ""
    environment: str = ""
    created_at: str = ""
    last_used_at: str = ""
    expires_at: str = ""
    created_from_ip: str = ""
    created_from_user_agent: str = ""
    current: bool = False


def parse_sessions(response: HttpResponse, token: Secret) -> tuple[Session, ...]:
    """Reads the list of sessions and marks the current one; entries without an id are skipped.

    Args:
        response: the complete response.
        token: the access token of the request, whose session is the current one. Error messages must not repeat it.

    Raises:
        OAuthError: the server refused.
        InvalidResponse: the body is not a list.
    """
    if response.status not in _OK:
        raise refusal(response, token)
    items = _list(response.body)
    if items is None:
        raise InvalidResponse("the server's list of sessions is not a list")
    sessions = [session for session in map(_session, items) if session.id]
    own = own_session(sessions, token)
    return tuple(evolve(session, current=True) if session is own else session for session in sessions)


def session_url(sessions_endpoint: str, session_id: str) -> str:
    """Returns the URL of one session.

    Raises:
        ConfigurationError: the id is invalid.
    """
    if session_id in {"", ".", ".."} or clean(session_id) != session_id:
        raise ConfigurationError("the session id is invalid")
    return f"{sessions_endpoint}/{quote(session_id, safe='')}"


def parse_deleted(response: HttpResponse, token: Secret) -> None:
    """Checks the response to ending a session; a session that no longer exists is not an error.

    Args:
        response: the complete response; the body of a success is not read.
        token: the access token of the request, which error messages must not repeat.

    Raises:
        OAuthError: the server refused.
    """
    if response.status not in _OK and response.status != _NOT_FOUND:
        raise refusal(response, token)


def own_session(sessions: Sequence[Session], token: Secret) -> Session | None:
    """Returns the session of a token: the only one with a prefix of the token of 8 or more characters, else None."""
    text = token.reveal()
    matching = [
        session
        for session in sessions
        if len(session.access_token_prefix) >= _MIN_PREFIX and text.startswith(session.access_token_prefix)
    ]
    return matching[0] if len(matching) == 1 else None


def _list(body: bytes) -> list[object] | None:
    try:
        items: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("list[object]", items) if isinstance(items, list) else None


def _session(item: object) -> Session:
    members = cast("dict[str, object]", item) if isinstance(item, dict) else {}
    identity = members.get("id")
    return Session(
        identity if isinstance(identity, str) and clean(identity) == identity else "",
        clean(members.get("deviceName")),
        clean(members.get("accessTokenPrefix")),
        clean(members.get("environment")),
        clean(members.get("createdAt")),
        clean(members.get("lastUsedAt")),
        clean(members.get("expiresAt")),
        clean(members.get("createdFromIp")),
        clean(members.get("createdFromUserAgent")),
    )
