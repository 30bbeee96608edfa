"""Reads a device authorization response (RFC 8628 §3.2)."""

import math
from urllib.parse import urlsplit

from attrs import field, frozen

from ...ports.hidden import Hidden
from ...ports.http import HttpResponse
from ...ports.secret import Secret
from ...ports.text import clean
from ...ports.timeouts import DEVICE_CODE_LIFETIME, DEVICE_INTERVAL, DEVICE_MAX_CODE_LIFETIME, DEVICE_MIN_INTERVAL
from ..errors import InvalidResponse, InvalidUrl
from ..url import checked_url
from .response import in_lower_case, json_object, read_object

_MAX_DEVICE_CODE = 8192
_MAX_USER_CODE = 64
_MAX_URI = 4096


@frozen
class DeviceCodeResponse:
    """The answer of the device authorization endpoint (RFC 8628 §3.2), checked and without control characters.

    Attributes:
        device_code: the device code, for polling.
        user_code: the code that the user enters or compares.
        verification_uri: the URL that the user opens.
        verification_uri_complete: the same URL with the code filled in; None if the server sent none on that host.
        openable: whether the program may open the URLs in a browser: they are https, or http on loopback, without a
            user name and on the server's own host. If not, only show them.
        expires_in: the seconds for which the codes are valid, at most 3600.
        interval: the seconds to wait between two polls.
    """

    device_code: Secret = field(converter=Secret)
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None = None
    openable: bool = True
    expires_in: float = DEVICE_CODE_LIFETIME
    interval: float = DEVICE_INTERVAL


def parse_device_response(response: HttpResponse) -> DeviceCodeResponse:
    """Reads the response of the device authorization endpoint.

    Args:
        response: the complete response.

    Raises:
        OAuthError: the server refused; `ServerUnavailable` if a later request may succeed.
        InvalidResponse: a code or the verification URI is missing, or a number is invalid.
    """
    members = in_lower_case(read_object(response))
    device_code = _code(members.get("device_code"))
    user_code = clean(members.get("user_code"), _MAX_USER_CODE)
    uri = clean(members.get("verification_uri"), _MAX_URI)
    if not device_code or not user_code or not uri:
        raise InvalidResponse("the server's device response has no device code, no user code or no verification URI")
    lifetime = _lifetime(members.get("expires_in"))
    openable = _openable(members.get("verification_uri"))
    complete = members.get("verification_uri_complete")
    return DeviceCodeResponse(
        device_code,
        user_code,
        uri,
        complete
        if isinstance(complete, str) and openable and _openable(complete) and _same_host(uri, complete)
        else None,
        openable,
        lifetime,
        _interval(members.get("interval"), lifetime),
    )


def named_interval(response: HttpResponse) -> float:
    """Returns the `interval` of a `slow_down` response in seconds, or 0 if it has no valid one."""
    try:
        return _seconds((json_object(response.body) or Hidden[object]()).get("interval"))
    except InvalidResponse:
        return 0.0


def _code(value: object) -> Secret:
    return Secret(value if isinstance(value, str) and len(value) <= _MAX_DEVICE_CODE else "")


def _interval(value: object, lifetime: float) -> float:
    seconds = DEVICE_INTERVAL if value is None else _seconds(value)
    if seconds > lifetime:
        raise InvalidResponse("the server's polling interval is longer than the code's lifetime")
    return max(seconds, DEVICE_MIN_INTERVAL) if seconds > 0 else DEVICE_INTERVAL


def _lifetime(value: object) -> float:
    seconds = DEVICE_CODE_LIFETIME if value is None else _seconds(value)
    if seconds <= 0:
        raise InvalidResponse("the lifetime of the server's device code is not above zero")
    return min(seconds, DEVICE_MAX_CODE_LIFETIME)


def _seconds(value: object) -> float:
    """Reads a number of seconds, which may be a number as text.

    Raises:
        InvalidResponse: it is anything else.
    """
    if not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not math.isnan(seconds):
            return seconds
    raise InvalidResponse("a number of seconds in the server's device response is not a number")


def _openable(url: object) -> bool:
    try:
        checked_url(url, "the verification URI")
    except InvalidUrl:
        return False
    return True


def _same_host(one: str, other: str) -> bool:
    return urlsplit(one).hostname == urlsplit(other).hostname
