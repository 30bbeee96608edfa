"""The completion scripts in the shells that are installed here; bash always is."""

import os
import pty
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.cli.completion import SHELLS

INSTALLED = [shell for shell in SHELLS if shutil.which(shell) or shell == "bash"]

ENVIRON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "TERM": "dumb", "PS1": ""}

IN_BASH = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_promptvm_auth
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
IN_FISH = "source {script}; complete -C '{words}'"
IN_ZSH = """autoload -U compinit; compinit -u -D; eval "$(cat {script})"; bindkey '^I' complete-word; print rea''dy"""


def of_bash(script: Path, words: str, _: list[str]) -> str:
    program = IN_BASH.format(script=script, words=" ".join(f"'{word}'" for word in words.split(" ")))
    return output("bash", "--norc", "-c", program)


def of_fish(script: Path, words: str, _: list[str]) -> str:
    return output("fish", "--no-config", "-c", IN_FISH.format(script=script, words=words))


def of_zsh(script: Path, words: str, offered: list[str]) -> str:
    """Returns what zsh shows for two tabs, until it has shown all that is awaited; it completes in a terminal alone."""
    terminal, inner = pty.openpty()
    environ = {**ENVIRON, "HOME": str(script.parent)}
    process = subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=inner, stdout=inner, stderr=inner, env=environ, start_new_session=True
    )
    try:
        os.write(terminal, f"{IN_ZSH.format(script=script)}\n".encode())
        read_until(terminal, ["ready"])
        os.write(terminal, f"{words}\t\t".encode())
        return read_until(terminal, offered)
    finally:
        process.kill()
        process.wait()
        os.close(inner)
        os.close(terminal)


def read_until(terminal: int, texts: list[str]) -> str:
    """Returns what a terminal shows until it has shown all texts, or shows nothing more for long."""
    seen = ""
    while select.select([terminal], [], [], 0.2 if all(text in seen for text in texts) else 20)[0]:
        seen += os.read(terminal, 4096).decode(errors="replace")
    return seen


def output(*command: str) -> str:
    done = subprocess.run(
        command, env=ENVIRON, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout


OFFERED = {"bash": of_bash, "fish": of_fish, "zsh": of_zsh}


@pytest.fixture(params=INSTALLED)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def script(shell: str, tmp_path: Path) -> Path:
    command = [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli", "completion", shell]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    path = tmp_path / "script"
    path.write_text(done.stdout)
    return path


def test_the_shell_reads_the_script(shell: str, script: Path) -> None:
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("promptvm-auth s", ["sessions", "status"]),
        ("promptvm-auth login --b", ["--browser", "--base-url"]),
        ("promptvm-auth token --store ", ["auto", "file", "keyring", "python-keyring"]),
        ("promptvm-auth completion ", ["bash", "fish", "zsh"]),
    ],
)
def test_commands_options_and_values_are_offered(shell: str, script: Path, words: str, offered: list[str]) -> None:
    seen = OFFERED[shell](script, words, offered)
    assert [name for name in offered if name not in seen] == [], seen
    assert "wipe" not in seen


def test_names_of_profiles_are_offered(shell: str, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = YamlProfiles(str(script.parent / "config" / "promptvm"))
    for name in ("home", "work"):
        profiles.save(name, {"base_url": "https://api.promptvm.ai", "auth_type": "oauth"})
    monkeypatch.setitem(ENVIRON, "XDG_CONFIG_HOME", str(script.parent / "config"))
    monkeypatch.setitem(ENVIRON, "PATH", f"{Path(sys.executable).parent}:{ENVIRON['PATH']}")
    seen = OFFERED[shell](script, "promptvm-auth token --profile ", ["home", "work"])
    assert "home" in seen
    assert "work" in seen
