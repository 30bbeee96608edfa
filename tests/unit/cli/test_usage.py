"""What wrong arguments are answered with: one line that names what was probably meant, and where the usage is shown."""

import json
import os
import sys
from importlib.metadata import version
from unittest.mock import Mock

import pytest
from promptvm_oauth.cli import main
from promptvm_oauth.cli.commands import COMMANDS
from promptvm_oauth.cli.parser import OTHER_NAMES


def fault(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Returns the first line of the answer; the second one is about the usage, and there is no third."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert second.startswith("The usage is shown by: promptvm-auth ")
    return first.removeprefix("promptvm-auth: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["logni"], "there is no command 'logni'; did you mean login?"),
        (["ref"], "there is no command 'ref'; did you mean refresh?"),
        (["whoami"], "there is no command 'whoami'; did you mean status?"),
        (["sing-in"], "there is no command 'sing-in'; did you mean login?"),
        (["version"], "there is no command 'version'; did you mean --version?"),
        (["x"], "there is no command 'x'"),
        (["\x1b[2J"], "there is no command '\\x1b[2J'"),
        (["--profile", "x", "token"], "'--profile' is no option of the program; a command's options follow its name"),
        (["login", "--bowser"], "there is no option '--bowser'; did you mean --browser?"),
        (["login", "--device-nam=x"], "there is no option '--device-nam=x'; did you mean --device-name?"),
        (["token", "--pro", "x"], "there is no option '--pro'; did you mean --profile?"),
        (["token", "-x"], "there is no option '-x'"),
        (["-v"], "there is no command after -v"),
        (["-v", "--verbose"], "there is no command after -v"),
        (["-v", "logni"], "there is no command 'logni'; did you mean login?"),
        (["token", "work"], "there is no argument 'work'"),
        (["login", "--profile"], "argument --profile: expected one argument"),
    ],
)
def test_an_error_is_one_line_that_names_what_was_meant(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fault(capsys, *arguments) == said


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "86400.5", "abc", ""])
def test_a_time_out_says_its_range(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = fault(capsys, "login", "--timeout", value)
    assert said == f"argument --timeout: it takes seconds, above 0 and up to 86400, not {value!r}"


@pytest.mark.parametrize("value", ["0", "-1", "65536", "http", "1_0", "\u0661", "9" * 5000])
def test_a_port_says_its_range(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = fault(capsys, "login", "--port", value)
    assert said.startswith("argument --port: a port is a number from 1 to 65535, not '")
    assert len(said) <= 600


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--port", "70000", "the port is a number from 0 to 65535, not '70000'"),
        ("--latency", "-0.1", "it takes seconds, from 0 to 86400, not '-0.1'"),
        ("--slow-downs", "1001", "the number of polls is a number from 0 to 1000, not '1001'"),
    ],
)
def test_the_options_of_the_server_say_their_ranges(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fault(capsys, "dev-server", option, value) == f"argument {option}: {said}"


def test_the_usage_is_named_for_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    main(["token", "--bowser"])
    assert capsys.readouterr().err.endswith("The usage is shown by: promptvm-auth token --help\n")
    main(["tokens"])
    assert capsys.readouterr().err.endswith("The usage is shown by: promptvm-auth --help\n")


def test_wrong_usage_with_json_is_one_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--json", "--bowser"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == {
        "type": "ConfigurationError",
        "message": "there is no option '--bowser'",
        "exit_code": 2,
        "retryable": False,
        "needs_login": False,
        "next_step": "correct what the message names, then try again",
    }


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_shown(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == 0
    assert capsys.readouterr() == (f"promptvm-auth {version('promptvm-oauth')}\n", "")


def test_every_name_from_elsewhere_leads_to_one_of_ours() -> None:
    assert not OTHER_NAMES.keys() & COMMANDS.keys()
    assert set(OTHER_NAMES.values()) <= {*COMMANDS, "--version"}


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_help_fits_a_narrow_terminal(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "get_terminal_size", Mock(return_value=os.terminal_size((40, 24))))
    monkeypatch.setattr(sys, "argv", ["promptvm-auth", *filter(None, [command]), "--help"])
    assert main() == 0
    usage, *rest = capsys.readouterr().out.splitlines()
    assert usage.startswith("usage: promptvm-auth ")
    commands = [line for line in rest if line.startswith("  ") and "promptvm-auth completion" in line]  # for copying
    assert max(len(line) for line in rest if line not in commands) <= 40
