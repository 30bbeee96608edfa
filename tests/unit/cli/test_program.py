"""The program around the commands: arguments, streams, and what a failure looks like."""

import ast
import inspect
import io
import json
import os
import sys
from typing import Any

import pytest
from promptvm_oauth import OAuthClient, TokenDetails, cli
from promptvm_oauth.cli import main
from promptvm_oauth.cli.commands import COMMANDS
from promptvm_oauth.domain import errors
from promptvm_oauth.domain.tokens import StoredTokens
from promptvm_oauth.ports.secret import Secret


class Client(OAuthClient):
    """Answers `access_token` with what the test says."""

    def __init__(self, answer: str | BaseException) -> None:
        self.answer = answer
        self.given: dict[str, Any] = {}
        self.asked: list[str | None] = []

    def __call__(self, **given: Any) -> "Client":
        self.given = given
        return self

    def access_token(self, profile: str | None = None) -> str:
        self.asked.append(profile)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def token_details(self, profile: str | None = None, *, least: float = 0.0) -> TokenDetails:
        self.access_token(profile)
        raise NotImplementedError

    def close(self) -> None:
        pass


def run(answer: str | BaseException, *arguments: str) -> int:
    return main(["token", *arguments], make_client=Client(answer))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_the_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert COMMANDS[command][1:] in text
    assert ("3 log in again" in text) == (command != "completion")  # which says how to load a script instead


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in {"dev-server", "help", "completion"}])
def test_every_client_command_takes_a_profile_and_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([command, "--help"])
    text = capsys.readouterr().out
    assert ("--profile NAME" in text) == (command != "wipe")  # which is for all of them
    assert ("--json" in text) == (command != "exec")  # whose output is that of another program


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


def test_no_arguments_show_the_help_as_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "commands:" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["sing-in"],
        ["token", "--prof", "work"],
        ["login", "--timeout", "0"],
        ["login", "--timeout", "nan"],
        ["login", "--device", "--browser"],
        ["token", "--store", "memory"],
        ["dev-server", "--port", "70000"],
    ],
)
def test_wrong_usage_has_exit_code_2_and_leaves_standard_output_alone(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().out == ""


def test_the_shared_options_reach_the_client() -> None:
    client = Client("token")
    options = ["--base-url", "https://api.example", "--app-url", "https://app.example", "--config-dir", "/somewhere"]
    main(["token", "--profile", "work", "--store", "file", *options], make_client=client)
    assert client.asked == ["work"]
    assert client.given["base_url"] == "https://api.example"
    assert client.given["app_url"] == "https://app.example"
    assert client.given["config_dir"] == "/somewhere"
    assert client.given["secrets"] == "file"


def test_the_token_alone_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("the-token") == 0
    assert capsys.readouterr() == ("the-token\n", "")


def test_a_failure_is_one_line_and_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(errors.NoTokensError("work"), "--profile", "work", "--base-url", "https://api.example") == 3
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("promptvm-auth: profile 'work' is not signed in")
    assert second == "Sign in with: promptvm-auth login --profile work --base-url https://api.example"


def test_the_way_out_names_the_store_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(errors.NoTokensError("work"), "--store", "file") == 3
    assert capsys.readouterr().err.endswith("Sign in with: promptvm-auth login --store file\n")


def test_an_unreachable_server_says_that_nothing_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(errors.TransportError("cannot connect to 127.0.0.1")) == 4
    assert "try again later" in capsys.readouterr().err


def test_a_failure_with_json_is_one_object_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(errors.ServerUnavailable("", "closed", 503), "--json") == 4
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == {
        "type": "ServerUnavailable",
        "message": "HTTP status 503: closed",
        "exit_code": 4,
        "retryable": True,
        "needs_login": False,
        "next_step": "try again later",
    }
    assert err.startswith("promptvm-auth: HTTP status 503: closed\n")


def test_a_token_that_could_not_be_stored_is_given_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.TokensNotSaved("the disk is full", tokens=StoredTokens(Secret("the-only-copy")))
    assert run(error) == 5
    out, err = capsys.readouterr()
    assert out == "the-only-copy\n"
    assert err == "promptvm-auth: the disk is full\n"


def test_a_failure_shows_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    run(errors.OAuthError("bad", "\x1b[2J\u202eevil\nline"))
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()


def test_an_unexpected_error_shows_neither_a_traceback_nor_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ValueError("hunter2")) == 1
    out, err = capsys.readouterr()
    assert err.startswith("promptvm-auth: unexpected ValueError in test_program.py, line ")
    assert err.count("\n") == 1
    assert "hunter2" not in out + err


def test_ctrl_c_leaves_a_newline_and_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "\n")


def test_what_a_narrow_encoding_lacks_becomes_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding="ascii"))
    assert run(errors.OAuthError("bad", "Zoë said no")) == 1
    assert raw.getvalue() == b"promptvm-auth: bad: Zo? said no\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full is Linux's own")
def test_output_that_cannot_be_written_is_a_calm_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run("the-token") == 1
        assert capsys.readouterr().err == "promptvm-auth: No space left on device\n"


def test_a_closed_pipe_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert run("the-token") == 1
        assert capsys.readouterr().err == ""


def test_a_program_without_streams_still_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert run("the-token") == 0


def test_tools_that_follow_imports_see_every_command() -> None:
    tree = ast.parse(inspect.getsource(cli))
    named = {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
    assert {name.replace("-", "_") for name in COMMANDS} <= named
