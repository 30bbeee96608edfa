"""What `exec` gives a command, which names it refuses, and what its exit codes mean."""

import io
import os
import signal
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from promptvm_oauth import OAuthClient
from promptvm_oauth.cli import exec as exec_command
from promptvm_oauth.cli import main
from promptvm_oauth.cli.context import Context
from promptvm_oauth.cli.parser import parse
from promptvm_oauth.domain import errors
from promptvm_oauth.domain.tokens import StoredTokens
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing import FakePromptVM

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows runs the command instead of replacing the process")


class Replaced(Exception):
    """This process would be the command now."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.command, self.environ = command, environ


@pytest.fixture(autouse=True)
def system(monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """Keeps this process what it is; returns the signals whose effect was set."""
    effects: dict[int, Any] = {}

    def replace(_: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        raise SystemExit(Replaced(command, environ))

    monkeypatch.setattr(os, "execvpe", replace)
    monkeypatch.setattr(signal, "signal", effects.__setitem__)
    return effects


def made(signed_in: FakePromptVM, **_: object) -> OAuthClient:
    return OAuthClient(**signed_in.ports())


def started(signed_in: FakePromptVM, *arguments: str) -> Replaced:
    context = Context(io.StringIO(), io.StringIO(), partial(made, signed_in))
    _, options = parse(["exec", *arguments])
    try:
        code: object = exec_command.run(options, context)
    except SystemExit as stop:
        code = stop.code
    assert isinstance(code, Replaced)
    return code


def test_the_command_gets_the_token_and_all_that_this_process_has(
    signed_in: FakePromptVM, monkeypatch: pytest.MonkeyPatch, system: dict[int, Any]
) -> None:
    monkeypatch.setenv("OTHER", "kept")
    replaced = started(signed_in, "--env", "TOKEN", "--env-base-url", "URL", "--", "tool", "-v", "--", "--json")

    assert replaced.command == ["tool", "-v", "--", "--json"]
    token = signed_in.fields("work")["access_token"]
    assert dict(replaced.environ) == {**os.environ, "TOKEN": token, "URL": "https://api.promptvm.test"}
    assert replaced.environ["OTHER"] == "kept"
    assert "TOKEN" not in os.environ
    assert system[signal.SIGPIPE] is signal.SIG_DFL  # Python ignores it; `yes | head` must end


def test_without_a_name_for_it_the_url_is_not_given(signed_in: FakePromptVM) -> None:
    assert "https://api.promptvm.test" not in started(signed_in, "--env", "TOKEN", "--", "tool").environ.values()


@pytest.mark.parametrize(("left", "renewals"), [(601.0, 0), (599.0, 1)])
def test_a_token_is_renewed_first_if_under_ten_minutes_are_left(
    signed_in: FakePromptVM, left: float, renewals: int
) -> None:
    signed_in.clock.advance(3600.0 - left)
    replaced = started(signed_in, "--env", "TOKEN", "--", "tool")
    assert signed_in.server.count("token", grant_type="refresh_token") == renewals
    assert replaced.environ["TOKEN"] == signed_in.fields("work")["access_token"]


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "PROMPTVM_API_KEY", "PROMPTVM_X", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONPATH"),
        *("path", "Home", "ld_preload", "", "1A", "A-B", "A=B", "A B", "Ä", "A\x1b[2J"),
    ],
)
@pytest.mark.parametrize("option", ["--env", "--env-base-url"])
def test_a_name_that_changes_more_than_the_command_is_refused(
    name: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    others = () if option == "--env" else ("--env", "TOKEN")
    assert main(["exec", *others, option, name, "--", "tool"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    assert err.startswith(f"promptvm-auth: argument {option}: ")


@pytest.mark.parametrize("name", ["TOKEN", "_t", "GH_TOKEN", "MY_PATH", "HOMEPAGE", "A_PYTHON", "OLD_"])
def test_any_other_name_may_be_used(name: str, signed_in: FakePromptVM) -> None:
    assert name in started(signed_in, "--env", name, "--", "tool").environ


@pytest.mark.parametrize(
    "arguments", [(), ("--env", "T"), ("--env", "T", "--env-base-url", "T", "--", "x"), ("--", "x")]
)
def test_wrong_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failure", "code", "says"),
    [
        (FileNotFoundError(2, "No such file"), 127, "there is no such command"),
        (PermissionError(13, "Permission denied"), 126, "Permission denied"),
        (OSError(8, "Exec format error"), 126, "Exec format error"),
        (ValueError("embedded null byte"), 126, "an argument is not valid"),
    ],
)
def test_a_command_that_does_not_start_ends_as_in_a_shell(
    failure: Exception, code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(os, "execvpe", fail)
    context = Context(io.StringIO(), io.StringIO(), None)
    assert exec_command.become(["tool\x1b[2J"], {}, context) == code
    assert context.err.getvalue() == f"promptvm-auth: tool [2J: {says}\n"  # type: ignore[attr-defined] # a StringIO


class Failing(OAuthClient):
    """A client that has no token."""

    error: errors.PromptVMAuthError

    def token_details(self, profile: str | None = None, *, least: float = 0.0) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidProfileName("no"), 2),
        (errors.NoTokensError("work"), 3),
        (errors.TransportError("no route"), 4),
        (errors.InvalidResponse("no token"), 4),
        (errors.UntrustedCertificate("unknown issuer"), 4),
        (errors.StoreRefused("no", store="file"), 5),
        (errors.ProfileError("work.yaml cannot be read"), 5),
        (errors.LockUnavailable("no locks"), 5),
        (errors.TokensNotSaved("full", tokens=StoredTokens(Secret("t"))), 5),
    ],
)
def test_what_fails_before_the_start_is_never_1(
    error: errors.PromptVMAuthError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(**_: object) -> OAuthClient:
        client = Failing(secrets="memory")
        client.error = error
        return client

    assert main(["exec", "--env", "T", "--", "tool"], make_client=make) == code
    assert capsys.readouterr().err.startswith("promptvm-auth: ")
