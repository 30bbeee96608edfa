"""Routes requests to the endpoints."""

from collections.abc import Callable, Mapping
from typing import Literal

from attrs import frozen

from . import consent, page_endpoints, resources, token_endpoints
from .exchange import Refusal, Reply, Request
from .pages import error_page
from .state import State

Endpoint = Literal[
    "index",
    "authorize_page",
    "device_page",
    "token",
    "device_code",
    "device_token",
    "authorize",
    "device_authorize",
    "sessions",
    "me",
    "protected",
    "unknown",
]
"""The names of the endpoints, for faults and for the request log."""

Handler = Callable[[State, Request], Reply]

API = "/api/v1"
SESSIONS = f"{API}/auth/cli/sessions"


@frozen
class Route:
    """One endpoint.

    Attributes:
        endpoint: the endpoint's name.
        handlers: the handlers, by HTTP method.
    """

    endpoint: Endpoint
    handlers: Mapping[str, Handler]

    def handle(self, state: State, request: Request) -> Reply:
        """Returns the reply to a request; a refusal becomes a JSON error under `/api/`, else a page."""
        try:
            return self._handler(request.method)(state, request)
        except Refusal as refusal:
            if request.path.startswith("/api/"):
                return refusal.reply()
            return error_page(
                refusal.description, status=refusal.status, outcome=refusal.error, headers=refusal.headers
            )

    def _handler(self, method: str) -> Handler:
        if not self.handlers:
            raise Refusal("not_found", "there is nothing here", status=404)
        if method not in self.handlers:
            allowed = {"Allow": ", ".join(self.handlers)}
            raise Refusal("invalid_request", "this method is not allowed here", status=405, headers=allowed)
        return self.handlers[method]


ROUTES: Mapping[str, Route] = {
    "/": Route("index", {"GET": page_endpoints.index}),
    "/cli/authorize": Route(
        "authorize_page", {"GET": page_endpoints.show_consent, "POST": page_endpoints.take_consent}
    ),
    "/cli/device": Route("device_page", {"GET": page_endpoints.show_device, "POST": page_endpoints.take_device}),
    f"{API}/auth/cli/token": Route("token", {"POST": token_endpoints.token}),
    f"{API}/auth/cli/authorize": Route("authorize", {"POST": consent.authorize}),
    f"{API}/auth/device/code": Route("device_code", {"POST": token_endpoints.device_code}),
    f"{API}/auth/device/token": Route("device_token", {"POST": token_endpoints.device_token}),
    f"{API}/auth/device/authorize": Route("device_authorize", {"POST": consent.device_authorize}),
    SESSIONS: Route("sessions", {"GET": resources.list_sessions}),
    f"{API}/me": Route("me", {"GET": resources.me}),
    f"{API}/protected": Route("protected", {"GET": resources.protected, "POST": resources.protected}),
}
ONE_SESSION = Route("sessions", {"DELETE": resources.revoke_session})
UNKNOWN = Route("unknown", {})


def route(path: str) -> Route:
    """Returns the route of a path."""
    parent, _, last = path.rpartition("/")
    if parent == SESSIONS and last:
        return ONE_SESSION
    return ROUTES.get(path, UNKNOWN)
