"""A store that is named at the login: later commands find the tokens there, and commands for all profiles find it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.devserver import Settings

from .test_cli import Shell

if TYPE_CHECKING:
    from promptvm_oauth.devserver import DevServer

VAULT = """
import json, os, pathlib
PLACE = pathlib.Path(os.environ["VAULT"])
class Vault:
    name = "vault"
    def load(self, profile):
        path = PLACE / profile
        return json.loads(path.read_text()) if path.exists() else None
    def save(self, profile, fields):
        PLACE.mkdir(exist_ok=True)
        (PLACE / profile).write_text(json.dumps(dict(fields)))
    def delete(self, profile):
        (PLACE / profile).unlink(missing_ok=True)
"""


@pytest.fixture
def settings() -> Settings:
    return Settings(device_interval=0.05)


@pytest.fixture
def shell(tmp_path: Path, dev_server: "DevServer") -> Shell:
    """A shell whose Python has a package that registers a store."""
    packages = tmp_path / "packages"
    (packages / "vault-1.dist-info").mkdir(parents=True)
    (packages / "vault.py").write_text(VAULT)
    (packages / "vault-1.dist-info" / "METADATA").write_text("Name: vault\nVersion: 1\n")
    (packages / "vault-1.dist-info" / "entry_points.txt").write_text(
        "[promptvm_oauth.secret_stores]\nvault = vault:Vault\n"
    )
    shell = Shell(tmp_path / "home", dev_server.base_url)
    shell.home.mkdir()
    shell.environ = {**shell.environ, "PYTHONPATH": str(packages), "VAULT": str(tmp_path / "vault")}
    return shell


def kept(shell: Shell) -> list[str]:
    vault = Path(shell.environ["VAULT"])
    return sorted(path.name for path in vault.iterdir()) if vault.exists() else []


def active(shell: Shell) -> dict[str, bool]:
    listed = shell.run("profiles", "--json")
    assert listed.returncode == 0, listed.stderr
    return {profile["name"]: profile["active"] for profile in json.loads(listed.stdout)["profiles"]}


def test_a_named_store_stays_with_its_profile(shell: Shell, dev_server: "DevServer") -> None:
    assert shell.login("--device", "--profile", "home").returncode == 0
    assert shell.login("--device", "--profile", "work", "--store", "vault").returncode == 0
    assert kept(shell) == ["work"]
    assert len(shell.files(".enc")) == 1

    tokens = {
        name: shell.run("token", *words).stdout for name, words in (("work", ()), ("home", ("--profile", "home")))
    }
    assert tokens["work"].strip() == json.loads((Path(shell.environ["VAULT"]) / "work").read_text())["access_token"]
    assert tokens["home"].strip() not in {"", tokens["work"].strip()}
    assert "store         vault" in shell.run("status").stdout
    assert active(shell) == {"home": False, "work": True}

    assert shell.run("profiles", "--use", "home").returncode == 0
    assert active(shell) == {"home": True, "work": False}
    assert shell.run("token").stdout == tokens["home"]
    assert shell.run("profiles", "--use", "work").returncode == 0
    assert shell.run("token").stdout == tokens["work"]

    assert shell.login("--device", "--profile", "work").returncode == 0  # again, without the option
    assert (kept(shell), len(shell.files(".enc"))) == (["work"], 1)
    assert shell.run("logout", "--all").returncode == 0
    assert (kept(shell), shell.files(".enc"), dev_server.auth.live_sessions) == ([], [], ())


def test_the_variable_names_a_store_and_the_option_comes_before_it(shell: Shell) -> None:
    shell.environ = {**shell.environ, "PROMPTVM_STORE": "vault"}
    assert shell.login("--device", "--store", "file").returncode == 0
    assert kept(shell) == []
    assert shell.login("--device").returncode == 0
    assert kept(shell) == ["default"]


def test_a_wipe_ends_the_logins_of_every_store(shell: Shell, dev_server: "DevServer") -> None:
    shell.login("--device", "--profile", "home")
    shell.login("--device", "--profile", "work", "--store", "vault")

    wiped = shell.run("wipe", "--yes")

    assert wiped.returncode == 0, wiped.stderr
    assert (kept(shell), shell.files(".enc"), shell.files(".yaml"), shell.files("stores.json")) == (
        [],
        [],
        ["config.yaml"],
        [],
    )
    assert dev_server.auth.live_sessions == ()


def test_a_store_whose_package_is_gone_is_told_and_the_others_are_signed_out(
    shell: Shell, dev_server: "DevServer"
) -> None:
    shell.login("--device", "--profile", "home")
    shell.login("--device", "--profile", "work", "--store", "vault")
    shell.environ = {name: value for name, value in shell.environ.items() if name != "PYTHONPATH"}

    token = shell.run("token", "--profile", "work")
    assert token.returncode == 2
    assert "no secret store is registered as 'vault'" in token.stderr
    assert active(shell) == {"home": False}
    everything = shell.run("logout", "--all")
    assert everything.returncode == 5
    assert "profiles of the store vault are left out" in " ".join(everything.stderr.split())
    assert (shell.files(".enc"), kept(shell), len(dev_server.auth.live_sessions)) == ([], ["work"], 1)


@pytest.mark.parametrize("words", [("--store", "memory"), ("--store", "attic")])
def test_a_store_that_keeps_nothing_or_is_unknown_is_refused_before_anything_is_asked(
    shell: Shell, dev_server: "DevServer", words: tuple[str, ...]
) -> None:
    refused = shell.run("login", "--device", *words)
    assert refused.returncode == 2
    assert words[1] in refused.stderr
    assert not dev_server.auth.log
