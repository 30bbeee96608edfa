"""What a program pays before its first request: the modules that are loaded, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore

SRC = Path(__file__).parents[3] / "src"
HEAVY = {"asyncio", "attr", "attrs", "filelock", "httpx", "keyring", "rich", "segno", "ssl", "structlog"}
ROOMS = {
    *("adapters", "client", "composition", "domain", "domain.stores", "domain.use_cases", "ports"),
    *("adapters.files", "adapters.locks", "adapters.profiles", "adapters.secret_service"),
    *("adapters.keyring", "adapters.listeners", "adapters.stores", "adapters.system"),
}
"""The rooms of which a stored token may load anything; those of a login or a request are not among them."""

USE_CASES = {"access", "client", "client_ports", "login_request", "resolver", "run_blocking", "stored_fields"}
"""The use cases of which a stored token may load the code."""

READ_TOKEN = "from promptvm_oauth import OAuthClient\ntoken = OAuthClient(config_dir={dir!r}).access_token()\n"


def loaded(program: str) -> set[str]:
    """Run a program and give the names of the modules that it loaded, and what it left in `token`."""
    report = "\nimport sys, json\nprint(json.dumps([sorted(sys.modules), globals().get('token')]))"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PROMPTVM_", "COV"))}
    run = subprocess.run(
        [sys.executable, "-c", program + report], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    modules, token = json.loads(run.stdout)
    assert token in {None, "stored-token"}
    return set(modules)


def rooms(modules: set[str]) -> set[str]:
    """Returns the rooms of the package that these modules stand in."""
    ours = [name.split(".")[1:] for name in modules if name.startswith("promptvm_oauth.")]
    return {".".join(parts if SRC.joinpath(*parts).is_dir() else parts[:-1]) for parts in ours}


@pytest.fixture
def stored(tmp_path: Path) -> str:
    directory = str(tmp_path / "promptvm")
    YamlProfiles(directory).save("default", {"base_url": "https://api.promptvm.ai", "auth_type": "oauth"})
    tokens = {"access_token": "stored-token", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00Z"}
    EncryptedFileStore(directory).save("default", tokens)
    return directory


def test_importing_the_package_loads_nothing_heavy() -> None:
    bare = loaded("")
    ours = loaded("import promptvm_oauth") - bare

    assert not ours & (HEAVY | {"cryptography", "yaml", "typing", "re", "logging"})
    assert {name for name in ours if name.startswith("promptvm_oauth")} == {"promptvm_oauth"}


def test_reading_a_stored_token_loads_neither_http_nor_values_nor_logging(stored: str) -> None:
    modules = loaded(READ_TOKEN.format(dir=stored))

    assert "promptvm_oauth.adapters.stores.encrypted_file" in modules
    assert not modules & (HEAVY | {"logging", "platformdirs", "importlib.metadata", "tempfile"})
    assert rooms(modules) <= ROOMS
    use_cases = {name.rpartition(".")[2] for name in modules if name.startswith("promptvm_oauth.domain.use_cases.")}
    assert use_cases <= USE_CASES


def test_the_command_that_prints_a_token_loads_no_more(stored: str) -> None:
    program = (
        "import contextlib, io\nfrom promptvm_oauth.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        f"    assert main(['token', '--config-dir', {stored!r}]) == 0\n"
        "token = out.getvalue().strip()\n"
    )

    assert not loaded(program) & HEAVY
