"""What a person is asked to agree to, and what the agreement gives: a code, or an approved device.

The pages and the JSON endpoints both come here, so the rules are the same for either.
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


class RedirectedRefusal(Refusal):
    """A refusal that the client is told by a redirect (RFC 6749 §4.1.2.1).

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
        state: what the client will compare.
        challenge: an S256 challenge.
        device_name: the label of the device, or None.
    """

    redirect_uri: str
    state: str = field(repr=False)
    challenge: str = field(repr=False)
    device_name: str | None

    def redirect(self, **answer: str) -> str:
        """Give the redirect URI with the answer and the state."""
        return f"{self.redirect_uri}?{urlencode({**answer, 'state': self.state})}"


def read_consent_request(values: Mapping[str, str]) -> ConsentRequest:
    """Check an authorization request.

    Raises:
        RedirectedRefusal: the client can be told.
        Refusal: client or redirect URI are wrong, so the browser is sent nowhere.
    """
    check_client(values)
    redirect_uri = _redirect_uri(values)
    request = ConsentRequest(redirect_uri, values.get("state", ""), values.get("code_challenge", ""), None)
    problem = _problem(values)
    if problem is not None:
        error, description = problem
        raise RedirectedRefusal(error, description, request.redirect(error=error, error_description=description))
    return ConsentRequest(redirect_uri, request.state, request.challenge, device_name(values))


def approve(state: State, request: ConsentRequest) -> str:
    """Give a code for a request that the person agreed to."""
    approval = Approval(state.settings.user, state.settings.organization, request.device_name)
    return state.codes.issue(approval, request.redirect_uri, request.challenge)


def decide_device(state: State, values: Mapping[str, str]) -> Decision:
    """Approve or deny the device that waits under a user code.

    Raises:
        Refusal: `invalid_request` for another action, `invalid_grant` for a code that does not wait.
    """
    decision = DECISIONS.get(values.get("action", ""))
    if decision is None:
        raise Refusal("invalid_request", "action must be approve or deny")
    state.devices.decide(values.get("user_code", ""), decision)
    return decision


def authorize(state: State, request: Request) -> Reply:
    """Issue a code to the web app, which puts it into the redirect itself."""
    values = read_json(request)
    require(values, AUTHORIZE_FIELDS)
    check_client(values)
    redirect_uri = _redirect_uri(values)
    if problem := _pkce_problem(values):
        raise Refusal("invalid_request", problem)
    asked = ConsentRequest(redirect_uri, "", values["code_challenge"], device_name(values))
    return json_reply({"code": approve(state, asked), "expires_in": whole(state.settings.code_lifetime)})


def device_authorize(state: State, request: Request) -> Reply:
    """Take the web app's answer for a device."""
    values = read_json(request)
    require(values, DEVICE_FIELDS)
    return json_reply({"status": ANSWERS[decide_device(state, values)]})


def _redirect_uri(values: Mapping[str, str]) -> str:
    redirect_uri = values.get("redirect_uri", "")
    if not is_redirect_uri(redirect_uri):
        raise Refusal("invalid_request", "redirect_uri must be http://127.0.0.1:<port>/callback")
    return redirect_uri


def _problem(values: Mapping[str, str]) -> tuple[str, str] | None:
    """Give error and description of what the client may be told by a redirect."""
    if values.get("response_type") != "code":
        return "unsupported_response_type", "response_type must be code"
    if values.get("scope", "profile") != "profile":
        return "invalid_scope", "the only scope is profile"
    if not 0 < len(values.get("state", "")) <= MAX_STATE:
        return "invalid_request", f"state must have 1 to {MAX_STATE} characters"
    problem = _pkce_problem(values)
    return ("invalid_request", problem) if problem else None


def _pkce_problem(values: Mapping[str, str]) -> str | None:
    """RFC 7636 §4.4.1, and no downgrade to `plain`."""
    if values.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256"
    if not CHALLENGE.fullmatch(values.get("code_challenge", "")):
        return "code_challenge must be 43 characters of base64url"
    return None
