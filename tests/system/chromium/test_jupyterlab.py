"""A login in JupyterLab, in a real browser: the card, its countdown, and the result that replaces it."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat import v4
from promptvm_oauth.devserver import DevServer

if TYPE_CHECKING:
    from .conftest import Chromium

PATIENCE = 60.0
CARD = "(document.querySelector('.jp-OutputArea-output') || {}).innerText"
CELLS = """
import promptvm_oauth as oauth
client = oauth.OAuthClient(base_url={url!r}, app_url={url!r}, secrets="memory")
"""


@pytest.fixture
def lab(tmp_path: Path, dev_server: DevServer, without_display: None) -> Generator[str]:
    """Returns the address of a notebook in a JupyterLab that has no display, as on a server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    untyped: Any = v4
    cells = [CELLS.format(url=dev_server.base_url), "client.login('work')"]
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = untyped.new_notebook(
        cells=[untyped.new_code_cell(cell) for cell in cells], metadata={"kernelspec": python}
    )
    (tmp_path / "login.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    own = {name: str(tmp_path / "own") for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    options = ("--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, "--expose-app-in-browser", f"--ServerApp.root_dir={tmp_path}"],
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_it_answers(port, server)
        yield f"http://127.0.0.1:{port}/lab/tree/login.ipynb"
    finally:
        server.terminate()
        server.wait(PATIENCE)


def wait_until_it_answers(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except OSError:
            assert server.poll() is None, "JupyterLab did not start"
            assert time.monotonic() < deadline, "JupyterLab does not answer"
            time.sleep(0.1)
        else:
            return


def test_a_login_in_jupyterlab_is_one_card(chromium: "Chromium", lab: str, dev_server: DevServer) -> None:
    tab = chromium.open(lab)

    def wait_for(script: str) -> Any:
        return tab.wait_for(script, PATIENCE)

    wait_for("window.jupyterapp && document.querySelectorAll('.jp-CodeCell').length === 2")
    wait_for("/ipykernel.*Idle/.test(document.querySelector('#jp-main-statusbar').innerText)")
    tab.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    shown = wait_for(f"/left/.test({CARD}) && {CARD}")
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", shown, re.MULTILINE)
    assert code is not None, shown
    link = tab.evaluate("document.querySelector('.jp-OutputArea-output a').href")
    assert link == f"{dev_server.base_url}/cli/device?user_code={code[0]}"
    assert wait_for(f"{CARD} !== {shown!r} && /left/.test({CARD})")  # it counts down

    dev_server.auth.approve_device(code[0])
    assert wait_for(f"/Signed in/.test({CARD}) && {CARD}") == (
        "\u2713 Signed in to PromptVM\nProfile work, kept in memory."
    )
    assert wait_for("document.querySelectorAll('.jp-OutputArea-output').length === 2")
    saved = tab.evaluate("[...document.querySelectorAll('.jp-OutputArea-output')].map(each => each.innerHTML).join()")
    assert not [word for word in (code[0], "ada@", "http", "href") if word in saved]
    tab.close()
