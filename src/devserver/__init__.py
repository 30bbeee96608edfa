"""A PromptVM authorization server for demos, examples and tests. Names are imported on first use.

`AuthServer` is the logic, without sockets, threads or a clock; `DevServer` serves it on a loopback port.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .auth_server import AuthServer
    from .http_server import DevServer
    from .settings import Settings

__all__ = ["AuthServer", "DevServer", "Settings"]

_HOME = {"AuthServer": "auth_server", "DevServer": "http_server", "Settings": "settings"}


def __getattr__(name: str) -> object:
    """Imports a name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
