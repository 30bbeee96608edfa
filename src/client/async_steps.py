"""The single steps of a login, for asyncio, for programs that run them in an order of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ports.timeouts import DEVICE_CODE_LIFETIME, DEVICE_INTERVAL
from .base import BaseClient

if TYPE_CHECKING:
    from ..domain.oauth.device_response import DeviceCodeResponse
    from ..domain.oauth.server import AuthorizationServer
    from ..domain.tokens import StoredTokens, TokenResponse
    from ..ports.secret import Secret


class AsyncSteps(BaseClient):
    """The methods of `AsyncOAuthClient` that run one step. Those that send a request store nothing."""

    async def discover(self, issuer: str | None = None) -> AuthorizationServer:
        """Requests a standard server's metadata, which names its endpoints (RFC 8414 §3, OpenID Connect Discovery §4).

        A client with an `issuer` does this by itself. Call it to see what a server offers. If the server leaves an
        endpoint out, change the result with `attrs.evolve` and pass it to a new client as `server`.

        Args:
            issuer: the server's issuer identifier; None means the client's own.

        Returns:
            The server, with this client's identifier, secret and scope.

        Raises:
            InvalidUrl: `issuer` is not a valid issuer identifier.
            InvalidMetadata: the server's metadata is missing or must not be used (RFC 8414 §3.3).
            ServerUnavailable: the server is overloaded or broken; a later call may succeed.
            TransportError: the server could not be reached.
            ConfigurationError: there is no issuer or no client id.
        """
        return await self._client.discover(issuer)

    async def request_device_code(self, *, device_name: str | None = None) -> DeviceCodeResponse:
        """Requests a device code (RFC 8628 §3.1): the first step of the device flow.

        Args:
            device_name: the name of this login in the user's list of authorised devices; None means this machine's.

        Returns:
            The device code, and the code and URL that the user needs.

        Raises:
            EndpointUnknown: the server does not offer the device flow.
            ServerUnavailable: the server is overloaded or broken; a later call may succeed.
            OAuthError: the server refused for another reason.
            InvalidResponse: the server's answer is invalid.
            TransportError: the server could not be reached.
        """
        return await self._client.steps.request_device_code(device_name)

    async def poll_device_token(
        self, device_code: str | Secret, *, interval: float = DEVICE_INTERVAL, expires_in: float = DEVICE_CODE_LIFETIME
    ) -> TokenResponse:
        """Polls the server until the user has approved or refused (RFC 8628 §3.4, §3.5): the device flow's last step.

        Args:
            device_code: the device code of `request_device_code`.
            interval: seconds between two polls; 0 or less means 5.
            expires_in: seconds until the code expires.

        Returns:
            The tokens. They are not stored.

        Raises:
            AccessDenied: the user refused.
            DeviceCodeExpired: the code expired before the user approved it.
            EndpointUnknown: the server does not offer the device flow.
            OAuthError: the server refused for another reason.
            InvalidResponse: the server's answer is invalid.
            TransportError: the answer that approved the login was incomplete.
        """
        return await self._client.steps.poll_device_token(device_code, interval=interval, expires_in=expires_in)

    async def exchange_code(self, code: str | Secret, verifier: str | Secret, redirect_uri: str) -> TokenResponse:
        """Exchanges an authorization code for tokens (RFC 6749 §4.1.3). Compare the `state` before you call this.

        Args:
            code: the `code` of the redirect.
            verifier: the code verifier whose challenge was sent (RFC 7636 §4.5).
            redirect_uri: exactly the redirect URI that was sent.

        Returns:
            The tokens. They are not stored.

        Raises:
            ServerUnavailable: the server is overloaded or broken. Do not send the code again.
            OAuthError: the server refused. Do not send the code again.
            InvalidResponse: the server's answer is invalid. Do not send the code again.
            TransportError: the server could not be reached. Do not send the code again.
        """
        return await self._client.steps.exchange_code(code, verifier, redirect_uri)

    async def refresh_token(self, refresh_token: str | Secret) -> TokenResponse:
        """Exchanges a refresh token for new tokens (RFC 6749 §6). To renew what a profile has stored, call `refresh`.

        Args:
            refresh_token: the refresh token. Many servers accept each one only once.

        Returns:
            The tokens. They are not stored.

        Raises:
            RefreshRejected: the server rejected the refresh token. Call `login`.
            ServerUnavailable: the server is overloaded or broken; a later call may succeed.
            OAuthError: the server refused for another reason.
            InvalidResponse: the server's answer is invalid.
            TransportError: the server could not be reached.
        """
        return await self._client.steps.refresh_token(refresh_token)

    async def revoke_tokens(self, tokens: StoredTokens, profile: str | None = None) -> str:
        """Ends the session of tokens that are not stored, such as those of `TokensNotSaved` after a login.

        Args:
            tokens: the tokens.
            profile: the profile of the login, which says at which server; None means the client's default profile.

        Returns:
            Why the session may live on, in half a sentence; empty if it has ended.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            ProfileError: the profile cannot be read.
            ConfigurationError: the profile belongs to another kind of server than the client.
            TransportError, InvalidMetadata: the standard server was not discovered.
        """
        return await self._client.steps.revoke_tokens(tokens, profile)

    async def save_tokens(self, profile: str, tokens: StoredTokens) -> None:
        """Stores the tokens of a profile in place of those that it has.

        Args:
            profile: the profile's name.
            tokens: the tokens to store.

        Raises:
            InvalidProfileName: `profile` is not a valid name.
            StoreError: the tokens were not stored.
            LockTimeout: another process did not release the lock of this login in time. Nothing was stored.
            LockUnavailable: the file system cannot lock. Nothing was stored.
            ProfileError: the profile cannot be read or written.
        """
        await self._client.steps.save_tokens(profile, tokens)

    async def save_api_key(self, profile: str | None, key: str | Secret, *, check: bool = False) -> str:
        """Stores an API key of PromptVM in a profile, which becomes the active one, as with the tool `promptvm`.

        Read the key from a file, a pipe or a secret manager, not from the arguments of a process, which others see.

        Args:
            profile: the profile's name; None means the active profile, or `default` if none is active.
            key: a key pair as `pk_…:sk_…`, or an API key that is sent as a bearer token.
            check: whether the server is asked first if it accepts the key; otherwise the key is not sent anywhere now.

        Returns:
            The profile's name. `access_token` and `auth` use the key from now on.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            ConfigurationError: `key` is no API key, or the server does not accept it, or the profile is signed in (log
                out first), or belongs to another server than PromptVM.
            TransportError: the key was to be checked, and the server was not reached. Nothing was stored.
            ServerUnavailable: the key was to be checked, and the server could not do so now. Nothing was stored.
            StoreError: it is not known whether the profile is signed in. Nothing was stored.
            LockTimeout: another process did not release the lock of this profile in time. Nothing was stored.
            LockUnavailable: the file system cannot lock. Nothing was stored.
            ProfileError: the profile cannot be read or written.
        """
        return await self._client.steps.save_api_key(profile, key, check=check)

    async def load_tokens(self, profile: str | None = None) -> StoredTokens:
        """Returns the stored tokens of a profile, even if they have expired.

        Args:
            profile: the profile's name; None means the active profile.

        Returns:
            The tokens. They are not renewed.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            NoTokensError: the user is not signed in to this profile.
            StoreError: the store cannot be read.
            ProfileError: the profile cannot be read.
        """
        return await self._client.steps.load_tokens(profile)

    async def delete_tokens(self, profile: str) -> None:
        """Removes the stored tokens of a profile. If there are none, it does nothing.

        Args:
            profile: the profile's name.

        Raises:
            InvalidProfileName: `profile` is not a valid name.
            StoreError: the tokens may still be in the store.
            LockTimeout: another process did not release the lock of this login in time. Nothing was removed.
            LockUnavailable: the file system cannot lock. Nothing was removed.
        """
        await self._client.steps.delete_tokens(profile)
