"""The device flow: request a code, show it, poll until the user decides, record the login (RFC 8628)."""

from functools import partial

from attrs import frozen

from ...ports.clock import Clock
from ...ports.events import DeviceCodeIssued, Listener, Waiting
from ..errors import ConfigurationError
from ..oauth.device import Polling
from ..oauth.device_response import DeviceCodeResponse
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
            request: the options of the login; its timeout, if it has one, shortens the wait for the user, which else
                lasts for the code's lifetime.
            device_name: the label in the user's list of authorised devices.

        Raises:
            LoginCancelled: the login was cancelled.
            OAuthError: the login was refused: `AccessDenied`, `DeviceCodeExpired`, or another error of the server.
            TransportError: no code could be requested, the time was over while the server could not be asked, or the
                response with the tokens was incomplete.
            ConfigurationError: the timeout is shorter than the time before the first poll.
            InvalidResponse: a response cannot be used.
            PromptVMAuthError: the errors of `LoginRecorder.record`.
        """
        name = login.account.name
        issued = await self.grant.issue(login.server, device_name)
        seconds = _wait(request.timeout, issued)
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


def _wait(timeout: float | None, issued: DeviceCodeResponse) -> float:
    """Returns the seconds for which the user is waited for."""
    if timeout is None:
        return issued.expires_in
    if timeout <= issued.interval:
        raise ConfigurationError(
            f"a time-out of {timeout:g} s is too short: the server may be asked for the first time "
            f"{issued.interval:g} s after it has given the code"
        )
    return min(timeout, issued.expires_in)
