"""The user's consent: checks authorization requests, issues codes and approves devices.

The pages and the JSON endpoints share this module, so that both apply the same rules.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from attrs import field, frozen

from .codes import CHALLENGE, is_redirect_uri
from .devices import Decision
from .exchange import Refusal, Reply, Request, json_reply, whole
from .sessions import Approval
from .state import State
from .strict_body import Fields, read_json, require
from .token_endpoints import check_client, device_name

AUTHORIZE_FIELDS = Fields({"client_id", "code_challenge", "code_challenge_method", "redirect_uri"}, {"device_name"})
DEVICE_FIELDS = Fields({"user_code", "action"})

DECISIONS = {"approve": Decision.APPROVED, "deny": Decision.DENIED}
ANSWERS = {Decision.APPROVED: "authorized", Decision.DENIED: "denied"}

MAX_STATE = 1024
_SHOWN = 200


class RedirectedRefusal(Refusal):
    """A refusal that is sent to the client by a redirect (RFC 6749 §4.1.2.1).

    Attributes:
        location: the redirect URI with `error` and `state`.
    """

    def __init__(self, error: str, description: str, location: str) -> None:
        super().__init__(error, description)
        self.location = location


@frozen
class ConsentRequest:
    """A checked authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3).

    Attributes:
        redirect_uri: a loopback redirect URI.
        state: the client's `state`.
        challenge: an S256 challenge.
        device_name: the label of the device, or None.
    """

    redirect_uri: str
    state: str = field(repr=False)
    challenge: str = field(repr=False)
    device_name: str | None

    def redirect(self, **answer: str) -> str:
        """Returns the redirect URI with these parameters and the state."""
        return f"{self.redirect_uri}?{urlencode({**answer, 'state': self.state})}"


def read_consent_request(state: State, values: Mapping[str, str]) -> ConsentRequest:
    """Returns a checked authorization request.

    Args:
        state: the state of the server, with the redirect URIs that are registered.
        values: the parameters of the request.

    Raises:
        RedirectedRefusal: the request is invalid, and the client can be told by a redirect.
        Refusal: the client or the redirect URI is invalid, so the browser is not redirected.
    """
    check_client(values)
    redirect_uri = _redirect_uri(state, values)
    request = ConsentRequest(redirect_uri, values.get("state", ""), values.get("code_challenge", ""), None)
    problem = _problem(values)
    if problem is not None:
        error, description = problem
        raise RedirectedRefusal(error, description, request.redirect(error=error, error_description=description))
    return ConsentRequest(redirect_uri, request.state, request.challenge, device_name(values))


def approve(state: State, request: ConsentRequest) -> str:
    """Returns a code for a request that the user approved."""
    approval = Approval(state.settings.user, state.settings.organization, request.device_name)
    return state.codes.issue(approval, request.redirect_uri, request.challenge)


def decide_device(state: State, values: Mapping[str, str]) -> Decision:
    """Approves or denies the device with a user code.

    Raises:
        Refusal: `invalid_request` for another action, `invalid_grant` for a code that is not pending.
    """
    decision = DECISIONS.get(values.get("action", ""))
    if decision is None:
        raise Refusal("invalid_request", "action must be approve or deny")
    state.devices.decide(values.get("user_code", ""), decision)
    return decision


def authorize(state: State, request: Request) -> Reply:
    """Issues a code to the web app, which redirects the browser itself."""
    values = read_json(request)
    require(values, AUTHORIZE_FIELDS)
    check_client(values)
    redirect_uri = _redirect_uri(state, values)
    if problem := _pkce_problem(values):
        raise Refusal("invalid_request", problem)
    consent = ConsentRequest(redirect_uri, "", values["code_challenge"], device_name(values))
    return json_reply({"code": approve(state, consent), "expires_in": whole(state.settings.code_lifetime)})


def device_authorize(state: State, request: Request) -> Reply:
    """Processes the web app's decision on a device."""
    values = read_json(request)
    require(values, DEVICE_FIELDS)
    return json_reply({"status": ANSWERS[decide_device(state, values)]})


def _redirect_uri(state: State, values: Mapping[str, str]) -> str:
    redirect_uri = values.get("redirect_uri", "")
    if not is_redirect_uri(redirect_uri, state.settings.redirect_uris):
        must = "it must be http://127.0.0.1:<port>/callback, or one of redirect_uris in the server's Settings"
        raise Refusal("invalid_request", f"redirect_uri {redirect_uri[:_SHOWN]!r} is not registered: {must}")
    return redirect_uri


def _problem(values: Mapping[str, str]) -> tuple[str, str] | None:
    """Returns the error code and description of an invalid request, or None."""
    if values.get("response_type") != "code":
        return "unsupported_response_type", "response_type must be code"
    if values.get("scope", "profile") != "profile":
        return "invalid_scope", "the only scope is profile"
    if not 0 < len(values.get("state", "")) <= MAX_STATE:
        return "invalid_request", f"state must have 1 to {MAX_STATE} characters"
    problem = _pkce_problem(values)
    return ("invalid_request", problem) if problem else None


def _pkce_problem(values: Mapping[str, str]) -> str | None:
    """Returns why the PKCE parameters are invalid (RFC 7636 §4.4.1; `plain` is not allowed), or None."""
    if values.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256"
    if not CHALLENGE.fullmatch(values.get("code_challenge", "")):
        return "code_challenge must be 43 characters of base64url"
    return None
