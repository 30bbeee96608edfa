"""One login: which flow, how its page reaches the person, and the other flow where the first one cannot start."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from ..adapters.system.environment import surroundings
from ..adapters.system.terminal import is_terminal
from ..domain.errors import ListenerError, NothingToShowCode
from ..domain.plan import AUTO, DEVICE, PASTE, Plan, plan_login
from ..domain.use_cases.browser_login import BrowserLogin, Showing
from ..domain.use_cases.device_login import DeviceLogin
from ..domain.use_cases.record_login import Keeper, Login
from ..ports.events import ProblemNoticed

if TYPE_CHECKING:
    from ..domain.oauth.server import AuthorizationServer
    from ..domain.use_cases.record_login import LoginResult
    from ..ports.callback import CallbackPort
    from .wiring import Wiring

_ELSEWHERE = "your browser is on another machine, as far as can be seen from here"


class LoginChoice(NamedTuple):
    """A login to one server and profile."""

    ports: Wiring
    keeper: Keeper
    server: AuthorizationServer
    profile: str

    async def do(
        self, flow: str, *, timeout: float, device_name: str, open_browser: bool, remember: bool
    ) -> LoginResult:
        """Choose a flow and run it; where its listener cannot be opened, tell so and run the device flow, once."""
        ports = self.ports
        here = surroundings(
            ports.configuration.environ,
            ports=ports.given.callback_ports,
            remembered="" if remember else await ports.recall_flow(self.profile),
        )
        plan = plan_login(flow, here)

        async def run(plan: Plan) -> LoginResult:
            return await self._use_case(plan).do(
                self.server, self.profile, plan, device_name=device_name, timeout=timeout, open_browser=open_browser
            )

        try:
            result = await run(plan)
        except ListenerError as error:
            instead = plan.instead(error, here)
            if instead is None or not ports.has_audience:
                raise
        else:
            if remember:
                await self._remember("" if flow == AUTO else flow)
            return result
        ports.emit(ProblemNoticed(self.profile, f"{instead.reason}; going on with a code for any device"))
        return await run(instead)

    async def _remember(self, flow: str) -> None:
        try:
            await self.ports.remember_flow(self.profile, flow)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.ports.emit(ProblemNoticed(self.profile, f"the way to log in could not be remembered: {reason}"))

    def _use_case(self, plan: Plan) -> Login:
        ports = self.ports
        if plan.flow in {DEVICE, PASTE} and not ports.has_audience:
            raise NothingToShowCode(
                f"a {plan.flow} login has something to show: give on_event, or run where stderr is a terminal"
            )
        pastes = plan.flow == PASTE or is_terminal(ports.given.paste_from)
        return Login(
            BrowserLogin(
                ports.http,
                ports.clock,
                ports.entropy,
                ports.browser,
                self._with_paste(alone=plan.flow == PASTE) if pastes else ports.callback,
                ports.emit,
                ports.given.callback_ports,
                Showing(
                    refusal="" if plan.opens else _ELSEWHERE,
                    pastes=pastes and plan.invites_paste,
                ),
            ),
            DeviceLogin(ports.http, ports.clock, ports.emit),
            self.keeper,
            ports.emit,
        )

    def _with_paste(self, *, alone: bool) -> CallbackPort:
        """Take pastes as well; beside a listener from a terminal only, for a pipe may be meant for others."""
        from ..adapters.callback.paste_input import PastedInput
        from ..adapters.callback.pasted import PastedCallback, Pasting
        from ..domain.oauth.pasted_redirect import read_paste

        def refuse(problem: str) -> None:
            self.ports.emit(ProblemNoticed(self.profile, problem))

        source = PastedInput(self.ports.given.paste_from or sys.stdin)
        return PastedCallback(self.ports.callback, Pasting(source, read_paste, refuse, alone))
