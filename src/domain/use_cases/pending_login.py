"""A login between its two calls, for front ends that receive the redirect themselves (RFC 6749 §4.1)."""

import json
from math import isfinite
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

from ...ports.hidden import Hidden
from ...ports.secret import Secret
from ...ports.timeouts import PENDING_LOGIN_AGE
from ..errors import CallbackRejected, ConfigurationError, LoginTimeout
from ..oauth.authorization import Answer, Attempt
from ..oauth.redirect_uri import check_redirect_uri
from ..oauth.response import json_object
from ..oauth.server import AuthorizationServer
from ..profile import check_name

_TEXTS = ("profile", "base_url", "redirect_uri", "authorize_url", "state", "verifier")
_INVALID = "this is not a pending login that was exported by to_json"


@frozen
class PendingLogin:
    """A login that was begun and not yet finished. Store it in the session of this user only, and use it once.

    Attributes:
        profile: the name of the profile whose tokens the login will store.
        base_url: the URL of the API, or the issuer; the code is sent to this server only.
        redirect_uri: the URL that the browser returns to, compared exactly (RFC 8252 §8.10).
        authorize_url: the URL to send the user's browser to.
        state: the `state` that the redirect must have (RFC 6749 §10.12).
        verifier: the code verifier (RFC 7636 §4.1).
        begun_at: when the login was begun, in seconds since 1970-01-01 UTC.
    """

    profile: str
    base_url: str
    redirect_uri: str
    authorize_url: str = field(repr=False)
    state: Secret
    verifier: Secret
    begun_at: float

    @classmethod
    def begin(cls, attempt: Attempt, profile: str, redirect_uri: str, device_name: str, now: float) -> "PendingLogin":
        """Begins a login.

        Args:
            attempt: the server, the state and the code verifier of this login.
            profile: the name of the profile that the login is for.
            redirect_uri: the URL that the browser returns to.
            device_name: the name of the login in the user's list of authorised devices.
            now: the wall clock, in seconds since 1970-01-01 UTC.

        Returns:
            The begun login.

        Raises:
            InvalidUrl: the redirect URI is neither https nor http on loopback.
            ConfigurationError: the redirect URI has a query or a fragment, or PromptVM's server would refuse it.
            EndpointUnknown: the server has no login page.
        """
        check_redirect_uri(redirect_uri, attempt.server)
        return cls(
            profile,
            attempt.server.base_url,
            redirect_uri,
            attempt.authorize_url(redirect_uri, device_name).reveal(),
            attempt.state,
            attempt.verifier,
            now,
        )

    def answer(self, callback_url: str | Secret, server: AuthorizationServer, now: float) -> Answer:
        """Checks the URL that the browser returned to.

        Args:
            callback_url: the whole URL that the browser requested.
            server: the server of the client that finishes the login.
            now: the wall clock, in seconds since 1970-01-01 UTC.

        Returns:
            The code of the redirect, or the error that the redirect reports.

        Raises:
            LoginTimeout: the login was begun more than 600 seconds ago.
            CallbackRejected: the URL does not belong to this login, or the server is another one.
        """
        callback_url = Secret(callback_url)
        if not 0 <= now - self.begun_at <= PENDING_LOGIN_AGE:
            raise LoginTimeout("the login was begun too long ago; begin a new one")
        if server.base_url != self.base_url:
            raise CallbackRejected(f"the login was begun with {self.base_url}, not with {server.base_url}")
        if callback_url.reveal().partition("?")[0] != self.redirect_uri:
            raise CallbackRejected("the callback URL is not the redirect URI of this login")
        answer = Attempt(server, self.state, self.verifier).accept(urlsplit(callback_url.reveal()).query)
        if answer is None:
            raise CallbackRejected("the callback does not belong to this login: its state or its code is wrong")
        return answer

    def asked_scope(self) -> str:
        """Returns the scopes that the authorize URL requests, separated by spaces; empty if it requests none."""
        query = urlsplit(self.authorize_url).query
        return next((value for name, value in parse_qsl(query) if name == "scope"), "")

    def to_json(self) -> str:
        """Returns it as JSON, with its secrets. Store it in this user's session only, for at most 600 seconds."""
        exported: dict[str, object] = {
            "profile": self.profile,
            "base_url": self.base_url,
            "redirect_uri": self.redirect_uri,
            "authorize_url": self.authorize_url,
            "state": self.state.reveal(),
            "verifier": self.verifier.reveal(),
            "begun_at": self.begun_at,
        }
        return json.dumps(exported)

    @classmethod
    def from_json(cls, text: str) -> "PendingLogin":
        """Returns the login that `to_json` exported.

        Args:
            text: what `to_json` returned.

        Raises:
            InvalidProfileName: the name of its profile is not a valid name.
            ConfigurationError: the text is anything else.
        """
        members = json_object(Secret(text).reveal().encode("utf-8", "replace")) or Hidden[object]()
        del text
        begun_at, profile = members.get("begun_at"), members.get("profile")
        if not all(isinstance(members.get(name), str) and members[name] for name in _TEXTS):
            raise ConfigurationError(_INVALID)
        if isinstance(begun_at, bool) or not isinstance(begun_at, int | float) or not isfinite(begun_at):
            raise ConfigurationError(_INVALID)
        texts = Hidden[str]((name, str(members[name])) for name in _TEXTS)
        return cls(
            check_name(str(profile)),
            texts["base_url"],
            texts["redirect_uri"],
            texts["authorize_url"],
            Secret(texts["state"]),
            Secret(texts["verifier"]),
            float(begun_at),
        )
