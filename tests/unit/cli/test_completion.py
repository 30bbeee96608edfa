"""What `completion` prints without a shell that reads it."""

import sys

import pytest
from promptvm_oauth.cli import main
from promptvm_oauth.cli.commands import COMMANDS
from promptvm_oauth.cli.completion import SHELLS


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_every_command_and_completes_directories(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert all(command in out for command in COMMANDS)
    assert {"bash": "_shtab_compgen_dirs", "zsh": "_files -/", "fish": "__fish_complete_directories"}[shell] in out


def test_without_the_package_that_makes_the_scripts_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "pip install 'promptvm-oauth[cli]'" in err


def test_another_shell_is_wrong_usage_that_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "choose from bash, zsh, fish" in capsys.readouterr().err.replace("'", "")
