import pytest
from promptvm_oauth.domain.errors import ConfigurationError, EndpointUnknown, ListenerError, LoginTimeout, OAuthError
from promptvm_oauth.domain.plan import AUTO, BROWSER, DEVICE, FLOWS, PASTE, RULES, Plan, plan_login
from promptvm_oauth.ports.environment import SIGNS, Environment

DESKTOP = {"DISPLAY": ":0"}
SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
ANYTHING_REMOTE = {"PROMPTVM_HEADLESS": "1", "CI": "true", **SSH}
CLOUD = (
    "CODESPACES",
    "GITPOD_WORKSPACE_ID",
    "CLOUD_SHELL",
    "ACC_CLOUD",
    "COLAB_RELEASE_TAG",
    "KAGGLE_KERNEL_RUN_TYPE",
    "JUPYTERHUB_API_URL",
)
REMOTE = (
    "PROMPTVM_HEADLESS",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "CI",
    *CLOUD,
    "REMOTE_CONTAINERS",
    "VSCODE_IPC_HOOK_CLI",
)


def here(environ: dict[str, str], platform: str = "linux", **seen: object) -> Environment:
    return Environment(platform, environ, **seen)  # type: ignore[arg-type]  # the tests name the right ones


def auto(environ: dict[str, str], platform: str = "linux", offers: tuple[str, ...] = FLOWS, **seen: object) -> Plan:
    return plan_login(AUTO, here(environ, platform, **seen), offers)


NO_DEVICE_FLOW = (BROWSER, PASTE)


@pytest.mark.parametrize("flow", [BROWSER, DEVICE, PASTE])
@pytest.mark.parametrize("environ", [{}, DESKTOP, ANYTHING_REMOTE], ids=["bare", "desktop", "remote"])
def test_what_the_caller_asks_for_is_done_whatever_the_surroundings_say(flow: str, environ: dict[str, str]) -> None:
    plan = plan_login(flow, here(environ))
    assert (plan.flow, plan.reason, plan.chosen) == (flow, "you chose it", False)
    assert plan.opens is (flow == BROWSER)


@pytest.mark.parametrize("flow", ["", "Auto", "password", "browser "])
def test_an_unknown_flow_is_an_error_that_names_the_known_ones(flow: str) -> None:
    with pytest.raises(ConfigurationError, match=r"auto.*browser.*device.*paste"):
        plan_login(flow, here({}))


@pytest.mark.parametrize(
    ("flow", "offers", "told"),
    [
        (DEVICE, NO_DEVICE_FLOW, "does not offer the device flow; it offers the browser flow and the paste flow"),
        (BROWSER, (DEVICE,), "does not offer the browser flow; it offers the device flow"),
        (PASTE, (DEVICE,), "does not offer the paste flow; it offers the device flow"),
        (AUTO, (), "offers no login flow"),
        (DEVICE, (), "offers no login flow"),
    ],
)
def test_a_flow_that_the_server_does_not_offer_is_an_error_that_names_what_it_offers(
    flow: str, offers: tuple[str, ...], told: str
) -> None:
    with pytest.raises(EndpointUnknown, match=told):
        plan_login(flow, here(DESKTOP), offers)


def test_on_a_desktop_a_server_without_an_authorization_endpoint_gets_the_device_flow() -> None:
    plan = auto(DESKTOP, offers=(DEVICE,))
    assert (plan.flow, plan.opens) == (DEVICE, False)
    assert plan.reason == "the server does not offer the browser flow"


@pytest.mark.parametrize("code", ["unauthorized_client", "unsupported_grant_type"])
def test_a_device_flow_that_the_server_refuses_to_this_client_goes_on_as_a_paste(code: str) -> None:
    instead = auto(SSH).instead(OAuthError(code, "not for you", 400))
    assert instead is not None
    assert (instead.flow, instead.opens, instead.invites_paste) == (PASTE, False, True)
    assert "not for you" in instead.reason
    assert instead.instead(OAuthError(code)) is None
    assert auto(SSH, offers=(DEVICE,)).instead(OAuthError(code)) is None
    assert plan_login(DEVICE, here(SSH)).instead(OAuthError(code)) is None
    assert auto(SSH).instead(OAuthError("access_denied")) is None


@pytest.mark.parametrize("name", REMOTE)
def test_on_a_remote_machine_the_device_flow_is_chosen_and_the_reason_named(name: str) -> None:
    for platform in ("linux", "darwin", "win32"):
        plan = auto(DESKTOP | {name: "1"}, platform)
        assert plan.flow == DEVICE
        assert name in plan.reasons[0]
        assert plan.invites_paste


@pytest.mark.parametrize("value", ["", "0", "false", "False", "no", " off "])
def test_a_variable_that_is_empty_or_off_counts_as_unset(value: str) -> None:
    assert [name for name in REMOTE if auto(DESKTOP | {name: value}).flow != BROWSER] == []


def test_every_reason_for_the_choice_is_given_and_none_against_it() -> None:
    reasons = auto({"CI": "true", **SSH}, container=True, notebook=True, terminal=False).reasons
    assert [reason.split()[0] for reason in reasons] == ["CI", "SSH_CONNECTION", "there", "this", "the", "there"]
    assert auto(DESKTOP | {"CI": "true"}).reasons == (reasons[0],)


@pytest.mark.parametrize(
    ("environ", "platform", "flow"),
    [
        ({"DISPLAY": ":0"}, "linux", BROWSER),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", BROWSER),
        ({"BROWSER": "firefox"}, "linux", BROWSER),
        ({"BROWSER": "lynx:/opt/Firefox/firefox %s"}, "linux", BROWSER),
        ({"BROWSER": "/usr/bin/lynx"}, "linux", DEVICE),
        ({"BROWSER": "/usr/bin/sensible-browser"}, "linux", DEVICE),
        ({"BROWSER": "sensible-browser", **DESKTOP}, "linux", BROWSER),
        ({"BROWSER": "lynx", **DESKTOP}, "linux", BROWSER),
        ({"BROWSER": "none"}, "linux", DEVICE),
        ({"BROWSER": r"C:\Tools\browser.exe"}, "win32", BROWSER),
        ({}, "linux", DEVICE),
        ({"DISPLAY": ""}, "linux", DEVICE),
        ({}, "freebsd14", DEVICE),
        ({}, "darwin", BROWSER),
        ({}, "win32", BROWSER),
    ],
)
def test_a_machine_with_a_display_or_a_named_browser_gets_the_browser(
    environ: dict[str, str], platform: str, flow: str
) -> None:
    plan = auto(environ, platform)
    assert plan.flow == flow
    assert plan.reason


@pytest.mark.parametrize(
    ("environ", "offers", "place"),
    [
        (DESKTOP, FLOWS, ""),
        ({}, FLOWS, "no display"),
        (SSH, FLOWS, "SSH session"),
        (SSH | DESKTOP, (BROWSER, PASTE), "SSH session"),
        ({"CI": "1", **SSH}, FLOWS, "CI"),
        ({"PROMPTVM_HEADLESS": "1"}, FLOWS, "PROMPTVM_HEADLESS"),
        (DESKTOP, (DEVICE,), ""),
    ],
)
def test_what_decided_has_a_name_of_two_or_three_words(
    environ: dict[str, str], offers: tuple[str, ...], place: str
) -> None:
    assert plan_login(AUTO, Environment("linux", environ), offers).place == place


def test_a_choice_of_the_user_needs_no_place() -> None:
    assert plan_login(DEVICE, Environment("linux", SSH)).place == ""


def test_a_text_browser_alone_is_named_as_a_reason() -> None:
    assert any("take over the terminal" in reason for reason in auto({"BROWSER": "w3m -N"}).reasons)


def test_on_wsl_the_browser_of_windows_is_used_even_from_an_editor_on_windows() -> None:
    plan = auto({"VSCODE_IPC_HOOK_CLI": "/tmp/x"}, wsl=True)  # noqa: S108 - a value that nobody opens
    assert (plan.flow, plan.opens, plan.invites_paste) == (BROWSER, True, False)
    assert "WSL" in plan.reason
    assert auto(SSH, wsl=True).flow == DEVICE


def test_a_container_without_a_display_gets_the_device_flow_and_one_with_a_display_the_browser() -> None:
    assert "this is a container" in auto({}, container=True).reasons
    assert auto(DESKTOP, container=True) == Plan(BROWSER, ("a browser can be opened here",), True, False, True, FLOWS)


def test_over_ssh_with_a_fixed_port_the_browser_flow_goes_through_the_forwarded_port() -> None:
    plan = auto(SSH | DESKTOP, ports=(18623,))
    assert (plan.flow, plan.opens, plan.invites_paste) == (BROWSER, False, False)
    assert "18623" in plan.reason
    assert plan_login(BROWSER, here(SSH, ports=(18623,))).opens is False
    assert plan_login(BROWSER, here(DESKTOP, ports=(18623,))).opens is True


def test_a_display_that_ssh_forwards_is_named_as_a_reason_against_the_browser() -> None:
    assert any("slow" in reason for reason in auto(SSH | {"DISPLAY": "localhost:10.0"}).reasons)


def test_without_a_device_flow_the_address_is_pasted() -> None:
    plan = auto(SSH, offers=NO_DEVICE_FLOW)
    assert (plan.flow, plan.opens, plan.invites_paste, plan.chosen) == (PASTE, False, True, True)
    assert "does not offer" in plan.reason
    assert auto(DESKTOP, offers=NO_DEVICE_FLOW).flow == BROWSER


@pytest.mark.parametrize("flow", [BROWSER, DEVICE, PASTE])
def test_a_remembered_choice_comes_before_the_surroundings(flow: str) -> None:
    plan = auto(SSH, remembered=flow)
    assert plan.flow == flow
    assert "remembered" in plan.reason


def test_a_remembered_choice_that_is_unknown_or_not_offered_is_passed_over() -> None:
    assert auto(DESKTOP, remembered="carrier pigeon").reason == "a browser can be opened here"
    assert auto(DESKTOP, offers=NO_DEVICE_FLOW, remembered=DEVICE).flow == BROWSER


def test_a_chosen_browser_flow_that_cannot_listen_goes_on_with_the_device_flow() -> None:
    instead = auto(DESKTOP).instead(ListenerError("port 1 is taken"))
    assert instead is not None
    assert instead.flow == DEVICE
    assert "port 1 is taken" in instead.reason
    assert instead.instead(ListenerError("again")) is None


def test_nothing_else_is_replaced() -> None:
    broken = ListenerError("port 1 is taken")
    assert plan_login(BROWSER, here(DESKTOP)).instead(broken) is None
    assert auto(DESKTOP).instead(LoginTimeout("nobody came")) is None
    assert auto(DESKTOP, offers=NO_DEVICE_FLOW).instead(broken) is None
    assert auto(SSH).instead(broken) is None


def test_the_snapshot_shows_the_names_of_variables_and_never_their_values() -> None:
    seen = here({"SSH_CONNECTION": "192.0.2.1", "CI": "0", "TOKEN": "x", "BROWSER": "/opt/b --key=secret"}).seen()
    assert ("variables", "SSH_CONNECTION") in seen
    assert ("BROWSER", "b") in seen
    assert "192.0.2.1" not in str(seen)
    assert "secret" not in str(seen)
    assert ("variables", "none that matter") in here({}, ports=(1, 2), remembered=DEVICE).seen()
    assert "secret" not in repr(here({"A": "secret"}))


def test_every_variable_that_a_rule_looks_at_is_among_the_signs() -> None:
    for name in SIGNS:
        assert isinstance(here({name: "1"}).on(name), str)
    for name in REMOTE:
        assert name in SIGNS
        assert any(rule.why(here({name: "1"}, "darwin")) for rule in RULES if rule.flow == DEVICE)


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (
            auto({**DESKTOP, **SSH}, ports=(8400,)),
            "SSH_CONNECTION is set and port 8400 is fixed, so your own browser can reach it through an SSH tunnel",
        ),
        (auto({}, wsl=True), "this is WSL, and a Windows browser can reach its loopback address"),
        (
            auto({**DESKTOP, "VSCODE_IPC_HOOK_CLI": "/s"}),
            "VSCODE_IPC_HOOK_CLI is set: the editor's window is on another machine",
        ),
        (
            auto({"CI": "true"}),
            "CI is set: no user is at this machine's screen; scripts should use an API key",
        ),
        (
            auto({"REMOTE_CONTAINERS": "true"}),
            "REMOTE_CONTAINERS is set: the editor's window is outside of this container",
        ),
        (
            auto({"CODESPACES": "true"}),
            "CODESPACES is set: this machine is in the cloud, and your browser cannot reach its loopback address",
        ),
        (auto({}), "there is no display for a browser"),
    ],
)
def test_the_user_reads_the_whole_reason_of_a_plan(plan: Plan, reason: str) -> None:
    assert plan.reasons[0] == reason


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_that_was_asked_for_is_planned_with_all_that_the_server_offers(flow: str) -> None:
    assert plan_login(flow, here(DESKTOP), FLOWS).offers == FLOWS
