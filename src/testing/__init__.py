"""What embedders and authors of secret stores test with. Names are resolved when first used.

Fakes: a clock that jumps, scripted HTTP, browsers that play the person, a listener without sockets, a memory store, a
whole PromptVM server in process. Suites: subclass a `…Contract` and pytest runs it against an adapter of your own.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.memory import MemoryProfiles, MemoryStore
    from .auth_server import FakeAuthServer
    from .browser import FakeBrowser, ForbiddenBrowser
    from .callback import FakeCallback
    from .callback_contract import CallbackContract
    from .clock import FakeClock
    from .clock_contract import ClockContract
    from .entropy import FakeEntropy
    from .http import ScriptedHttp, json_response
    from .http_contract import HttpContract
    from .lock_contract import LockContract
    from .person import ScriptedPerson
    from .profile_store_contract import ProfileStoreContract
    from .secret_store_contract import SecretStoreContract

__all__ = [
    "CallbackContract",
    "ClockContract",
    "FakeAuthServer",
    "FakeBrowser",
    "FakeCallback",
    "FakeClock",
    "FakeEntropy",
    "ForbiddenBrowser",
    "HttpContract",
    "LockContract",
    "MemoryProfiles",
    "MemoryStore",
    "ProfileStoreContract",
    "ScriptedHttp",
    "ScriptedPerson",
    "SecretStoreContract",
    "json_response",
]

_HOME = {
    "CallbackContract": ".callback_contract",
    "ClockContract": ".clock_contract",
    "FakeAuthServer": ".auth_server",
    "FakeBrowser": ".browser",
    "FakeCallback": ".callback",
    "FakeClock": ".clock",
    "FakeEntropy": ".entropy",
    "ForbiddenBrowser": ".browser",
    "HttpContract": ".http_contract",
    "LockContract": ".lock_contract",
    "MemoryProfiles": "..adapters.memory",
    "MemoryStore": "..adapters.memory",
    "ProfileStoreContract": ".profile_store_contract",
    "ScriptedHttp": ".http",
    "ScriptedPerson": ".person",
    "SecretStoreContract": ".secret_store_contract",
    "json_response": ".http",
}


def __getattr__(name: str) -> object:
    """Import the module that holds a name when the name is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
