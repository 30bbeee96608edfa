"""Using tokens, blocking: access tokens, the status of a profile, and the profiles on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..domain.use_cases.run_blocking import as_coroutine, run_blocking
from .base import BaseClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..composition.authenticators import AzureCredential
    from ..domain.use_cases.logout import LogoutResult
    from ..domain.use_cases.profiles import ProfileSummary
    from ..domain.use_cases.status import Status
    from ..domain.use_cases.token_details import TokenDetails

T = TypeVar("T")


class BlockingTokens(BaseClient):
    """The methods of `OAuthClient` that use a login, and that show and change the profiles."""

    def access_token(self, profile: str | None = None) -> str:
        """Returns an access token that has not expired, renewed if necessary (RFC 6749 §6).

        Args:
            profile: the profile's name; None means the API key in the environment, else the active profile.

        Returns:
            The access token, or the key of an API-key profile.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            NoTokensError: the user is not signed in to this profile.
            NoRefreshToken: the token has expired and there is no refresh token. Call `login`.
            RefreshRejected: the server rejected the refresh token. Call `login`.
            ServerUnavailable: the token has expired and the server is overloaded or broken; a later call may succeed.
            TransportError: the token has expired and the server could not be reached; a later call may succeed.
            OAuthError: the token has expired and the server refused for another reason.
            InvalidResponse: the server's answer is invalid.
            TokensNotSaved: the renewed tokens could not be stored; the error contains them.
            StoreError: the store cannot be read.
            LockTimeout: another process did not release the lock of this login in time.
            LockUnavailable: the file system cannot lock.
            WrongServer: the login belongs to another server than the configured one. Nothing was sent.
            IncompleteKeyPair: the environment has a public key or a secret key, but not both.
            ProfileError: the profile cannot be read.
        """
        return run_blocking(self._client.access_token(profile))

    def token_details(self, profile: str | None = None, *, least: float = 0.0) -> TokenDetails:
        """Returns an access token with what another program needs to use it: its expiry, the server, the headers.

        Args:
            profile: the profile's name; None means the API key in the environment, else the active profile.
            least: seconds for which the token should be valid. If fewer are left, it is renewed first; if it cannot be
                renewed now and has not expired, it is returned as it is.

        Returns:
            The token and its details. They are a snapshot: fetch new ones instead of keeping them.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            PromptVMAuthError: there is no token; the errors of `access_token`.
        """
        return run_blocking(self._client.token_details(profile, least))

    def refresh(self, profile: str | None = None) -> str:
        """Renews a profile's access token now, even if it has not expired (RFC 6749 §6).

        Args:
            profile: the profile's name; None means the active profile.

        Returns:
            The new access token.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            NoTokensError: the user is not signed in to this profile.
            NoRefreshToken: there is no refresh token. Call `login`.
            RefreshRejected: the server rejected the refresh token. Call `login`.
            ServerUnavailable: the server is overloaded or broken; a later call may succeed.
            TransportError: the server could not be reached; a later call may succeed.
            OAuthError: the server refused for another reason.
            InvalidResponse: the server's answer is invalid.
            TokensNotSaved: the renewed tokens could not be stored; the error contains them.
            StoreError: the store cannot be read.
            LockTimeout: another process did not release the lock of this login in time.
            LockUnavailable: the file system cannot lock.
            WrongServer: the login belongs to another server than the configured one. Nothing was sent.
            ProfileError: the profile cannot be read.
        """
        return run_blocking(self._client.refresh(profile))

    def with_auto_refresh(self, fn: Callable[[str], T], profile: str | None = None) -> T:
        """Calls `fn` with an access token. If the server refuses the token, renews it and calls `fn` once more.

        `is_unauthorized_error` decides which exceptions of `fn` mean a refused token (RFC 6750 §3.1).

        Args:
            fn: the function to call; its argument is the access token.
            profile: the profile's name; None means the API key in the environment, else the active profile.

        Returns:
            What `fn` returns.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            PromptVMAuthError: there is no access token, or it could not be renewed; `access_token` lists the reasons.
            Exception: what `fn` raised, unless the second call succeeded.
        """
        return run_blocking(self._client.with_auto_refresh(profile, as_coroutine(fn)))

    def token_provider(self, profile: str | None = None) -> Callable[[], str]:
        """Returns a function for SDKs that accept a callable in place of an API key.

        Args:
            profile: the profile's name; None means the API key in the environment, else the active profile.

        Returns:
            A function without arguments. It returns a valid access token and raises what `access_token` raises.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
        """
        return self._authenticators.token_provider(self._client.named(profile))

    def azure_credential(self, profile: str | None = None) -> AzureCredential:
        """Returns a credential for SDKs that accept one of Azure's.

        Args:
            profile: the profile's name; None means the API key in the environment, else the active profile.

        Returns:
            An object with the methods of Azure's `TokenCredential`. They raise what `access_token` raises.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
        """
        return self._authenticators.azure_credential(self._client.named(profile))

    def status(self, profile: str | None = None, *, check: bool = False) -> Status:
        """Returns the state of a profile's login. The result contains no secret.

        Args:
            profile: the profile's name; None means the API key in the environment, else the active profile.
            check: True also sends the token to the server, which says whether it is valid. An expired token is renewed
                first.

        Returns:
            The state, the user, the expiry, and which store has the tokens.

        Raises:
            ProfileRequired: `profile` is None and the client has no default profile.
            InvalidProfileName: `profile` is not a valid name.
            StoreError: the store cannot be read, so it is not known whether the user is signed in.
            TokensNotSaved: the check renewed the tokens, and they could not be stored; the error contains them.
            WrongServer: the login belongs to another server than the configured one. Nothing was sent.
            IncompleteKeyPair: the environment has a public key or a secret key, but not both.
            ProfileError: the profile cannot be read.
        """
        return run_blocking(self._client.status(profile, check=check))

    def list_profiles(self) -> tuple[ProfileSummary, ...]:
        """Lists the profiles on this machine.

        Returns:
            All profiles, sorted by name. The `problem` of a profile that cannot be read says why.

        Raises:
            ProfileError: the configuration or its directory cannot be read.
        """
        return run_blocking(self._client.list_profiles())

    def use_profile(self, name: str) -> None:
        """Makes a profile the active one: the profile of every call that names none.

        Args:
            name: the profile's name.

        Raises:
            InvalidProfileName: `name` is not a valid name.
            UnknownProfile: there is no such profile.
            ProfileError: the profile cannot be read, or the configuration cannot be written.
        """
        run_blocking(self._client.use_profile(name))

    def remove_profile(self, name: str, *, revoke: bool = True) -> LogoutResult:
        """Removes a profile and its tokens from this machine, then ends its session at the server if possible.

        Unlike `logout`, it also removes the user's e-mail address and id, which the profile has.

        Args:
            name: the profile's name.
            revoke: False leaves the session at the server as it is.

        Returns:
            What was removed and whether the session was ended, with the reason if it was not.

        Raises:
            InvalidProfileName: `name` is not a valid name.
            StoreError: the tokens may still be in the store; the profile was not removed.
            LockTimeout: another process did not release the lock of this login in time. Nothing was removed.
            LockUnavailable: the file system cannot lock. Nothing was removed.
            ProfileError: the profile cannot be removed.
        """
        return run_blocking(self._client.remove_profile(name, revoke=revoke))
