"""The single steps of the flows, blocking: for callers who sequence them on their own, as the Go package lets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.use_cases.run_blocking import run_blocking
from ..ports.timeouts import DEVICE_CODE_LIFETIME, DEVICE_INTERVAL
from .base import BaseClient

if TYPE_CHECKING:
    from ..domain.oauth.device_response import DeviceCodeResponse
    from ..domain.oauth.server import AuthorizationServer
    from ..domain.tokens import StoredTokens, TokenResponse
    from ..ports.secret import Secret


class BlockingSteps(BaseClient):
    """What `OAuthClient` offers beside whole logins; the steps of the flows store nothing."""

    def discover(self, issuer: str | None = None) -> AuthorizationServer:
        """Ask a standard server where its endpoints are (RFC 8414, OpenID Connect Discovery).

        Nobody needs to call this: a client with an `issuer` does so by itself. It serves to see what a server offers,
        and to change it with `attrs.evolve` for a server that leaves an endpoint out, to be passed as `server`.

        Args:
            issuer: its issuer identifier; None means the client's own.

        Returns:
            The server, with this client's identifier, secret and scope.

        Raises:
            InvalidUrl: it can be no issuer.
            InvalidMetadata: what the server says of itself must not be used; see `InvalidMetadata`.
            TransportError, ServerUnavailable: it was not reached.
            ConfigurationError: there is no issuer, or no client id.
        """
        return run_blocking(self._client.discover(issuer))

    def request_device_code(self, *, device_name: str | None = None) -> DeviceCodeResponse:
        """Ask for a device code (RFC 8628 §3.1): a single step of the device flow, which `login` runs whole.

        Args:
            device_name: shown in the person's list of authorised devices.

        Raises:
            OAuthError, InvalidResponse, TransportError: there is none.
        """
        return run_blocking(self._client.request_device_code(device_name))

    def poll_device_token(
        self, device_code: str | Secret, *, interval: float = DEVICE_INTERVAL, expires_in: float = DEVICE_CODE_LIFETIME
    ) -> TokenResponse:
        """Poll until the person has decided (RFC 8628 §3.4, §3.5); stores nothing.

        Args:
            device_code: from `request_device_code`.
            interval: seconds between polls; not positive means 5.
            expires_in: seconds until the code is void.

        Raises:
            AccessDenied, DeviceCodeExpired: the person refused or took too long.
            OAuthError, InvalidResponse, TransportError: the login ended otherwise.
        """
        return run_blocking(self._client.poll_device_token(device_code, interval=interval, expires_in=expires_in))

    def exchange_code(self, code: str | Secret, verifier: str | Secret, redirect_uri: str) -> TokenResponse:
        """Exchange an authorization code (RFC 6749 §4.1.3); the caller has compared the state; stores nothing.

        Args:
            code: from the redirect.
            verifier: whose challenge was sent (RFC 7636 §4.5).
            redirect_uri: exactly the one that was sent.

        Raises:
            OAuthError, InvalidResponse, TransportError: there are no tokens; the code must not be sent again.
        """
        return run_blocking(self._client.exchange_code(code, verifier, redirect_uri))

    def refresh_token(self, refresh_token: str | Secret) -> TokenResponse:
        """Exchange a refresh token (RFC 6749 §6); stores nothing, see `refresh`.

        Raises:
            RefreshRejected: it is dead.
            OAuthError, InvalidResponse, TransportError: there are no tokens.
        """
        return run_blocking(self._client.refresh_token(refresh_token))

    def save_tokens(self, profile: str, tokens: StoredTokens) -> None:
        """Store the tokens of a profile.

        Raises:
            InvalidProfileName: the name is none.
            StoreError, LockTimeout, LockUnavailable: they were not stored.
        """
        run_blocking(self._client.save_tokens(profile, tokens))

    def load_tokens(self, profile: str | None = None) -> StoredTokens:
        """Give the stored tokens of a profile, fresh or not.

        Raises:
            NoTokensError: there are none.
            StoreError: the store could not answer.
        """
        return run_blocking(self._client.load_tokens(profile))

    def delete_tokens(self, profile: str) -> None:
        """Remove the stored tokens of a profile; deleting what is not there is no error.

        Raises:
            InvalidProfileName: the name is none.
            StoreError, LockTimeout, LockUnavailable: they may still be there.
        """
        run_blocking(self._client.delete_tokens(profile))
