"""The two faces of the library, without logic: `OAuthClient` blocks, `AsyncOAuthClient` is awaited."""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asynchronous import AsyncOAuthClient
    from .blocking import OAuthClient

__all__ = ["AsyncOAuthClient", "OAuthClient"]

_HOME = {"AsyncOAuthClient": "asynchronous", "OAuthClient": "blocking"}


def __getattr__(name: str) -> object:
    """Import the module that holds a face when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
