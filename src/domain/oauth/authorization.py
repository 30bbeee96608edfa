"""The authorization code grant with PKCE over a loopback redirect (RFC 6749 §4.1, RFC 7636, RFC 8252).

Four steps, in this order: begin an attempt, send the browser to its `authorize_url`, let `accept` judge what comes
back, exchange the code. The exchange takes only what `accept` built, so the check of the state cannot be skipped.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from attrs import field, frozen

from ...ports.hidden import Hidden
from ...ports.http import HttpRequest
from ...ports.secret import Secret
from ...ports.text import clean, has_valid_escapes
from ..errors import AccessDenied, ConfigurationError, OAuthError, WrongIssuer
from .pkce import METHOD, challenge, generate_verifier, new_state
from .response import without
from .server import OWN_PARAMETERS, AuthorizationServer

_MAX_CODE = 8192
_ONCE = ("state", "code", "error", "iss")  # RFC 6749 §3.1: parameters must not be repeated
_BUILT_BY_ACCEPT = object()


@frozen
class VerifiedCode:
    """An authorization code whose `state` was compared. Only `Attempt.accept` can build one."""

    code: Secret
    attempt: "Attempt"
    _proof: object = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if self._proof is not _BUILT_BY_ACCEPT:
            raise TypeError("a VerifiedCode is built by Attempt.accept, after it compared the state")


Answer = VerifiedCode | OAuthError | WrongIssuer
"""What a redirect brings to the attempt that it belongs to (RFC 6749 §4.1.2, §4.1.2.1; RFC 9207 §2.4)."""

_UNVERIFIED = "unverified, since the answer does not say which server it is from"


@frozen
class Attempt:
    """One login: its `state` and its code verifier, used once.

    Attributes:
        server: where the login happens; the code goes nowhere else.
        state: compared with what the browser brings back.
        verifier: the PKCE code verifier.
    """

    server: AuthorizationServer
    state: Secret
    verifier: Secret

    @classmethod
    def begin(cls, server: AuthorizationServer, random_bytes: Callable[[int], bytes]) -> "Attempt":
        """Starts an attempt with a fresh state and a fresh verifier (RFC 7636 §4.1).

        Args:
            server: where the login happens.
            random_bytes: returns as many unpredictable bytes as it is asked for.
        """
        return cls(server, Secret(new_state(random_bytes)), Secret(generate_verifier(random_bytes)))

    def authorize_url(self, redirect_uri: str, device_name: str) -> Secret:
        """Give the URL that the browser is sent to (RFC 6749 §4.1.1, RFC 7636 §4.3).

        Args:
            redirect_uri: exactly the one that is listened on.
            device_name: shown in the person's list of authorised devices, where the server is PromptVM's.

        Raises:
            ConfigurationError: the authorization endpoint is not known, or its own query has one of these parameters.
        """
        server = self.server
        if server.authorization_endpoint is None and not server.speaks_form:
            raise ConfigurationError(
                f"the web app that belongs to {self.server.base_url} is not known: give app_url, set PROMPTVM_APP_URL, "
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
        """Judge the query of a redirect; the one place where the state is compared (RFC 8252 §8.9, §8.10).

        Args:
            query: as it came, still percent-encoded.

        Returns:
            The verified code; or the error that the authorization server reports instead (RFC 6749 §4.1.2.1); or
            `WrongIssuer` if another server answered; or None if it does not answer this attempt: no state, a wrong one,
            a repeated parameter, broken encoding.
        """
        parameters = parse_redirect(query)
        if parameters is None or Secret(parameters.get("state", "")) != self.state:
            return None
        if (wrong := self._wrong_issuer(parameters)) is not None:
            return wrong
        if "error" in parameters:
            refusal = refusal_of(parameters, (self.state, self.verifier))
            unverified = self.server.iss_promised and "iss" not in parameters
            return _with_note(refusal, _UNVERIFIED) if unverified else refusal
        code = parameters.get("code", "")
        if not 0 < len(code) <= _MAX_CODE:
            return None
        return VerifiedCode(Secret(code), self, _BUILT_BY_ACCEPT)

    def _wrong_issuer(self, parameters: Hidden[str]) -> WrongIssuer | None:
        """Compare `iss` (RFC 9207 §2.4): a wrong one always ends the login, a missing one where it was promised."""
        issuer, named = self.server.issuer, parameters.get("iss")
        if issuer is None or named == issuer:
            return None
        if named is None:
            if "error" in parameters or not self.server.iss_promised:
                return None
            return WrongIssuer(f"the answer does not say that it is from {issuer}, as that server promises to")
        return WrongIssuer(
            f"the login was begun with {issuer}, and {clean(named)} answered; nothing was sent to either"
        )


def exchange_request(verified: VerifiedCode, redirect_uri: str) -> HttpRequest:
    """Build the request that turns a code into tokens (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    attempt = verified.attempt
    return code_request(attempt.server, verified.code, attempt.verifier, redirect_uri)


def code_request(server: AuthorizationServer, code: Secret, verifier: Secret, redirect_uri: str) -> HttpRequest:
    """Build the same request for a caller who has compared the state itself; the low-level step of the Go package."""
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
    """Give the parameters of a redirect, or None if they are not encoded as they must be or one is repeated.

    Args:
        query: as it came, still percent-encoded.
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


def refusal_of(parameters: Hidden[str], secrets: tuple[Secret, ...]) -> OAuthError:
    """Give the error that a redirect reports (RFC 6749 §4.1.2.1).

    Args:
        parameters: of the redirect; there is an `error` among them.
        secrets: what no error text may repeat.
    """
    code = clean(without(secrets, parameters["error"]), 100)
    description = clean(without(secrets, parameters.get("error_description")))
    return (AccessDenied if code == "access_denied" else OAuthError)(code, description)


def _with_note(refusal: OAuthError, note: str) -> OAuthError:
    described = f"{refusal.description} ({note})" if refusal.description else note
    return type(refusal)(refusal.code, described, refusal.status)
