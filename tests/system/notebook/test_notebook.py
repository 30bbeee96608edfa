"""Logins in a real kernel, driven by nbclient against the development server; what is saved is read."""

import asyncio
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import v4
from promptvm_oauth.devserver import DevServer

from ..program import executable

CLIENT = """
import promptvm_oauth as oauth
kind = oauth.{kind}
client = kind(base_url={url!r}, app_url={url!r}, secrets="memory")
"""
LOGIN = {
    "OAuthClient": "result = client.login('work'); result",
    "AsyncOAuthClient": "result = await client.login('work'); result",
}
THEN = "print(result.user.id, result.flow)"


pytestmark = pytest.mark.usefixtures("without_display")


class Notebook:
    """A notebook that is run while a person looks at it."""

    def __init__(self, server: DevServer, kind: str, act: Callable[[DevServer, str], object]) -> None:
        self.server = server
        self.shown: list[dict[str, Any]] = []
        self.act = act
        cells = [CLIENT.format(kind=kind, url=server.base_url), LOGIN[kind], THEN]
        untyped: Any = v4
        self.document = untyped.new_notebook(cells=[untyped.new_code_cell(cell) for cell in cells])
        self.code = ""

    def run(self) -> None:
        notebook = self

        class Watching(NotebookClient):
            def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
                if msg["msg_type"] in {"display_data", "update_display_data"}:
                    notebook.look(msg["content"]["data"], self)
                return super().process_message(msg, cell, cell_index)

        Watching(self.document, timeout=60, kernel_name="python3").execute()

    def look(self, shown: dict[str, Any], client: Any) -> None:
        self.shown.append(shown)
        code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", shown["text/plain"], re.MULTILINE)
        if code and not self.code:
            self.code, self.client = code[0], client
            threading.Thread(target=self.act, args=(self.server, code[0]), daemon=True).start()

    @property
    def printed(self) -> str:
        return "".join(output.get("text", "") for cell in self.document.cells for output in cell.outputs)

    def errors(self) -> list[Any]:
        return [each for cell in self.document.cells for each in cell.outputs if each.output_type == "error"]


def nothing_left(notebook: Notebook) -> None:
    outputs = "".join(str(cell.outputs) for cell in notebook.document.cells)
    assert notebook.code
    assert notebook.code not in outputs
    assert "ada@" not in outputs
    assert f"{notebook.server.base_url}/cli/device" not in outputs


BROWSER = """
import sys
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener
visit = build_opener(ProxyHandler({})).open
page = visit(sys.argv[1]).geturl()
query = urlsplit(page).query + "&action=approve"
visit(Request(page.partition("?")[0], query.encode())).read()
"""
"""A person whose browser opens the page, approves, and follows to the last page."""


kinds = pytest.mark.parametrize("kind", ["OAuthClient", "AsyncOAuthClient"])


@kinds
def test_a_login_shows_a_card_by_itself_which_the_result_replaces(dev_server: DevServer, kind: str) -> None:
    notebook = Notebook(dev_server, kind, lambda server, code: server.auth.approve_device(code))
    notebook.run()

    assert notebook.printed == "usr_dev device\n"
    (card,) = [output for output in notebook.document.cells[1].outputs if output.output_type == "display_data"]
    assert card.data["text/plain"] == "\u2713 Signed in to PromptVM\nProfile work, kept in memory."
    assert "Signed in" in card.data["text/html"]
    assert notebook.code in notebook.shown[0]["text/plain"]  # some front ends never replace what is shown first
    assert any("user_code=" in shown["text/html"] for shown in notebook.shown)
    assert any("left" in shown["text/plain"] for shown in notebook.shown)
    nothing_left(notebook)


@kinds
def test_a_denied_login_is_one_short_error(dev_server: DevServer, kind: str) -> None:
    notebook = Notebook(dev_server, kind, lambda server, code: server.auth.deny_device(code))
    with pytest.raises(CellExecutionError):
        notebook.run()

    (error,) = notebook.errors()
    assert error.ename == "AccessDenied"
    assert error.traceback == [f"AccessDenied: {error.evalue}"]
    (card,) = [output for output in notebook.document.cells[1].outputs if output.output_type == "display_data"]
    title, reason, again = card.data["text/plain"].splitlines()
    assert title == "\u2717 Not signed in to PromptVM"
    assert reason.startswith("The sign-in was denied (access_denied")
    assert again == "Run the cell again to sign in."
    nothing_left(notebook)


@kinds
def test_an_interrupted_kernel_ends_the_login(dev_server: DevServer, kind: str) -> None:
    def interrupt(_: DevServer, __: str) -> None:
        asyncio.run(notebook.client.km._async_interrupt_kernel())

    notebook = Notebook(dev_server, kind, interrupt)
    with pytest.raises(CellExecutionError):
        notebook.run()

    (error,) = notebook.errors()
    assert error.ename in {"KeyboardInterrupt", "CancelledError"}
    assert error.traceback == [f"{error.ename}: the login was interrupted"]
    (card,) = [output for output in notebook.document.cells[1].outputs if output.output_type == "display_data"]
    assert "The login was interrupted.\nRun the cell again to sign in." in card.data["text/plain"]
    nothing_left(notebook)


@kinds
def test_a_kernel_with_a_display_opens_the_browser_and_the_card_shows_the_other_link(
    dev_server: DevServer, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = executable(tmp_path / "browser", BROWSER)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("BROWSER", str(browser))
    notebook = Notebook(dev_server, kind, lambda server, code: None)
    notebook.run()

    assert notebook.printed == "usr_dev browser\n"
    links = {link for shown in notebook.shown for link in re.findall(r'href="([^"]+)"', shown["text/html"])}
    (link,) = links
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/start/[0-9a-f]{32}", link)
    outputs = "".join(str(cell.outputs) for cell in notebook.document.cells)
    assert "\u2713 Signed in" in outputs
    assert not [word for word in ("/start/", "href", "ada@") if word in outputs]


@kinds
def test_a_browser_that_fails_late_turns_the_same_card_into_a_code(
    dev_server: DevServer, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = executable(tmp_path / "browser", "import sys, time\ntime.sleep(1)\nsys.exit(4)\n")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("BROWSER", str(browser))
    notebook = Notebook(dev_server, kind, lambda server, code: server.auth.approve_device(code))
    notebook.run()

    assert notebook.printed == "usr_dev device\n"
    assert "/start/" in notebook.shown[0]["text/plain"]
    assert 'pass flow="device"' in notebook.shown[0]["text/plain"]
    (with_code, *_) = [shown["text/plain"] for shown in notebook.shown if notebook.code in shown["text/plain"]]
    assert "/start/" not in with_code
    assert "flow=" not in with_code
    outputs = [output for output in notebook.document.cells[1].outputs if output.output_type == "display_data"]
    assert [output.data["text/plain"].splitlines()[0] for output in outputs] == ["\u2713 Signed in to PromptVM"]
    assert "/start/" not in str(notebook.document.cells[1].outputs)
    nothing_left(notebook)
