"""The authorization code grant with PKCE over a loopback redirect (RFC 6749 §4.1, RFC 7636, RFC 8252).

Four steps, in this order: begin an attempt, send the browser to its `authorize_url`, check the redirect with `accept`,
exchange the code. `exchange_request` takes only what `accept` returned, so the check of the state cannot be skipped.
"""

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit

from attrs import field, frozen

from ...ports.hidden import Hidden
from ...ports.http import HttpRequest
from ...ports.secret import Secret
from ...ports.text import clean, has_valid_escapes
from ..errors import AccessDenied, ConfigurationError, OAuthError, WrongIssuer
from .pkce import METHOD, challenge, generate_verifier, new_state
from .response import error_code, without
from .server import OWN_PARAMETERS, AuthorizationServer

MAX_CODE = 8192
"""The greatest length of an authorization code, in characters."""

_ONCE = ("state", "code", "error", "iss")  # RFC 6749 §3.1: parameters must not be repeated
_BUILT_BY_ACCEPT = object()


@frozen
class VerifiedCode:
    """An authorization code whose `state` was checked. Only `Attempt.accept` can build one."""

    code: Secret
    attempt: "Attempt"
    _proof: object = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if self._proof is not _BUILT_BY_ACCEPT:
            raise TypeError("a VerifiedCode is built by Attempt.accept, after it checked the state")


Answer = VerifiedCode | OAuthError | WrongIssuer
"""The result of a redirect that belongs to an attempt (RFC 6749 §4.1.2, §4.1.2.1; RFC 9207 §2.4)."""

_UNVERIFIED = "unverified, since the redirect does not name the server"


@frozen
class Attempt:
    """The `state` and the code verifier of one login, used once.

    Attributes:
        server: the server of the login; the code is sent to no other.
        state: the `state` that the redirect must have.
        verifier: the PKCE code verifier.
    """

    server: AuthorizationServer
    state: Secret
    verifier: Secret

    @classmethod
    def begin(cls, server: AuthorizationServer, random_bytes: Callable[[int], bytes]) -> "Attempt":
        """Starts an attempt with a new state and a new verifier (RFC 7636 §4.1).

        Args:
            server: the server of the login.
            random_bytes: returns the requested number of unpredictable bytes.
        """
        return cls(server, Secret(new_state(random_bytes)), Secret(generate_verifier(random_bytes)))

    def authorize_url(self, redirect_uri: str, device_name: str) -> Secret:
        """Returns the URL to open in the browser (RFC 6749 §4.1.1, RFC 7636 §4.3).

        Args:
            redirect_uri: the exact URI of the listener.
            device_name: the label in the user's list of authorised devices; sent to PromptVM only.

        Raises:
            ConfigurationError: the authorization endpoint is not known, or its query already has one of the parameters.
        """
        server = self.server
        if server.authorization_endpoint is None and not server.speaks_form:
            raise ConfigurationError(
                f"the web app that belongs to {self.server.base_url} is not known: pass app_url, set PROMPTVM_APP_URL, "
                "or use the device flow"
            )
        parameters = Hidden[str](
            client_id=server.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            code_challenge=challenge(self.verifier),
            code_challenge_method=METHOD,
            state=self.state.reveal(),
            scope=server.scope,
            device_name="" if server.speaks_form else device_name,
            prompt=server.prompt,
            login_hint=server.login_hint,
        )
        endpoint = urlsplit(server.endpoint("authorization_endpoint"))
        if any(name in OWN_PARAMETERS for name, _ in parse_qsl(endpoint.query, keep_blank_values=True)):
            raise ConfigurationError("the authorization endpoint's query has a parameter that a login sets itself")
        pairs = Hidden[str]((name, value) for name, value in parameters.items() if value)
        texts = endpoint.query, urlencode(pairs), urlencode(server.authorize_parameters)
        query = Secret("&".join(filter(None, texts)))
        return Secret(endpoint._replace(query=query.reveal()).geturl())

    def accept(self, query: str) -> Answer | None:
        """Checks the query of a redirect: its state, its issuer and its code (RFC 8252 §8.9, §8.10; RFC 9207 §2.4).

        A redirect to `start_loopback_server` is checked by `AwaitedRedirect` instead.

        Args:
            query: the query as received, still percent-encoded.

        Returns:
            The verified code; the error that the server reports instead of one (RFC 6749 §4.1.2.1); `WrongIssuer` if
            `iss` is wrong or missing; or None if the redirect does not belong to this attempt: its state is missing or
            wrong, a parameter is repeated, its encoding is invalid, or its code is missing or too long.
        """
        parameters = parse_redirect(query)
        if parameters is None or awaited_state(parameters, (self.state,)) is None:
            return None
        if (wrong := self._wrong_issuer(parameters)) is not None:
            return wrong
        if "error" in parameters:
            refusal = refusal_of(parameters, (self.state, self.verifier))
            unverified = self.server.iss_promised and "iss" not in parameters
            return _with_note(refusal, _UNVERIFIED) if unverified else refusal
        code = code_of(parameters)
        return None if code is None else VerifiedCode(code, self, _BUILT_BY_ACCEPT)

    def _wrong_issuer(self, parameters: Hidden[str]) -> WrongIssuer | None:
        """Returns an error if `iss` is wrong, or missing although the server promised it (RFC 9207 §2.4), else None."""
        issuer, named = self.server.issuer, parameters.get("iss")
        if issuer is None or named == issuer:
            return None
        if named is None:
            if "error" in parameters or not self.server.iss_promised:
                return None
            return WrongIssuer(f"the redirect does not name its server, although {issuer} promises to")
        return WrongIssuer(
            f"the login was begun with {issuer}, but the redirect is from {clean(named)}; nothing was sent to either"
        )


def exchange_request(verified: VerifiedCode, redirect_uri: str) -> HttpRequest:
    """Builds the request that exchanges a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    attempt = verified.attempt
    return code_request(attempt.server, verified.code, attempt.verifier, redirect_uri)


def code_request(server: AuthorizationServer, code: Secret, verifier: Secret, redirect_uri: str) -> HttpRequest:
    """Builds the same request for a caller that has checked the state itself, like the Go package's low-level step."""
    return server.post(
        server.endpoint("token_endpoint"),
        {
            "grant_type": "authorization_code",
            "client_id": server.client_id,
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        },
    )


def parse_redirect(query: str) -> Hidden[str] | None:
    """Returns the parameters of a redirect, or None if the encoding is invalid or a parameter is repeated.

    Args:
        query: the query as received, still percent-encoded.
    """
    if not query.isascii() or not has_valid_escapes(query):
        return None
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        return None
    names = [name for name, _ in pairs]
    if any(names.count(name) > 1 for name in _ONCE) or any("\0" in value for _, value in pairs):
        return None
    return Hidden(pairs)


def awaited_state(parameters: Hidden[str], states: Iterable[Secret]) -> Secret | None:
    """Returns the `state` of a redirect if it is an awaited one, else None; each comparison takes constant time.

    Args:
        parameters: the redirect's parameters.
        states: the awaited states.
    """
    state = Secret(parameters.get("state", ""))
    return state if state and any(state == awaited for awaited in states) else None


def code_of(parameters: Hidden[str]) -> Secret | None:
    """Returns the authorization code of a redirect, or None if it is missing, empty or longer than `MAX_CODE`."""
    code = parameters.get("code", "")
    return Secret(code) if 0 < len(code) <= MAX_CODE else None


def refusal_of(parameters: Hidden[str], secrets: tuple[Secret, ...]) -> OAuthError:
    """Returns the error that a redirect reports (RFC 6749 §4.1.2.1).

    Args:
        parameters: the redirect's parameters, with an `error`.
        secrets: texts that the error must not repeat.
    """
    code = error_code(parameters["error"], secrets)
    description = clean(without(secrets, parameters.get("error_description")))
    return (AccessDenied if code == "access_denied" else OAuthError)(code, description)


def _with_note(refusal: OAuthError, note: str) -> OAuthError:
    described = f"{refusal.description} ({note})" if refusal.description else note
    return type(refusal)(refusal.code, described, refusal.status)
