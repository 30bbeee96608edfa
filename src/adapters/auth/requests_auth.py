"""Signing requests inside requests: it calls the object with each prepared request, which registers a response hook.

The library is not imported here, since only an embedder that imported it has its requests.
"""

import sys
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urljoin

from ...ports.hidden import Hidden
from ...ports.signing import REFUSALS, Refusal, Signer

if TYPE_CHECKING:
    import requests

R = TypeVar("R")


def requests_auth() -> type | None:
    """Returns the library's `AuthBase`, or None if the library has not been imported."""
    auth: type | None = getattr(sys.modules.get("requests.auth"), "AuthBase", None)
    return auth


class RequestsCall:
    """The auth callable, a base class of `PromptVMAuth`."""

    @property
    def signer(self) -> Signer:
        """The signer for all sessions."""
        raise NotImplementedError

    def __call__(self, request: R, /) -> R:
        """Signs a prepared request of requests.

        Raises:
            TypeError: the request is of another library, which was imported after this object was made.
            PromptVMAuthError: there is no token, or it could not be refreshed.
        """
        known = sys.modules.get("requests")
        if known is None or not isinstance(request, known.PreparedRequest):
            library = type(request).__module__.partition(".")[0]
            raise TypeError(
                f"this auth object was made before {library} was imported, so {library} does not know it as its own: "
                f"import {library} first, then call auth()"
            )
        _sign(self.signer, cast("requests.PreparedRequest", request))
        return request


def _sign(signer: Signer, request: "requests.PreparedRequest") -> None:
    sent = signer.sign(request.url or "")
    if sent is not None:
        request.headers.update(sent)
        request.register_hook("response", _ResponseHook(signer, sent))


class _ResponseHook:
    """Handles the responses to one request and to its redirects."""

    def __init__(self, signer: Signer, sent: Hidden[str]) -> None:
        self._signer = signer
        self._sent = sent
        self._retried = False

    def __call__(self, response: "requests.Response", **options: object) -> "requests.Response":
        """Sends a refused request again if a new token may help, and signs anew for a redirect."""
        try:
            if response.status_code in REFUSALS and not self._retried:
                response = self._after(response, options)
            if response.is_redirect:
                self._redirect(response)
        except BaseException:
            response.close()
            raise
        self._retried = self._retried and response.is_redirect
        return response

    def _after(self, response: "requests.Response", options: dict[str, Any]) -> "requests.Response":
        request = response.request
        refusal = Refusal(
            request.url or "",
            response.status_code,
            response.headers.get("WWW-Authenticate", ""),
            signed=all(request.headers.get(name) == value for name, value in self._sent.items()),
        )
        again = self._signer.after(self._sent, refusal)
        if again is None or not _can_resend(request):
            return response
        _ = response.content  # once read, the connection can be reused
        response.close()
        self._sent, self._retried = again, True
        request.headers.update(again)
        retried: requests.Response = response.connection.send(request, **options)
        retried.history.append(response)
        return retried

    def _redirect(self, response: "requests.Response") -> None:
        """Signs anew for the target of a redirect: requests itself removes `Authorization` only."""
        request = response.request
        for name in self._sent:
            request.headers.pop(name, None)
        sent = self._signer.sign(urljoin(response.url, response.headers["location"]))
        if sent is not None:
            self._sent = sent
            request.headers.update(sent)


def _can_resend(request: "requests.PreparedRequest") -> bool:
    """Returns whether the body can be sent again, after rewinding a file to its start."""
    from requests.exceptions import UnrewindableBodyError
    from requests.utils import rewind_body

    if request.body is None or isinstance(request.body, bytes | str):
        return True
    try:
        rewind_body(request)
    except UnrewindableBodyError:
        return False
    return True
