"""Kernels that cannot run here, by what each of them leaves in the environment and among the loaded modules.

Taken from public documents, sources and reports of each; none of them was run.
"""

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve, frozen
from promptvm_oauth.adapters.listeners.default import DefaultListener
from promptvm_oauth.adapters.system.environment import look_around
from promptvm_oauth.domain.plan import BROWSER, DEVICE, plan_login

from .notebook import CODE, PLANNED, play


class ZMQInteractiveShell:
    """The shell of ipykernel. It has a kernel; a terminal's shell has none."""

    kernel = object()


class Shell(ZMQInteractiveShell):
    """The shell of Colab: `google.colab._shell.Shell`."""


class TerminalInteractiveShell:
    """The shell of `ipython` in a terminal, and of VS Code's terminals."""


@frozen
class Recorded:
    """A kernel elsewhere, and what a login there does."""

    environ: dict[str, str]
    flow: str
    modules: tuple[str, ...] = ("ipykernel",)
    shell: type = ZMQInteractiveShell
    card: bool = True


RECORDED = {
    "JupyterHub": Recorded(
        {
            "JUPYTERHUB_API_URL": "http://10.0.3.7:8081/hub/api",
            "JUPYTERHUB_USER": "ada",
            "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/",
            "JPY_PARENT_PID": "7",
        },
        DEVICE,
    ),
    "JupyterHub with a remote desktop": Recorded(
        {"JUPYTERHUB_API_URL": "http://10.0.3.7:8081/hub/api", "DISPLAY": ":1", "JPY_PARENT_PID": "7"}, DEVICE
    ),
    "Colab": Recorded(
        {
            "COLAB_RELEASE_TAG": "release-colab_20260514-060045_RC00",
            "COLAB_JUPYTER_TRANSPORT": "ipc",
            "COLAB_BACKEND_VERSION": "next",
            "COLAB_GPU": "0",
            "JPY_PARENT_PID": "87",
        },
        DEVICE,
        ("ipykernel", "google.colab"),
        Shell,
    ),
    "Kaggle": Recorded({"KAGGLE_KERNEL_RUN_TYPE": "Interactive", "JPY_PARENT_PID": "11"}, DEVICE),
    "VS Code, kernel by SSH": Recorded(
        {"VSCODE_PID": "1", "SSH_CONNECTION": "192.0.2.1 52100 192.0.2.2 22", "JPY_PARENT_PID": "9"}, DEVICE
    ),
    "VS Code, kernel in a container": Recorded({"REMOTE_CONTAINERS": "true", "JPY_PARENT_PID": "9"}, DEVICE),
    "VS Code in Codespaces": Recorded({"CODESPACES": "true", "VSCODE_PID": "1"}, DEVICE),
    "VS Code on a desktop": Recorded({"VSCODE_PID": "1", "DISPLAY": ":0", "JPY_PARENT_PID": "9"}, BROWSER),
    "JupyterLab on a desktop": Recorded(
        {"DISPLAY": ":0", "JPY_PARENT_PID": "9", "JPY_SESSION_NAME": "/home/ada/x.ipynb"}, BROWSER
    ),
    "JupyterLab on a server": Recorded({"JPY_PARENT_PID": "9", "JPY_SESSION_NAME": "/home/ada/x.ipynb"}, DEVICE),
    "IPython in a terminal of VS Code": Recorded(
        {"TERM_PROGRAM": "vscode", "DISPLAY": ":0"}, BROWSER, (), TerminalInteractiveShell, card=False
    ),
}


@pytest.fixture(params=RECORDED)
def recorded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Plays one of them: its modules are loaded, and standard error is no terminal."""
    kernel: Recorded = RECORDED[request.param]
    for name in ("ipykernel", "google.colab", "marimo"):
        if name in kernel.modules:
            monkeypatch.setitem(sys.modules, name, SimpleNamespace())
        else:
            monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=kernel.shell))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    return kernel


def test_a_kernel_on_another_machine_gets_a_code_and_one_with_a_display_a_browser(recorded: Recorded) -> None:
    here = evolve(look_around(recorded.environ), platform="linux", wsl=False)
    plan = plan_login("auto", here)
    assert here.notebook is recorded.card
    assert plan.flow == recorded.flow
    assert plan.chosen


def test_a_kernel_shows_a_card_and_a_terminal_none(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def update(bundle: dict[str, str], **how: object) -> None:
        shown.append(bundle)

    def display(bundle: dict[str, str], **how: object) -> Any:
        shown.append(bundle)
        return SimpleNamespace(update=update)

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    listener = DefaultListener()
    play(listener, PLANNED, CODE)
    assert [sorted(bundle) for bundle in shown] == [["text/html", "text/plain"]] * recorded.card
    assert listener.shows_codes is recorded.card
