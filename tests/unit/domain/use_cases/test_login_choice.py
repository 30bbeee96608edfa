"""Which flow a login takes, and what happens when the first one cannot start, in both colours."""

import errno
import io
import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pytest
from attrs import evolve
from promptvm_oauth import (
    AccessDenied,
    AuthorizationServer,
    ConfigurationError,
    EndpointUnknown,
    ListenerError,
    NothingToShowCode,
)
from promptvm_oauth.adapters.profiles.preferred_flows import PreferredFlows
from promptvm_oauth.ports.callback import CallbackListener
from promptvm_oauth.ports.events import BrowserNotOpened, BrowserOpened, Event, ProblemNoticed
from promptvm_oauth.testing import ScriptedHttp, json_response
from promptvm_oauth.testing.browser import ForbiddenBrowser

if TYPE_CHECKING:
    from .conftest import Rig

ABOUT_PLACES = (
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "CI",
    "CODESPACES",
    "REMOTE_CONTAINERS",
    "VSCODE_IPC_HOOK_CLI",
    "BROWSER",
)


@pytest.fixture(autouse=True)
def desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ABOUT_PLACES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")


class NoPorts:
    """A callback port on a machine where no port can be had."""

    async def open(self, accept: Any, *, ports: Any = ()) -> CallbackListener[Any]:
        raise ListenerError("every port is taken")


def problems(rig: "Rig") -> list[str]:
    return [event.problem for event in rig.events if isinstance(event, ProblemNoticed)]


@contextmanager
def pipe_with(text: str) -> Generator[TextIO]:
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    with os.fdopen(reading, "r") as stream:
        yield stream


def test_on_a_desktop_the_browser_is_chosen(rig: "Rig") -> None:
    assert rig.call("login").flow == "browser"


def test_over_ssh_the_device_flow_is_chosen(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    assert rig.call("login").flow == "device"


def test_a_chosen_browser_flow_that_cannot_listen_goes_on_as_a_device_flow_and_says_so(rig: "Rig") -> None:
    result = rig.call("login", client=rig.make(callback=NoPorts()))
    assert result.flow == "device"
    (problem,) = problems(rig)
    assert "every port is taken" in problem
    assert problem.endswith("; continuing with a code for any device")


def test_a_chosen_device_flow_that_the_server_refuses_to_this_client_goes_on_as_a_paste(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    monkeypatch.setattr("sys.stdin", io.StringIO("nothing that could be looked at"))
    server = standard(authorization_endpoint=f"{ISSUER}/a", device_authorization_endpoint=f"{ISSUER}/d")
    http = ScriptedHttp(json_response(400, {"error": "unauthorized_client"}))
    with pytest.raises(ListenerError, match="standard input is closed"):
        rig.call("login", client=rig.make(server=server, base_url=None, app_url=None, http=http))
    (problem,) = problems(rig)
    assert problem.endswith("; continuing with a page whose address you paste here")


def test_a_browser_flow_that_was_asked_for_is_not_replaced(rig: "Rig") -> None:
    with pytest.raises(ListenerError, match="every port is taken"):
        rig.call("login", client=rig.make(callback=NoPorts()), flow="browser")


def test_the_fixed_ports_are_tried_in_their_order(rig: "Rig") -> None:
    client = rig.make(callback_ports=(18623, 18624))
    rig.call("login", client=client)
    assert ":18623/" in rig.browser.opened[0]


def test_over_ssh_with_a_fixed_port_the_browser_flow_is_chosen_and_no_browser_opened_here(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    client = rig.make(callback_ports=(18623,), browser=ForbiddenBrowser())
    assert rig.call("login", client=client).flow == "browser"
    (shown,) = [event for event in rig.events if isinstance(event, BrowserNotOpened)]
    assert shown.url.startswith("http://127.0.0.1:18623/start/")
    assert shown.reason == "your browser seems to be on another machine"


def test_whoever_wants_no_browser_opened_is_told_that_it_is_by_choice(rig: "Rig") -> None:
    rig.call("login", client=rig.make(browser=ForbiddenBrowser()), flow="browser", open_browser=False)
    (shown,) = [event for event in rig.events if isinstance(event, BrowserNotOpened)]
    assert shown.reason == "you chose to open it yourself"


def paste_login(rig: "Rig", paste: Callable[[str], str], typed: str = "") -> Any:
    """Log in by paste: what the person pastes is made from the address that their browser ends on."""
    reading, writing = os.pipe()
    os.write(writing, typed.encode())

    def person(url: str) -> str:
        os.write(writing, f"{paste(rig.server.approve(url))}\n".encode())
        os.close(writing)
        return ""

    rig.person = person
    with os.fdopen(reading, "r") as stream:
        return rig.call("login", client=rig.make(paste_from=stream, browser=ForbiddenBrowser()), flow="paste")


@pytest.mark.skipif(os.name == "nt", reason="a pipe cannot be looked at there without waiting")
def test_a_login_by_paste_shows_the_whole_authorize_url_and_takes_the_address_it_ends_on(rig: "Rig") -> None:
    result = paste_login(rig, lambda url: f"<{url[:30]}\n{url[30:]}>")

    assert result.flow == "paste"
    assert rig.fields()["access_token"]
    (shown,) = [event for event in rig.events if isinstance(event, BrowserNotOpened)]
    assert shown.url.startswith("https://app.promptvm.test/cli/authorize?")
    assert any("paste it here" in problem for problem in problems(rig))
    assert [outcome.succeeded for outcome in rig.callback.outcomes] == [True]


def bare_code(url: str) -> str:
    return url.partition("code=")[2].partition("&")[0]


def other_state(url: str) -> str:
    return url.replace("state=", "state=x")


def other_host(url: str) -> str:
    return url.replace("127.0.0.1", "evil.test")


@pytest.mark.skipif(os.name == "nt", reason="a pipe cannot be looked at there without waiting")
@pytest.mark.parametrize(
    "change",
    [bare_code, other_state, other_host],
    ids=["a bare code", "another state", "another host"],
)
def test_a_paste_that_is_not_the_answer_ends_nothing_well(rig: "Rig", change: Callable[[str], str]) -> None:
    with pytest.raises(ListenerError, match="standard input has ended"):
        paste_login(rig, change)
    assert rig.server.count("token") == 0
    assert not rig.fields()
    assert "pvm_" not in str(rig.events)
    assert len(problems(rig)) == 2


def test_without_a_standard_input_a_login_by_paste_fails_before_any_request(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("nothing that could be looked at"))
    with pytest.raises(ListenerError, match="standard input is closed"):
        rig.call("login", flow="paste")
    assert rig.server.log == ()
    assert rig.callback.listeners == {}


@pytest.mark.parametrize(("ssh", "shown"), [(True, "https://app."), (False, "http://127.0.0.1:")])
def test_beside_a_browser_login_from_afar_the_authorize_url_is_shown_and_a_paste_invited(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch, ssh: bool, shown: str
) -> None:
    def at_terminal(stream: object) -> bool:
        return stream is keyboard

    keyboard = io.StringIO()
    monkeypatch.setattr("promptvm_oauth.adapters.paste.paste_input.is_terminal", at_terminal)
    if ssh:
        monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")

    rig.call("login", client=rig.make(paste_from=keyboard), flow="browser")

    (event,) = [event for event in rig.events if isinstance(event, BrowserOpened)]
    assert event.url.startswith(shown)
    assert rig.browser.opened[0].startswith("http://127.0.0.1:")
    assert any("paste it here" in problem for problem in problems(rig)) is ssh


def test_a_pipe_beside_a_browser_login_is_left_to_whom_it_is_for(rig: "Rig") -> None:
    with pipe_with("for the next command\n") as stream:
        assert rig.call("login", client=rig.make(paste_from=stream), flow="browser").flow == "browser"
        assert stream.read() == "for the next command\n"


def test_an_unknown_flow_is_an_error_before_any_request(rig: "Rig") -> None:
    with pytest.raises(ConfigurationError, match="paste"):
        rig.call("login", flow="pigeon")
    assert rig.server.log == ()


@pytest.mark.parametrize("flow", ["device", "paste"])
def test_where_nothing_can_be_shown_no_flow_that_shows_something_begins(rig: "Rig", flow: str) -> None:
    class Log:
        shows_codes = False

        def __call__(self, event: Event) -> None:
            """Shows it to nobody."""

    arguments: dict[str, Any] = {**rig.ports(), "on_event": Log()}
    with pytest.raises(NothingToShowCode, match=flow):
        rig.call("login", client=type(rig.client)(**arguments), flow=flow)
    assert rig.server.log == ()


def test_no_event_shows_its_url_by_repr(rig: "Rig") -> None:
    def shown(event: Event) -> bool:
        return "http" in repr(event)

    rig.call("login", flow="browser", open_browser=False)
    assert not any(map(shown, rig.events))


def test_a_remembered_flow_is_taken_for_its_profile_until_it_is_forgotten(rig: "Rig", tmp_path: Path) -> None:
    client = rig.make(profiles=None, config_dir=str(tmp_path))

    assert rig.call("login", "work", client=client, flow="device", remember=True).flow == "device"
    assert rig.call("login", "work", client=client).flow == "device"
    assert rig.call("login", "home", client=client).flow == "browser"
    assert rig.call("login", "work", client=client, flow="browser").flow == "browser"
    assert rig.call("login", "work", client=client).flow == "device"
    assert rig.call("login", "work", client=client, remember=True).flow == "browser"
    assert rig.call("login", "work", client=client).flow == "browser"


def test_where_auto_is_remembered_no_flow_is_preferred_any_more(rig: "Rig", tmp_path: Path) -> None:
    client = rig.make(profiles=None, config_dir=str(tmp_path))
    file = tmp_path / "promptvm-oauth" / "login-flows.json"
    rig.call("login", "work", client=client, flow="device", remember=True)
    assert json.loads(file.read_text(encoding="utf-8")) == {"work": "device"}
    rig.call("login", "work", client=client, remember=True)
    assert json.loads(file.read_text(encoding="utf-8")) == {}


@pytest.mark.parametrize(
    ("arguments", "reason"), [((errno.ENOSPC, "No space left on device"), "No space left on device"), ((), "OSError")]
)
def test_why_a_choice_cannot_be_remembered_is_told(
    rig: "Rig", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[Any, ...], reason: str
) -> None:
    def full(self: PreferredFlows, profile: str, flow: str) -> None:
        raise OSError(*arguments)

    monkeypatch.setattr(PreferredFlows, "save", full)
    rig.call("login", client=rig.make(profiles=None, config_dir=str(tmp_path)), flow="device", remember=True)
    assert f"the choice of the login flow could not be remembered: {reason}" in problems(rig)


def test_a_login_that_failed_is_not_remembered(rig: "Rig", tmp_path: Path) -> None:
    client = rig.make(profiles=None, config_dir=str(tmp_path))
    rig.on_code = rig.server.deny_device
    with pytest.raises(AccessDenied):
        rig.call("login", client=client, flow="device", remember=True)
    assert rig.call("login", client=client).flow == "browser"


def test_a_choice_that_cannot_be_remembered_costs_nobody_their_login(rig: "Rig", tmp_path: Path) -> None:
    (tmp_path / "promptvm-oauth" / "login-flows.json").mkdir(parents=True)  # in the way
    client = rig.make(profiles=None, config_dir=str(tmp_path))
    assert rig.call("login", client=client, flow="device", remember=True).flow == "device"
    assert any("could not be remembered" in problem for problem in problems(rig))


def test_where_profiles_are_the_embedders_own_nothing_is_remembered_on_the_disk(rig: "Rig") -> None:
    assert rig.call("login", flow="device", remember=True).flow == "device"
    assert rig.call("login").flow == "browser"
    assert problems(rig) == []


ISSUER = "https://id.example.test"


def standard(**endpoints: Any) -> AuthorizationServer:
    """Make a standard server that has a token endpoint and these."""
    return evolve(AuthorizationServer.standard(ISSUER, "me", token_endpoint=f"{ISSUER}/t"), **endpoints)


def test_a_server_without_a_device_flow_gets_a_paste_where_no_browser_can_be_opened(
    rig: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    monkeypatch.setattr("sys.stdin", io.StringIO("nothing that could be looked at"))
    server = standard(authorization_endpoint=f"{ISSUER}/a")
    with pytest.raises(ListenerError, match="standard input is closed"):
        rig.call("login", client=rig.make(server=server, base_url=None, app_url=None, http=ScriptedHttp()))


def test_a_server_without_an_authorization_endpoint_gets_the_device_flow_on_a_desktop(rig: "Rig") -> None:
    server = standard(device_authorization_endpoint=f"{ISSUER}/d")
    page = {"device_code": "d", "user_code": "AB", "verification_uri": f"{ISSUER}/v", "expires_in": 60, "interval": 1}
    granted = {"access_token": "at", "token_type": "Bearer"}
    http = ScriptedHttp(json_response(200, page), json_response(200, granted))
    on_event: list[Event] = []
    client = rig.make(server=server, base_url=None, app_url=None, http=http, on_event=on_event.append)
    assert rig.call("login", client=client).flow == "device"


def test_the_api_of_an_unknown_host_gets_the_device_flow_on_a_desktop(rig: "Rig") -> None:
    client = rig.make(app_url=None, base_url=rig.server.base_url.replace("api.", "custom."), http=ScriptedHttp())
    with pytest.raises(AssertionError, match="device/code"):
        rig.call("login", client=client)


@pytest.mark.parametrize("flow", ["browser", "paste"])
def test_a_flow_that_is_not_offered_is_refused_before_any_request_and_the_others_are_named(
    rig: "Rig", flow: str
) -> None:
    server = standard(device_authorization_endpoint=f"{ISSUER}/d")
    client = rig.make(server=server, base_url=None, app_url=None, http=ScriptedHttp())
    with pytest.raises(EndpointUnknown, match="it offers the device flow"):
        rig.call("login", client=client, flow=flow)
