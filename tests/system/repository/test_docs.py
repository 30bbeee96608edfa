"""Every Python example of the documentation runs, as the test module that a reader makes of it."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import promptvm_oauth
import pytest
from attrs import fields
from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.cli.json_lines import events as of_the_command
from promptvm_oauth.ports import events

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = ["testing.md", "events.md", "auth.md", "browser.md", "servers.md", "from-go.md"]

GO_NAMES = {
    *("GenerateVerifier", "Challenge", "NewState", "Open", "StartLoopbackServer", "RequestDeviceCode"),
    *("PollDeviceToken", "ExchangeCode", "RefreshToken", "SaveTokens", "LoadTokens", "DeleteTokens"),
    *("AccessTokenForProfile", "WithAutoRefresh", "IsUnauthorizedError", "Callback", "DeviceCodeResponse"),
    *("TokenResponse", "TokenUser", "TokenOrganization", "StoredTokens", "OAuthError", "ErrNoTokens"),
}
"""What the Go package offers."""


def blocks(page: str) -> list[str]:
    return BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_example_runs(page: str, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    examples = blocks(page)
    for number, code in enumerate(examples):
        name = f"test_example_{number}.py" if "def test_" in code or "class Test" in code else "conftest.py"
        (tmp_path / name).write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "promptvm_oauth.testing.plugin", "-p", "no:cacheprovider"]
    environ = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": "true"}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert len(list(tmp_path.glob("*.py"))) == len(examples)


def test_the_first_example_is_about_ten_lines() -> None:
    first = blocks("testing.md")[0]

    assert len([line for line in first.splitlines() if line]) <= 10


def test_the_table_of_events_has_every_event_with_all_its_attributes() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|$", (DOCS / "events.md").read_text("utf-8"), re.MULTILINE)
    documented = {name: re.findall(r"`(\w+)`", attributes) for name, attributes in rows}
    everywhere = [*vars(events).values(), *vars(of_the_command).values()]
    kinds = {kind for kind in everywhere if isinstance(kind, type) and issubclass(kind, events.Event)}

    assert documented == {
        kind.__name__: [attribute.name for attribute in fields(kind) if attribute.name != "profile"]
        for kind in kinds
        if kind is not events.Event
    }


def twins() -> dict[str, str]:
    """Returns the table of the page for those who know the Go package: each Go name and its call here."""
    page = (DOCS / "from-go.md").read_text(encoding="utf-8").partition("## The names")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)[^`]*` \| `([^`]+)` \|", page, re.MULTILINE))


def test_every_twin_that_the_go_page_names_exists_with_the_arguments_it_names() -> None:
    for go, call in twins().items():
        path, _, arguments = call.removesuffix(")").partition("(")
        for client in (OAuthClient, AsyncOAuthClient):
            twin: Any = client if path.startswith("client.") else promptvm_oauth
            for name in path.removeprefix("client.").split("."):
                twin = getattr(twin, name)
            assert twin.__doc__, go
            named = [argument.removesuffix("=...") for argument in arguments.split(", ") if argument]
            taken = [] if inspect.isclass(twin) else list(inspect.signature(twin).parameters)
            assert set(named) <= set(taken), go


def test_the_go_page_names_what_the_go_package_has() -> None:
    assert set(twins()) == GO_NAMES
