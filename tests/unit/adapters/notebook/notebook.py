"""A notebook that records its outputs, and the events of a login."""

from promptvm_oauth.adapters.notebook.listener import NotebookListener
from promptvm_oauth.ports import events
from promptvm_oauth.ports.events import Event, Listener

URL = "http://127.0.0.1:5000/start/0123"
PAGE = "https://app.example.test/device"
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J\u202e\"'&"

PLANNED = events.LoginPlanned(
    "work",
    "device",
    "why",
    "no display",
    chosen=True,
    opens=False,
    offers=("device",),
    replaces="ada@x",
    product="PromptVM",
)
OPENING = events.LoginPlanned(
    "work", "browser", "why", "", chosen=True, opens=True, offers=("browser", "device"), product="PromptVM"
)
CODE = events.DeviceCodeIssued(
    "work", "WDJB-MJHT", PAGE, f"{PAGE}?user_code=WDJB-MJHT", openable=True, expires_in=600.0
)
LOGGED_IN = events.LoggedIn("work", "ada@example.com", "device", "keychain")


class Notebook:
    """The outputs below the cells of a notebook."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, str]] = []
        self.first: dict[str, str] = {}
        self.now = 1000.0

    def show(self, bundle: dict[str, str]) -> "Cell":
        self.first = bundle
        self.outputs.append(bundle)
        return Cell(self, len(self.outputs) - 1)

    def listener(self, *, ticking: bool = False) -> NotebookListener:
        return NotebookListener(self.show, lambda: self.now, ticking=ticking)

    @property
    def html(self) -> str:
        return self.outputs[-1]["text/html"]

    @property
    def text(self) -> str:
        return self.outputs[-1]["text/plain"]


class Cell:
    def __init__(self, notebook: Notebook, number: int) -> None:
        self._notebook, self._number = notebook, number

    def update(self, bundle: dict[str, str], /) -> None:
        self._notebook.outputs[self._number] = bundle


def play(listener: Listener, *played: Event) -> None:
    for event in played:
        listener(event)
