"""A login on this machine: chooses the flow, runs it, and runs another flow if the first one cannot start."""

from typing import TYPE_CHECKING

from ...ports.cancellation import Cancellation
from ...ports.events import LoginPlanned, ProblemNoticed
from ..account import Account
from ..errors import BrowserError, ListenerError, NothingToShowCode, OAuthError
from ..oauth.server import AuthorizationServer
from ..plan import AUTO, BROWSER, DEVICE, PASTE, Plan, plan_login
from .browser_login import BrowserLogin
from .client_ports import LoginPorts, OnlinePorts, StoredPorts
from .device_grant import DeviceGrant
from .device_login import DeviceLogin
from .login_end import failed
from .login_page import Presentation
from .login_request import LoginRequest
from .login_result import LoginResult
from .record_login import Login, LoginRecorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...ports.callback import CallbackPort

_OTHER_MACHINE = "your browser seems to be on another machine"
_NO_OPEN = "you chose to open it yourself"

_CONTINUING = {
    DEVICE: "continuing with a code for any device",
    PASTE: "continuing with a page whose address you paste here",
}


def offered_flows(server: AuthorizationServer) -> tuple[str, ...]:
    """Returns the flows for which a server has endpoints."""
    browser = (BROWSER, PASTE) if server.authorization_endpoint and server.token_endpoint else ()
    device = (DEVICE,) if server.device_authorization_endpoint and server.device_token_endpoint else ()
    return browser + device


class LoginFlow:
    """Logs in to one account on this machine."""

    def __init__(
        self,
        stored: StoredPorts,
        online: OnlinePorts,
        ports: LoginPorts,
        account: Account,
        forget: "Callable[[str], object]",
    ) -> None:
        """Builds the flow.

        Args:
            stored: the ports of the client.
            online: its ports for requests.
            ports: its ports for a login.
            account: the account to log in to.
            forget: removes the tokens of a profile from memory.
        """
        self._clock = stored.clock
        self._recorder = LoginRecorder.of_ports(stored, online, forget)
        self._online = online
        self._ports = ports
        self._account = account

    async def run(self, request: LoginRequest) -> LoginResult:
        """Chooses a flow and runs it; if a flow that `auto` chose cannot start, runs another one, once.

        Args:
            request: the options of the login.

        Raises:
            ConfigurationError, EndpointUnknown: no flow can be run; the message names those that the server offers.
            NothingToShowCode: the flow has a code or a URL to show, but there is no terminal and no listener.
            StoreError: the store for the tokens is locked or cannot be used; this is noticed before the login begins.
            LockTimeout, LockUnavailable: the lock could not be taken; this is noticed before the login begins.
            PromptVMAuthError: the errors of `BrowserLogin.run` and `DeviceLogin.run`.
        """
        try:
            result = await self._choose_and_run(request)
        except BaseException as error:
            self._online.emit(failed(self._account.name, error))
            raise
        await self._recorder.after.run(result.profile)
        return result

    async def _choose_and_run(self, request: LoginRequest) -> LoginResult:
        ports, name = self._ports, self._account.name
        await self._account.secrets.unlock(name, everywhere=True)
        await self._recorder.rehearse(self._account)
        server = request.of(await self._account.server())
        remembered = "" if request.remember else await ports.flows.load(name)
        plan = plan_login(request.flow, ports.look_around(remembered), offered_flows(server))
        self._online.emit(self._told(plan, request, server.product))
        try:
            result = await self._run(plan, server, request)
        except (BrowserError, ListenerError, OAuthError) as error:
            instead = plan.instead(error)
            if instead is None or not ports.has_audience:
                raise
        else:
            if request.remember:
                await self._remember("" if request.flow == AUTO else request.flow)
            return result
        self._online.emit(ProblemNoticed(name, f"{instead.reason}; {_CONTINUING[instead.flow]}"))
        return await self._run(instead, server, request)

    def _told(self, plan: Plan, request: LoginRequest, product: str) -> LoginPlanned:
        """Returns the event for a plan."""
        opens = plan.opens and request.open_browser and plan.flow == BROWSER
        name, profile = self._account.name, self._account.profile
        replaces = profile.user if profile.is_login and profile.signed_in else ""  # asks no keychain
        return LoginPlanned(
            name, plan.flow, plan.reason, plan.place, plan.chosen, opens, plan.offers, replaces, product
        )

    async def _run(self, plan: Plan, server: AuthorizationServer, request: LoginRequest) -> LoginResult:
        online, ports, clock = self._online, self._ports, self._clock
        opens = plan.opens and request.open_browser
        if not (ports.has_audience or (plan.flow == BROWSER and opens)):
            raise NothingToShowCode(
                f"a {plan.flow} login must show something to the user: pass on_event, or run where stderr is a terminal"
            )
        cancellation = request.cancellation or Cancellation()
        cancellation.check()
        login = Login(self._account, server, plan.flow)
        device_name = request.device_name or online.device_name()
        if plan.flow == DEVICE:
            grant = DeviceGrant(online.http, clock, online.emit, cancellation)
            return await DeviceLogin(grant, clock, online.emit, self._recorder).run(login, request, device_name)
        can_paste = plan.flow == PASTE or ports.can_paste
        browser_login = BrowserLogin(
            online.http,
            clock,
            online.entropy,
            ports.browser,
            self._with_paste(alone=plan.flow == PASTE) if can_paste else ports.callback,
            online.emit,
            self._recorder,
            ports.callback_ports,
        )
        reason = "" if opens else _NO_OPEN if plan.opens else _OTHER_MACHINE
        replaceable = opens and ports.has_audience and plan.instead(BrowserError()) is not None
        invites = can_paste and plan.invites_paste
        presentation = Presentation(reason, invites, ports.has_audience, replaceable, cancellation)
        return await browser_login.run(login, request, presentation, device_name)

    def _with_paste(self, *, alone: bool) -> "CallbackPort":
        def refuse(problem: str) -> None:
            self._online.emit(ProblemNoticed(self._account.name, problem))

        return self._ports.pasting(refuse, alone)

    async def _remember(self, flow: str) -> None:
        try:
            await self._ports.flows.save(self._account.name, flow)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problem = f"the choice of the login flow could not be remembered: {reason}"
            self._online.emit(ProblemNoticed(self._account.name, problem))
