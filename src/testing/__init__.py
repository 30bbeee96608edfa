"""Test doubles and contract suites for embedders and for authors of adapters. Names are imported on first use.

Fakes: a clock that jumps, scripted HTTP, browsers that act as the user, a callback listener without sockets,
a memory store, a PromptVM server in process. Suites: subclass a `…Contract` and pytest runs it against your adapter.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.profiles.memory import MemoryProfiles
    from ..adapters.stores.memory import MemoryStore
    from .auth_server import FakeAuthServer
    from .browser import FakeBrowser, ForbiddenBrowser
    from .browser_contract import BrowserContract
    from .callback import FakeCallback
    from .callback_contract import CallbackContract
    from .clock import FakeClock
    from .clock_contract import ClockContract
    from .entropy import FakeEntropy
    from .entropy_contract import EntropyContract
    from .http import ScriptedHttp, json_response
    from .http_contract import HttpContract
    from .listener_contract import ListenerContract
    from .lock import FakeLock
    from .lock_contract import LockContract
    from .person import ScriptedPerson
    from .profile_store_contract import ProfileStoreContract
    from .promptvm import FakePromptVM, Ports
    from .secret_store_contract import SecretStoreContract

__all__ = [
    "BrowserContract",
    "CallbackContract",
    "ClockContract",
    "EntropyContract",
    "FakeAuthServer",
    "FakeBrowser",
    "FakeCallback",
    "FakeClock",
    "FakeEntropy",
    "FakeLock",
    "FakePromptVM",
    "ForbiddenBrowser",
    "HttpContract",
    "ListenerContract",
    "LockContract",
    "MemoryProfiles",
    "MemoryStore",
    "Ports",
    "ProfileStoreContract",
    "ScriptedHttp",
    "ScriptedPerson",
    "SecretStoreContract",
    "json_response",
]

_HOME = {
    "BrowserContract": ".browser_contract",
    "CallbackContract": ".callback_contract",
    "ClockContract": ".clock_contract",
    "EntropyContract": ".entropy_contract",
    "FakeAuthServer": ".auth_server",
    "FakeBrowser": ".browser",
    "FakeCallback": ".callback",
    "FakeClock": ".clock",
    "FakeEntropy": ".entropy",
    "FakeLock": ".lock",
    "FakePromptVM": ".promptvm",
    "ForbiddenBrowser": ".browser",
    "HttpContract": ".http_contract",
    "ListenerContract": ".listener_contract",
    "LockContract": ".lock_contract",
    "MemoryProfiles": "..adapters.profiles.memory",
    "MemoryStore": "..adapters.stores.memory",
    "Ports": ".promptvm",
    "ProfileStoreContract": ".profile_store_contract",
    "ScriptedHttp": ".http",
    "ScriptedPerson": ".person",
    "SecretStoreContract": ".secret_store_contract",
    "json_response": ".http",
}


def __getattr__(name: str) -> object:
    """Imports the module of a name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
