import pytest
from promptvm_oauth.domain.errors import ConfigurationError
from promptvm_oauth.domain.plan import AUTO, BROWSER, DEVICE, choose_flow, plan_login

DESKTOP = {"DISPLAY": ":0"}
ANYTHING_REMOTE = {"PROMPTVM_HEADLESS": "1", "SSH_CONNECTION": "1 2 3 4", "CI": "true"}


@pytest.mark.parametrize("flow", [BROWSER, DEVICE])
def test_what_the_caller_asks_for_is_done_whatever_the_environment_says(flow: str) -> None:
    for environ in ({}, DESKTOP, ANYTHING_REMOTE):
        assert plan_login(flow, environ, "linux").flow == flow


@pytest.mark.parametrize("flow", ["", "Auto", "password", "browser "])
def test_an_unknown_flow_is_an_error_that_names_the_known_ones(flow: str) -> None:
    with pytest.raises(ConfigurationError, match=r"auto.*browser.*device"):
        plan_login(flow, {}, "linux")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "CI", "CODESPACES", "PROMPTVM_HEADLESS"])
def test_on_a_remote_machine_the_device_flow_is_chosen_and_the_reason_named(name: str, platform: str) -> None:
    plan = plan_login(AUTO, DESKTOP | {name: "1"}, platform)
    assert plan.flow == DEVICE
    assert name in plan.reason


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "CI", "CODESPACES", "PROMPTVM_HEADLESS"])
def test_an_empty_variable_is_as_good_as_none(name: str) -> None:
    assert plan_login(AUTO, DESKTOP | {name: ""}, "linux").flow == BROWSER


@pytest.mark.parametrize("value", ["0", "false", "False", "no"])
def test_headless_can_be_switched_off(value: str) -> None:
    assert choose_flow(DESKTOP | {"PROMPTVM_HEADLESS": value}, "linux").flow == BROWSER


@pytest.mark.parametrize(
    ("environ", "platform", "flow"),
    [
        ({"DISPLAY": ":0"}, "linux", BROWSER),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", BROWSER),
        ({"WSL_DISTRO_NAME": "Ubuntu"}, "linux", BROWSER),
        ({"BROWSER": "firefox"}, "linux", BROWSER),
        ({}, "linux", DEVICE),
        ({"DISPLAY": ""}, "linux", DEVICE),
        ({}, "darwin", BROWSER),
        ({}, "win32", BROWSER),
    ],
)
def test_a_machine_with_a_display_gets_the_browser(environ: dict[str, str], platform: str, flow: str) -> None:
    plan = choose_flow(environ, platform)
    assert plan.flow == flow
    assert plan.reason
