"""The JSON endpoints for logins: token, device code, device token (RFC 6749 §4.1.3, §6; RFC 8628)."""

from collections.abc import Callable, Mapping

from attrs import asdict

from .exchange import Refusal, Reply, Request, json_reply, whole
from .sessions import Session
from .state import CLIENT_ID, MAX_DEVICE_NAME, State
from .strict_body import Fields, read_json, require

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
"""The grant type of device codes (RFC 8628 §3.4)."""

CODE_FIELDS = Fields({"grant_type", "client_id", "code", "code_verifier", "redirect_uri"})
REFRESH_FIELDS = Fields({"grant_type", "client_id", "refresh_token"})
DEVICE_CODE_FIELDS = Fields({"client_id"}, {"device_name"})
DEVICE_TOKEN_FIELDS = Fields({"grant_type", "client_id", "device_code"})

Grant = Callable[[State, Mapping[str, str], str | None], Session]


def token(state: State, request: Request) -> Reply:
    """Exchanges a code or a refresh token for tokens."""
    values = read_json(request)
    fields, grant = _grant(values, CLI_GRANTS)
    require(values, fields)
    check_client(values)
    return _tokens(state, grant(state, values, _user_agent(request)))


def device_token(state: State, request: Request) -> Reply:
    """Answers a poll."""
    values = read_json(request)
    fields, grant = _grant(values, DEVICE_GRANTS)
    require(values, fields)
    check_client(values)
    return _tokens(state, grant(state, values, _user_agent(request)))


def device_code(state: State, request: Request) -> Reply:
    """Issues a device code (RFC 8628 §3.2)."""
    values = read_json(request)
    require(values, DEVICE_CODE_FIELDS)
    check_client(values)
    code, device = state.devices.issue(device_name(values))
    page = f"{state.app_url}/cli/device"
    return json_reply(
        {
            "device_code": code,
            "user_code": device.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={device.user_code}",
            "expires_in": whole(state.settings.device_code_lifetime),
            "interval": whole(device.interval),
        }
    )


def check_client(values: Mapping[str, str]) -> None:
    """Checks the client identifier.

    Raises:
        Refusal: `invalid_client` with status 401: it is unknown.
    """
    if values.get("client_id") != CLIENT_ID:
        raise Refusal("invalid_client", f"client_id is not {CLIENT_ID}", status=401)


def device_name(values: Mapping[str, str]) -> str | None:
    """Returns the label of a device, or None if it is missing or empty.

    Raises:
        Refusal: `invalid_request`: it is too long.
    """
    name = values.get("device_name", "")
    if len(name) > MAX_DEVICE_NAME:
        raise Refusal("invalid_request", f"device_name is longer than {MAX_DEVICE_NAME} characters")
    return name or None


def _exchange(state: State, values: Mapping[str, str], user_agent: str | None) -> Session:
    return state.codes.redeem(values["code"], values["code_verifier"], values["redirect_uri"], user_agent)


def _refresh(state: State, values: Mapping[str, str], _user_agent: str | None) -> Session:
    return state.sessions.refresh(values["refresh_token"])


def _poll(state: State, values: Mapping[str, str], user_agent: str | None) -> Session:
    return state.devices.poll(values["device_code"], user_agent)


CLI_GRANTS: Mapping[str, tuple[Fields, Grant]] = {
    "authorization_code": (CODE_FIELDS, _exchange),
    "refresh_token": (REFRESH_FIELDS, _refresh),
}
DEVICE_GRANTS: Mapping[str, tuple[Fields, Grant]] = {DEVICE_GRANT: (DEVICE_TOKEN_FIELDS, _poll)}

GRANT_TYPES = frozenset({*CLI_GRANTS, *DEVICE_GRANTS})


def grant_type_of(request: Request) -> str:
    """Returns a request's grant type for the log; empty if it is unknown or the body cannot be read."""
    try:
        grant_type = read_json(request).get("grant_type", "")
    except Refusal:
        return ""
    return grant_type if grant_type in GRANT_TYPES else ""


def _grant(values: Mapping[str, str], grants: Mapping[str, tuple[Fields, Grant]]) -> tuple[Fields, Grant]:
    grant_type = values.get("grant_type")
    if not grant_type:
        raise Refusal("invalid_request", "missing or empty: grant_type")
    if grant_type not in grants:
        raise Refusal("unsupported_grant_type", f"grant_type must be {' or '.join(grants)}")
    return grants[grant_type]


def _tokens(state: State, session: Session) -> Reply:
    """Returns a token response (RFC 6749 §5.1) with PromptVM's user and organization."""
    settings = state.settings
    reply: dict[str, object] = {"access_token": session.access_token, "token_type": "Bearer", "scope": "profile"}
    if not settings.omit_expires_in:
        reply["expires_in"] = whole(settings.access_token_lifetime)
    if session.refresh_token is not None and not settings.omit_refresh_token:
        reply["refresh_token"] = session.refresh_token
    reply["user"] = asdict(session.approval.user)
    reply["organization"] = asdict(session.approval.organization)
    return json_reply(reply)


def _user_agent(request: Request) -> str | None:
    return request.headers.get("user-agent", "")[:200] or None
