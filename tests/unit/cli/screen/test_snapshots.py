"""What a person sees at a login: every scene of both flows, in three windows, with colours, without, and in a pipe.

The pictures lie in `snapshots`. To draw them anew after a change, run these tests with SNAPSHOTS=new, and look at each.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from promptvm_oauth.cli import main

from .scenes import SCENES, Actor, Stage
from .terminal import Size, Terminal

PICTURES = Path(__file__).parent / "snapshots"
WINDOWS = (Size(40, 24), Size(80, 24), Size(120, 40))
VIEWS: dict[str, tuple[Size | None, dict[str, str]]] = {
    **{f"{size.columns}x{size.lines}, colour": (size, {}) for size in WINDOWS},
    **{f"{size.columns}x{size.lines}, no colour": (size, {"NO_COLOR": "1"}) for size in WINDOWS},
    "in a pipe": (None, {}),
}


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A plain terminal in Greenwich."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "PROMPTVM_PLAIN", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    with monkeypatch.context() as context:
        context.setenv("TZ", "UTC")
        if hasattr(time, "tzset"):
            time.tzset()
        yield
    if hasattr(time, "tzset"):
        time.tzset()


def seen(monkeypatch: pytest.MonkeyPatch, view: str, scene: str, flow: str) -> str:
    size, environ = VIEWS[view]
    terminal = Terminal(size)
    with monkeypatch.context() as context:
        for name, value in environ.items():
            context.setenv(name, value)
        terminal.install(context)
        stage = Stage(context, terminal.shown)
        code = main(["login"], make_client=Actor(SCENES[scene], stage, flow))
    return stage.seen or f"{terminal.shown()}-- exit {code}\n"


@pytest.mark.parametrize("flow", ["device", "browser"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_screen_is_the_picture(flow: str, scene: str, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = PICTURES / f"{flow}-{scene.replace('_', '-')}.txt"
    drawn = "\n".join(f"=== {view}\n{seen(monkeypatch, view, scene, flow)}" for view in VIEWS)
    if os.environ.get("SNAPSHOTS") == "new":
        picture.write_text(drawn, encoding="utf-8")
    assert drawn == picture.read_text(encoding="utf-8")
