"""The device flow: request a code, show it, poll until the user decides, record the login (RFC 8628)."""

from functools import partial

from attrs import frozen

from ...ports.clock import Clock
from ...ports.events import DeviceCodeIssued, Listener, Waiting
from ..oauth.device import Polling
from .device_grant import DeviceGrant
from .login_request import LoginRequest
from .login_result import LoginResult
from .record_login import Login, LoginRecorder


@frozen
class DeviceLogin:
    """Logins that the user approves on any device."""

    grant: DeviceGrant
    clock: Clock
    emit: Listener
    recorder: LoginRecorder

    async def run(self, login: Login, request: LoginRequest, device_name: str) -> LoginResult:
        """Logs in and records the login.

        Args:
            login: the account and the server.
            request: the options of the login; its timeout limits the wait for the user within the code's lifetime.
            device_name: the label in the user's list of authorised devices.

        Raises:
            OAuthError: the login was refused: `AccessDenied`, `DeviceCodeExpired`, or another error of the server.
            TransportError: no code could be requested, or the response with the tokens was incomplete.
            InvalidResponse: a response cannot be used.
            PromptVMAuthError: the errors of `LoginRecorder.record`.
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
        return await self._poll(login, polling)

    async def _poll(self, login: Login, polling: Polling) -> LoginResult:
        """Polls until the user has decided. Each poll is finished, with the save of what it grants; pauses are not."""
        name = login.account.name

        async def ask(current: Polling) -> Polling | LoginResult:
            result = await self.grant.ask(current, name)
            return result if isinstance(result, Polling) else await self.recorder.record(login, result)

        while True:
            await self.grant.pause(polling)
            outcome = await self.recorder.finish(name, partial(ask, polling))
            if isinstance(outcome, LoginResult):
                return outcome
            polling = outcome
