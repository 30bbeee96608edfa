"""The device flow, in order: ask for a code, show it, poll until it is decided, record the login (RFC 8628)."""

from attrs import frozen

from ...ports.clock import Clock
from ...ports.events import DeviceCodeIssued, Listener, Waiting
from ..oauth.device import Polling
from .device_grant import DeviceGrant
from .login_request import LoginRequest
from .record_login import Login, LoginRecorder, LoginResult


@frozen
class DeviceLogin:
    """One login that the user approves on any device."""

    grant: DeviceGrant
    clock: Clock
    emit: Listener
    recorder: LoginRecorder

    async def run(self, login: Login, request: LoginRequest, device_name: str) -> LoginResult:
        """Logs in and records the login.

        Args:
            login: where it is made and for which profile.
            request: for how long the user is waited for, at most as long as the code is valid.
            device_name: shown in the user's list of authorised devices.

        Raises:
            OAuthError: refused: `AccessDenied`, `DeviceCodeExpired`, or an error that ends the login.
            TransportError: the server was not reached for the code, or its approval was cut short.
            InvalidResponse: an answer cannot be used.
            PromptVMAuthError: the login could not be recorded; see `LoginRecorder.record`.
        """
        name = login.account.name
        issued = await self.grant.issue(login.server, device_name)
        seconds = min(request.timeout, issued.expires_in)
        polling = Polling.start(login.server, issued, seconds, self.clock.now(), self.clock.monotonic())
        self.emit(
            DeviceCodeIssued(
                name,
                issued.user_code,
                issued.verification_uri,
                issued.verification_uri_complete,
                issued.openable,
                seconds,
            )
        )
        self.emit(Waiting(name, seconds))
        return await self.recorder.record(login, await self.grant.poll(polling, name))
