"""The single steps of the flows, for callers that run them in their own order, as with the Go package."""

from typing import TYPE_CHECKING

from ...ports.cancellation import Cancellation, RunningLogins
from ...ports.secret import Secret
from ...ports.secrets import StoredFields
from ...ports.timeouts import DEVICE_INTERVAL, LOGOUT_REVOCATION
from ..binding import Binding, binding, is_whole
from ..errors import NoTokensError
from ..oauth.authorization import code_request
from ..oauth.device import Polling
from ..oauth.device_response import DeviceCodeResponse
from ..oauth.token_endpoint import parse_refresh_response, refresh_request
from ..profile import Profile, check_name, save_profile
from ..second_look import pauses_from_now
from ..tokens import StoredTokens, TokenResponse
from .client_ports import OnlinePorts, StoredPorts
from .device_grant import DeviceGrant
from .end_session import EndSession, PastLogin
from .record_login import exchange
from .resolver import Resolver
from .stored_fields import load_fields
from .stored_tokens import tokens_of_one_login

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..account import Account
    from ..oauth.server import AuthorizationServer


class TokenSteps:
    """Single steps of one client. Steps with a request to a server store nothing."""

    def __init__(
        self,
        ports: StoredPorts,
        online: OnlinePorts,
        resolver: Resolver,
        forget: "Callable[[str], object]",
        running: RunningLogins,
    ) -> None:
        """Builds the steps.

        Args:
            ports: the ports of the client.
            online: its ports for requests.
            resolver: finds its accounts.
            forget: removes the tokens of a profile from memory.
            running: the logins that the client can cancel; polling is one.
        """
        self._ports = ports
        self._online = online
        self._resolver = resolver
        self._forget = forget
        self._running = running

    async def request_device_code(self, device_name: str | None) -> DeviceCodeResponse:
        """Requests a device code (RFC 8628 §3.1).

        Args:
            device_name: the label in the user's list of authorised devices; None means this machine's name.

        Raises:
            PromptVMAuthError: the errors of `Resolver.of_client` and `DeviceGrant.issue`.
        """
        grant = self._grant(Cancellation())
        return await grant.issue(await self._server(), device_name or self._online.device_name())

    async def poll_device_token(
        self, device_code: str | Secret, *, interval: float, expires_in: float
    ) -> TokenResponse:
        """Polls until the user has approved or refused (RFC 8628 §3.5).

        Args:
            device_code: the issued device code.
            interval: seconds between two polls; 0 or less means 5.
            expires_in: seconds until the code expires.

        Raises:
            PromptVMAuthError: the errors of `Resolver.of_client` and `DeviceGrant.poll`.
        """
        pause = interval if interval > 0 else DEVICE_INTERVAL
        issued = DeviceCodeResponse(Secret(device_code), "", "", expires_in=expires_in, interval=pause)
        clock = self._ports.clock
        polling = Polling.start(await self._server(), issued, expires_in, clock.now(), clock.monotonic())
        with self._running.add("") as cancellation:
            return await self._grant(cancellation).poll(polling, "")

    async def exchange_code(self, code: str | Secret, verifier: str | Secret, redirect_uri: str) -> TokenResponse:
        """Exchanges a code whose state the caller has checked (RFC 6749 §4.1.3).

        Args:
            code: the authorization code.
            verifier: the PKCE code verifier.
            redirect_uri: the redirect URI of the authorization request.

        Raises:
            PromptVMAuthError: the errors of `Resolver.of_client` and `exchange`.
        """
        secrets = Secret(code), Secret(verifier)
        request = code_request(await self._server(), *secrets, redirect_uri)
        return await exchange(self._online.http, self._ports.clock, request, *secrets)

    async def refresh_token(self, refresh_token: str | Secret) -> TokenResponse:
        """Exchanges a refresh token for new tokens (RFC 6749 §6).

        Raises:
            PromptVMAuthError: the errors of `Resolver.of_client` and `parse_refresh_response`.
        """
        secret = Secret(refresh_token)
        response = await self._online.http.send(refresh_request(await self._server(), secret))
        return parse_refresh_response(response, self._ports.clock.now(), secret)

    async def revoke_tokens(self, tokens: StoredTokens, profile: str | None) -> str:
        """Ends the session of tokens that are not stored; returns why it may live on, or the empty text.

        Args:
            tokens: the tokens.
            profile: the profile of the login, or None.

        Raises:
            PromptVMAuthError: the errors of `Resolver.for_login`.
        """
        account = await self._resolver.for_login(profile)
        login = PastLogin(account._replace(profile=Profile.absent(account.name)), await account.server(), tokens)
        return await EndSession(self._online.http, self._ports.clock).run(login, LOGOUT_REVOCATION)

    async def save_tokens(self, profile: str, tokens: StoredTokens) -> None:
        """Stores the tokens of a profile, bound to its server. A new profile is recorded for the client's own server.

        Raises:
            InvalidProfileName, WrongServer, StoreError, LockTimeout, LockUnavailable: nothing was stored.
            ProfileError: the profile could not be read or written.
        """
        seconds = self._ports.policy.lock_timeout
        await self._unlock(profile)
        async with self._online.lock.hold(profile, timeout=seconds):
            account = await self._with_login(profile)
            login = account.profile
            issued = binding(login.issuer, login.client_id) if login.issuer else {}
            bound = Binding(account.base_url, login.client_id, login.user_id)
            fields = StoredFields(bound.bound(tokens.to_fields() | issued))
            await account.secrets.place(profile, fields)
            if login.is_login:
                await save_profile(self._ports.profiles, login._replace(expires_at=fields.get("expires_at", "")))
        self._forget(profile)

    async def save_api_key(self, profile: str | None, key: str | Secret, *, check: bool) -> str:
        """Stores an API key in a profile and returns the profile's name.

        Raises:
            PromptVMAuthError: the errors of `save_api_key.save_api_key`.
        """
        from .save_api_key import save_api_key

        name = await save_api_key(self._ports, self._online, self._resolver, profile, Secret(key), check=check)
        self._forget(name)
        return name

    async def load_tokens(self, profile: str | None) -> StoredTokens:
        """Returns the stored tokens of a profile.

        Raises:
            NoTokensError: the profile is not signed in.
            StoreError, ProfileError: the tokens could not be read.
        """
        found = await self._resolver.profile(profile)
        secrets = self._resolver.secrets_of(found)
        fields = await load_fields(secrets, found.name)
        looks = pauses_from_now()
        while fields and not is_whole(fields) and (pause := next(looks, None)) is not None:
            await self._ports.clock.sleep(pause)  # another program may be writing it entry by entry
            fields = await secrets.load(found.name)
        if not fields or not fields.get("access_token"):
            raise NoTokensError(found.name)
        return tokens_of_one_login(fields)

    async def delete_tokens(self, profile: str) -> None:
        """Removes the stored tokens of a profile.

        Raises:
            InvalidProfileName, StoreError, LockTimeout, LockUnavailable: tokens may still be stored.
        """
        seconds = self._ports.policy.lock_timeout
        await self._unlock(profile)
        async with self._online.lock.hold(profile, timeout=seconds):
            for secrets in await self._resolver.places_of(profile):
                await secrets.delete(profile)
        self._forget(profile)

    async def _unlock(self, profile: str) -> None:
        for secrets in await self._resolver.places_of(check_name(profile)):
            await secrets.unlock(profile, everywhere=True)

    async def _with_login(self, profile: str) -> "Account":
        """Returns the account of a profile; a new one gets a login at the client's server, which is not saved."""
        account, configured = await self._resolver.stored(profile), self._ports.configuration
        if account.profile.kind:
            return account
        if configured.issuer is not None:
            login = Profile.of_standard_login(profile, configured.issuer, configured.client_id or "")
        else:
            login = Profile.of_promptvm_login(profile, account.base_url)
        return account._replace(profile=login)

    def _grant(self, cancellation: Cancellation) -> DeviceGrant:
        online = self._online
        return DeviceGrant(online.http, self._ports.clock, online.emit, cancellation)

    async def _server(self) -> "AuthorizationServer":
        return await (await self._resolver.of_client()).server()
