"""What `help` shows: the program, a command, or the environment variables."""

import os
from unittest.mock import Mock

import pytest
from promptvm_oauth.cli import main
from promptvm_oauth.cli.commands import COMMANDS
from promptvm_oauth.cli.variables import VARIABLES


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_help_alone_is_that_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "help") == shown(capsys, "--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_is_what_the_command_says_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "help", command) == shown(capsys, command, "--help")


def test_the_manual_page_is_printed_for_man(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "help", "manual").startswith(".TH PROMPTVM-AUTH 1 ")


def test_an_unknown_topic_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "enviroment"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "promptvm-auth: there is no topic 'enviroment'; did you mean environment?\n")


@pytest.mark.parametrize("width", [40, 80])
def test_the_variables_are_each_on_a_line_of_their_own_in_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("promptvm_oauth.cli.help.columns", Mock(return_value=width))
    lines = shown(capsys, "help", "environment").splitlines()
    names = [name for variables in VARIABLES.values() for name in variables]
    assert [line.strip() for line in lines if line.startswith("  ") and line[2] != " "] == names
    assert max(map(len, lines)) <= width


def test_the_values_of_the_variables_are_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(os.environ, "PROMPTVM_API_KEY", "pvk_geheim")
    assert "pvk_geheim" not in shown(capsys, "help", "environment")
