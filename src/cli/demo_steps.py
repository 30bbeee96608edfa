"""The steps of the demo. Each step checks its claim against the server's log."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..client import OAuthClient
from ..domain.freshness import RefreshPolicy
from ..domain.use_cases.run_blocking import run_blocking
from ..domain.use_cases.status import State
from ..ports.events import DeviceCodeIssued, Event, PollingSlowed
from ..ports.timeouts import LOGIN_WAIT
from ..testing.person import ScriptedPerson
from .demo_report import DemoFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..devserver import DevServer
    from ..domain.use_cases.login_result import LoginResult
    from ..ports.events import Listener
    from ..ports.login_flows import Flow
    from .demo_report import Report

SHORT_LIFE = 5.0
"""Lifetime of the first access token in seconds: it can be used, and has expired after the device sign-in."""

LONG_LIFE = 3600.0

POLICY = RefreshPolicy(early_window=1.0)
"""With the default early window, a token of five seconds would be renewed at once."""

CALLERS = 8

UNATTENDED_TIMEOUT = 20.0

OK = 200
UNAUTHORIZED = 401


class Demonstration:
    """The steps of one demo.

    Args:
        server: the running server.
        directory: an empty directory for profiles and tokens.
        profile: the name of the first profile; the name of the second is derived from it.
        report: shows remarks inside a step.
        listener: shows the events to a user at the terminal; with None, a scripted user signs in.
    """

    def __init__(
        self, server: DevServer, directory: str, profile: str, report: Report, listener: Listener | None
    ) -> None:
        self._server = server
        self._directory = directory
        self._profiles = (profile, f"{profile}-device")
        self._report = report
        self._listener = listener
        self._scripted_user = ScriptedPerson() if listener is None else None
        self._first_token = ""

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yields the title and the action of each step, in order."""
        yield "browser sign-in", self._browser_sign_in
        yield "API call", self._call
        yield "device sign-in", self._device_sign_in
        yield "expired token", self._renew
        yield "status", self._status
        yield "sign-out", self._sign_out
        yield "nothing left", self._nothing_left

    def _browser_sign_in(self) -> str:
        self._server.auth.settings.access_token_lifetime = SHORT_LIFE
        result = self._login(self._profiles[0], "browser")
        self._server.auth.settings.access_token_lifetime = LONG_LIFE
        return _signed_in(result)

    def _call(self) -> str:
        self._first_token = self._fresh_token()
        self._expect(OK, self._first_token)
        return "the protected endpoint answers 200"

    def _device_sign_in(self) -> str:
        result = self._login(self._profiles[1], "device")
        _check(self._server.auth.count("device_token", outcome="slow_down") == 1, "there was not exactly 1 slow_down")
        return _signed_in(result)

    def _renew(self) -> str:
        """Requests a token that has expired from many callers at once, each with a client of its own."""
        with self._client() as client:
            expires_at = client.status(self._profiles[0]).expires_at
        time.sleep(max(0.0, expires_at.timestamp() - time.time()) if expires_at else 0.0)
        self._expect(UNAUTHORIZED, self._first_token)
        with ThreadPoolExecutor(CALLERS) as pool:
            submitted = [pool.submit(self._fresh_token) for _ in range(CALLERS)]
        tokens = {token.result() for token in submitted}
        refreshes = self._server.auth.count("token", grant_type="refresh_token")
        _check(refreshes == 1, f"the server saw {refreshes} refreshes, not 1")
        _check(len(tokens) == 1 and self._first_token not in tokens, "the callers got different tokens")
        self._expect(OK, tokens.pop())
        return f"{CALLERS} callers at once, exactly 1 refresh at the server"

    def _status(self) -> str:
        with self._client() as client:
            for profile in self._profiles:
                state = client.status(profile, check=True).state
                _check(state is State.LIVE, f"profile {profile} is {state.value}")
        return f"the server says that {' and '.join(self._profiles)} are live"

    def _sign_out(self) -> str:
        with self._client() as client:
            for profile in self._profiles:
                result = client.logout(profile)
                _check(result.removed, f"nothing was removed for profile {profile}")
                _check(result.revoked, f"the session of profile {profile} was not ended: {result.reason}")
        return f"{' and '.join(self._profiles)}, their sessions at the server ended"

    def _nothing_left(self) -> str:
        files = [name for _, _, names in os.walk(self._directory) for name in names if name.endswith(".enc")]
        sessions = len(self._server.auth.live_sessions)
        left = f"{len(files)} token files here, {sessions} sessions at the server"
        _check(not files and not sessions, left)
        return left

    def _login(self, profile: str, flow: Flow) -> LoginResult:
        with self._client() as client:
            result = client.login(
                profile,
                flow=flow,
                timeout=LOGIN_WAIT if self._scripted_user is None else UNATTENDED_TIMEOUT,
                device_name="promptvm-auth demo",
            )
        if self._scripted_user is not None:
            self._scripted_user.join()
        return result

    def _client(self) -> OAuthClient:
        """Builds a client that does not depend on the environment."""
        return OAuthClient(
            browser=self._scripted_user,
            secrets="file",
            on_event=self._on_event,
            base_url=self._server.base_url,
            app_url=self._server.base_url,
            config_dir=self._directory,
            policy=POLICY,
        )

    def _on_event(self, event: Event) -> None:
        if self._listener is not None:
            self._listener(event)
        elif isinstance(event, DeviceCodeIssued) and self._scripted_user is not None:
            self._report.remark(f"the code {event.user_code} is compared and approved in a browser")
            run_blocking(self._scripted_user.open(event.verification_uri_complete or event.verification_uri))
        elif isinstance(event, PollingSlowed):
            self._report.remark(f"the server said slow_down: the next poll is in {event.interval:g} s")

    def _fresh_token(self) -> str:
        with self._client() as client:
            return client.access_token(self._profiles[0])

    def _expect(self, status: int, access_token: str) -> None:
        """Calls the protected endpoint and checks the status of the response."""
        import httpx

        url = f"{self._server.base_url}/api/v1/protected"
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            answered = httpx.get(url, headers=headers, trust_env=False).status_code
        except httpx.HTTPError as error:
            raise DemoFailed(f"the protected endpoint did not answer: {type(error).__name__}") from error
        _check(answered == status, f"the protected endpoint answered {answered}, not {status}")


def _signed_in(result: LoginResult) -> str:
    return f"{result.user.email if result.user else 'unknown user'}, profile {result.profile}"


def _check(condition: bool, otherwise: str) -> None:  # noqa: FBT001 (reads as an assertion)
    if not condition:
        raise DemoFailed(otherwise)
