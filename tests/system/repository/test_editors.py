"""What an editor shows: completion through jedi, and stubs that say what the modules have."""

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import promptvm_oauth
import pytest
from promptvm_oauth import client, ports

JEDI: Any = import_module("jedi")  # it has no types
DOORS = [promptvm_oauth, client, ports]
NOT_IN_A_STUB = {"__all__", "TYPE_CHECKING"}
"""What only the running modules have."""


def completed(code: str) -> list[str]:
    return [str(each.name) for each in JEDI.Script(code).complete()]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from promptvm_oauth import OAuthClient\nOAuthClient().lo", ["load_tokens", "login", "logout", "logout_all"]),
        ("from promptvm_oauth import AsyncOAuthClient\nAsyncOAuthClient().acc", ["access_token"]),
        ("import promptvm_oauth\npromptvm_oauth.OAuthC", ["OAuthClient"]),
        ("from promptvm_oauth import Cancella", ["Cancellation"]),
        ("from promptvm_oauth.ports import SecretSt", ["SecretStore"]),
        ("from promptvm_oauth.client import OAuth", ["OAuthClient"]),
        ("from promptvm_oauth import OAuthClient\nOAuthClient().login().sto", ["store"]),
        ("from promptvm_oauth import OAuthClient\nOAuthClient().status().ren", ["renewable"]),
        ("from promptvm_oauth.ports.events import DeviceCode", ["DeviceCodeIssued"]),
    ],
)
def test_an_editor_completes(code: str, names: list[str]) -> None:
    assert completed(code) == names


def test_an_editor_shows_what_a_method_does() -> None:
    (method,) = JEDI.Script("from promptvm_oauth import OAuthClient\nOAuthClient().login").help()
    assert "Signs the user in, stores the tokens" in method.docstring()
    assert "flow: Flow" in method.docstring()


def imports(code: str) -> dict[str, str]:
    """Returns each name that a module imports, outside of functions, with the module that it is from."""
    body = ast.parse(code).body
    blocks = [node.body for node in body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    found = [node for block in [body, *blocks] for node in block if isinstance(node, ast.ImportFrom) and node.level]
    return {alias.asname or alias.name: f".{node.module}" for node in found for alias in node.names}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_the_stub_has_the_imports_of_its_module(door: ModuleType) -> None:
    stub = Path(inspect.getfile(door)).with_suffix(".pyi").read_text(encoding="utf-8")
    assert imports(stub) == imports(inspect.getsource(door))


def test_the_stubs_are_true() -> None:
    """Stubtest looks at every module; what it says of attrs' own methods is no matter of ours."""
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "promptvm_oauth"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    found = re.findall(r"^promptvm_oauth(?:\.client|\.ports)?\.(\w+) (.*)$", done.stdout, re.MULTILINE)
    assert [line for line in found if line[0] not in NOT_IN_A_STUB] == []
    assert {name for name, _ in found} >= NOT_IN_A_STUB  # it has looked
