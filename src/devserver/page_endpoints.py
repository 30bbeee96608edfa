"""The web app's endpoints: consent of the browser flow, code entry and consent of the device flow."""

from collections.abc import Mapping

from .consent import RedirectedRefusal, approve, decide_device, read_consent_request
from .devices import Decision
from .exchange import Refusal, Reply, Request
from .pages import consent_page, device_compare_page, device_done_page, device_entry_page, index_page, redirect
from .sessions import Approval
from .state import State
from .strict_body import read_form, read_pairs

CARRIED = (
    "client_id",
    "response_type",
    "redirect_uri",
    "code_challenge",
    "code_challenge_method",
    "state",
    "scope",
    "device_name",
)
"""The parameters in the consent form's hidden fields; unknown ones are ignored (RFC 6749 §3.1)."""


def index(_state: State, _request: Request) -> Reply:
    """Shows the index page."""
    return index_page()


def show_consent(state: State, request: Request) -> Reply:
    """Shows the consent page of the browser flow."""
    values = read_pairs(request.query)
    try:
        consent = read_consent_request(state, values)
    except RedirectedRefusal as refusal:
        return redirect(refusal.location, outcome=refusal.error)
    carried = {name: values[name] for name in CARRIED if name in values}
    return consent_page(carried, _approval(state, consent.device_name))


def take_consent(state: State, request: Request) -> Reply:
    """Processes the user's decision: redirects with a code or with `access_denied`."""
    values = _own_form(request)
    try:
        consent = read_consent_request(state, values)
    except RedirectedRefusal as refusal:
        return redirect(refusal.location, outcome=refusal.error)
    match values.get("action"):
        case "approve":
            return redirect(consent.redirect(code=approve(state, consent)), outcome="ok")
        case "deny":
            denied = consent.redirect(error="access_denied", error_description="The user denied the request")
            return redirect(denied, outcome="access_denied")
        case _:
            raise Refusal("invalid_request", "action must be approve or deny")


def show_device(state: State, request: Request) -> Reply:
    """Shows the form for a user code, or the pending device of the user code in the query."""
    user_code = read_pairs(request.query).get("user_code", "")
    if not user_code.strip():
        return device_entry_page()
    try:
        device = state.devices.find(user_code)
    except Refusal as refusal:
        return _unknown_code(refusal)
    return device_compare_page(device.user_code, _approval(state, device.device_name))


def take_device(state: State, request: Request) -> Reply:
    """Processes the user's decision on a device."""
    values = _own_form(request)
    try:
        decision = decide_device(state, values)
    except Refusal as refusal:
        if refusal.error == "invalid_grant":
            return _unknown_code(refusal)
        raise
    return device_done_page(approved=decision is Decision.APPROVED)


def _unknown_code(refusal: Refusal) -> Reply:
    message = "This code is unknown, has expired or was used already."
    return device_entry_page(message, status=refusal.status, outcome=refusal.error)


def _own_form(request: Request) -> Mapping[str, str]:
    """Reads a form of this server's own page; another site must not approve on the user's behalf."""
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Refusal("invalid_request", "the form was sent by another site", status=403)
    return read_form(request)


def _approval(state: State, device_name: str | None) -> Approval:
    return Approval(state.settings.user, state.settings.organization, device_name)
