"""Reads the server's responses: a JSON object, or an error (RFC 6749 §5.1, §5.2)."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import cast
from urllib.parse import parse_qs

from ...ports.hidden import Hidden
from ...ports.http import HttpResponse
from ...ports.secret import Secret
from ...ports.text import clean
from ..errors import InsufficientScope, InvalidResponse, OAuthError, ServerUnavailable, StepUpNeeded
from .www_authenticate import bearer_parameters

_OK = range(200, 300)
UNAVAILABLE = frozenset({407, 408, 425, 429, *range(500, 600)})
"""The HTTP statuses after which a later request may succeed, whatever the body says."""

_UNAVAILABLE_CODES = frozenset({"server_error", "temporarily_unavailable"})  # RFC 6749 §4.1.2.1
_CHALLENGE_ERROR = re.compile(r'\berror="([^"\\]{1,100})"')
_STANDARD_CODES = frozenset(  # RFC 6749 §4.1.2.1 and §5.2, RFC 8628 §3.5, RFC 6750 §3.1, RFC 9470 §3, RFC 7009 §2.2.1
    {"invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client", "access_denied"}
    | {"unsupported_grant_type", "unsupported_response_type", "unsupported_token_type", "server_error"}
    | {"temporarily_unavailable", "authorization_pending", "slow_down", "expired_token", "invalid_token"}
    | {"insufficient_scope", "insufficient_user_authentication"}
    | {"bad_refresh_token", "interaction_required", "login_required", "consent_required"}  # GitHub, OpenID Connect
)
_MAX_CODE = 100
_LONG = 300
_DIGITS = 6  # of a Retry-After: up to eleven days


def read_object(response: HttpResponse, *secrets: Secret) -> Hidden[object]:
    """Returns the JSON object of a successful response.

    Args:
        response: the complete response.
        secrets: secrets of the request, which error messages must not repeat.

    Raises:
        OAuthError: the server refused, even with status 200 (RFC 6749 §5.2).
        ServerUnavailable: the status is 407, 408, 425, 429 or 5xx, or the error code says that it is temporary.
        InvalidResponse: the body is not a JSON object.
    """
    members = json_object(response.body)
    if response.status not in _OK or (members is not None and members.get("error")):
        raise refusal(response, *secrets)
    if members is None:
        raise InvalidResponse("the server's response is not a JSON object")
    return members


def refusal(response: HttpResponse, *secrets: Secret) -> OAuthError:
    """Returns the error of a response, from its JSON body, form body, challenge header or status alone.

    Args:
        response: the complete response.
        secrets: secrets of the request, which the error must not repeat.
    """
    members = json_object(response.body) or _form(response)
    code = error_code(members.get("error") or _challenge_error(response.headers), secrets)
    description = clean(without(secrets, members.get("error_description") or _message(members)))
    if (more := step_up(code, description, response)) is not None:
        return more
    unavailable = response.status in UNAVAILABLE or code in _UNAVAILABLE_CODES
    return (ServerUnavailable if unavailable else OAuthError)(code, description, response.status)


def step_up(code: str, description: str, response: HttpResponse) -> InsufficientScope | StepUpNeeded | None:
    """Returns the error of a response that requires more of a login (RFC 6750 §3, RFC 9470 §3), or None.

    Args:
        code: the error code, cleaned.
        description: the error description, cleaned.
        response: the complete response.
    """
    required = bearer_parameters(response.headers.get("www-authenticate", ""))
    if code == "insufficient_scope":
        return InsufficientScope(code, description, response.status, scope=clean(required.get("scope")))
    if code == "insufficient_user_authentication":
        age = required.get("max_age", "")
        max_age = int(age) if age.isascii() and age.isdecimal() and len(age) <= _DIGITS + 3 else None
        acr_values = clean(required.get("acr_values"))
        return StepUpNeeded(code, description, response.status, acr_values=acr_values, max_age=max_age)
    return None


def step_up_error(status: int, www_authenticate: str) -> OAuthError | None:
    """Returns the error of an API request that was refused because the user must log in again with more rights.

    Programs that send their own requests call it. The error says what to pass to `login`.

    Args:
        status: the HTTP status of the answer.
        www_authenticate: the answer's `WWW-Authenticate` header; empty if it has none.

    Returns:
        `InsufficientScope` (RFC 6750 §3.1), `StepUpNeeded` (RFC 9470 §3), or None if the answer demands neither.
    """
    parameters = bearer_parameters(www_authenticate)
    code, description = clean(parameters.get("error"), _MAX_CODE), clean(parameters.get("error_description"))
    return step_up(code, description, HttpResponse(status, {"www-authenticate": www_authenticate}))


def error_code(code: object, secrets: Iterable[Secret]) -> str:
    """Returns an error code without secrets; a standard code is compared first, for a short secret may be part of it.

    Args:
        code: as the server sent it.
        secrets: secrets of the request, which the error must not repeat.
    """
    return code if isinstance(code, str) and code in _STANDARD_CODES else clean(without(secrets, code), _MAX_CODE)


def without(secrets: Iterable[Secret], text: object) -> object:
    """Returns a received text with the secrets of the request replaced by `***`; anything but text is returned as is.

    Args:
        secrets: the secrets of the request.
        text: the received value, before it is shortened or changed.
    """
    for secret in secrets:
        if isinstance(text, str) and secret:
            text = text.replace(secret.reveal(), "***")
    return text


def retry_after(response: HttpResponse) -> float | None:
    """Returns the seconds of a `Retry-After` header (RFC 9110 §10.2.3), or None if it has none; dates are ignored."""
    value = response.headers.get("retry-after", "").strip()
    return float(value) if value.isascii() and value.isdecimal() and len(value) <= _DIGITS else None


def json_object(body: bytes) -> Hidden[object] | None:
    """Returns the members of a JSON object, or None if the body is anything else."""
    try:
        parsed: object = json.loads(body, parse_int=_number)
    except (ValueError, RecursionError):
        return None
    return Hidden(cast("dict[str, object]", parsed)) if isinstance(parsed, dict) else None


def in_lower_case(members: Mapping[str, object]) -> Hidden[object]:
    """Returns the members of a JSON object, names in lower case: the Go tool reads them in any case.

    Args:
        members: the members; one whose name is in lower case already counts before one whose name is not.
    """
    return Hidden({name.lower(): value for name, value in members.items()} | dict(members))


def _number(digits: str) -> float:
    return int(digits) if len(digits) < _LONG else float(digits)  # Python refuses to read an int of 5,000 digits


def _form(response: HttpResponse) -> Mapping[str, object]:
    if "form-urlencoded" not in response.headers.get("content-type", "").lower():
        return {}
    try:
        fields = parse_qs(response.body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def _message(members: Mapping[str, object]) -> str:
    """Returns the `message` of an error that has no `error_description`, as APIs send it: a text or a list of texts."""
    inner = members.get("error")
    nested = cast("dict[str, object]", inner).get("message") if isinstance(inner, dict) else None
    message = members.get("message") or nested
    texts = cast("list[object]", message) if isinstance(message, list) else [message]
    return "; ".join(text for text in texts if isinstance(text, str))


def _challenge_error(headers: Mapping[str, str]) -> str:
    match = _CHALLENGE_ERROR.search(headers.get("www-authenticate", ""))
    return match[1] if match else ""
