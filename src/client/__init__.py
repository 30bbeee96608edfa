"""The two client classes, without logic: `OAuthClient` blocks, `AsyncOAuthClient` is for asyncio."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asynchronous import AsyncOAuthClient as AsyncOAuthClient
    from .blocking import OAuthClient as OAuthClient

_HOME = {"AsyncOAuthClient": "asynchronous", "OAuthClient": "blocking"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Imports the module that holds a client class when the class is first used."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f".{_HOME[name]}", __name__), name)
