"""Every environment variable that the source names is documented, and nothing else is."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import getproxies_environment

import keyring.core
import pytest
from promptvm_oauth.cli.variables import VARIABLES

ROOT = Path(__file__).parents[3]
SRC = ROOT / "src"
PAGE = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")

DOCUMENTED = {name: meaning for variables in VARIABLES.values() for name, meaning in variables.items()}

LOOKS_LIKE_ONE = re.compile(r"[A-Z][A-Z0-9_]+|container")

OTHER_WORDS = {
    *("GET", "POST", "DELETE", "S256", "DENY"),  # of HTTP and OAuth
    *(
        "CMD",
        "COMMAND",
        "DIR",
        "HOST",
        "ID",
        "NAME",
        "PORT",
        "SCOPES",
        "SECONDS",
        "TOPIC",
        "URL",
        "WORDS",
    ),  # values in a help
    *("AF_UNIX", "O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_TMPFILE"),  # of the system
    *("SIGHUP", "SIGINT", "SIGPIPE", "SIGTERM", "SIGXFSZ", "SIGXFZ", "SO_EXCLUSIVEADDRUSE"),
    *("BAD", "CA", "FAILED", "GOOD", "MARK", "WSL"),  # shown, or names of places in a page
}
"""Strings in capitals that are no variables. A new string in capitals is one of these or of the documented ones."""

OF_PROXIES = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"}
OF_KEYRING = {"PYTHON_KEYRING_BACKEND"}


def strings() -> Iterator[str]:
    """Returns the strings of the source, without those of the servers and fakes for tests and those of the table."""
    for path in SRC.rglob("*.py"):
        if path.relative_to(SRC).parts[0] in {"devserver", "testing"} or path.name == "variables.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


NAMED = {text for text in strings() if LOOKS_LIKE_ONE.fullmatch(text)}


def test_every_variable_that_the_source_names_is_documented() -> None:
    assert NAMED - OTHER_WORDS - DOCUMENTED.keys() == set()
    assert not OTHER_WORDS & DOCUMENTED.keys()


def test_every_documented_variable_is_read() -> None:
    assert DOCUMENTED.keys() - NAMED == OF_PROXIES | OF_KEYRING


def test_what_is_no_variable_is_still_there() -> None:
    assert OTHER_WORDS <= NAMED


@pytest.mark.parametrize("name", sorted(OF_PROXIES))
@pytest.mark.parametrize("spelled", [str.upper, str.lower])
def test_the_variables_of_proxies_are_read_by_the_standard_library(
    name: str, spelled: "type[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(spelled(name), "proxy.test")
    assert getproxies_environment()[name.lower().removesuffix("_proxy")] == "proxy.test"


@pytest.mark.parametrize("name", sorted(OF_KEYRING))
def test_the_variables_of_keyring_are_read_by_keyring(name: str) -> None:
    assert f'"{name}"' in inspect.getsource(keyring.core).replace("'", '"')


def test_the_page_says_what_the_command_says() -> None:
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE)) == DOCUMENTED
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == list(VARIABLES)
