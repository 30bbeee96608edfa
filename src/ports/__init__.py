"""The ports: what the domain needs from the outside, one small Protocol per file. Names are imported on first use."""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .browser import Browser
    from .callback import Accept, CallbackListener, CallbackPort, Outcome
    from .cancellation import Cancellation, CancelLogin
    from .clock import Clock
    from .entropy import Entropy
    from .events import Event, Listener
    from .http import Http, HttpRequest, HttpResponse
    from .lock import Lock
    from .pasting import PasteQueue, PasteSource
    from .profiles import ProfileStore
    from .secrets import SecretStore

__all__ = [
    "Accept",
    "Browser",
    "CallbackListener",
    "CallbackPort",
    "CancelLogin",
    "Cancellation",
    "Clock",
    "Entropy",
    "Event",
    "Http",
    "HttpRequest",
    "HttpResponse",
    "Listener",
    "Lock",
    "Outcome",
    "PasteQueue",
    "PasteSource",
    "ProfileStore",
    "SecretStore",
]

_HOME = {
    "Accept": "callback",
    "Browser": "browser",
    "CancelLogin": "cancellation",
    "Cancellation": "cancellation",
    "CallbackListener": "callback",
    "CallbackPort": "callback",
    "Clock": "clock",
    "Entropy": "entropy",
    "Event": "events",
    "Http": "http",
    "HttpRequest": "http",
    "HttpResponse": "http",
    "Listener": "events",
    "Lock": "lock",
    "Outcome": "callback",
    "PasteQueue": "pasting",
    "PasteSource": "pasting",
    "ProfileStore": "profiles",
    "SecretStore": "secrets",
}


def __getattr__(name: str) -> object:
    """Imports the module of a name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
