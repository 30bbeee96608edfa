"""Sign a person in to PromptVM from any Python program.

The front door: every public name, each resolved when it is first used, so that importing this package loads nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import AsyncOAuthClient, OAuthClient
    from .domain.device_response import DeviceCodeResponse
    from .domain.errors import (
        AccessDenied,
        BrowserError,
        ConfigurationError,
        DeviceCodeExpired,
        IncompleteKeyPair,
        InvalidProfileName,
        InvalidResponse,
        InvalidUrl,
        ListenerError,
        LockTimeout,
        LockUnavailable,
        LoginTimeout,
        NoRefreshToken,
        NothingToShowCode,
        NoTokensError,
        OAuthError,
        PortSuspended,
        ProfileError,
        PromptVMAuthError,
        RefreshRejected,
        ServerUnavailable,
        StoreAbsent,
        StoreCorrupt,
        StoreError,
        StoreFailed,
        StoreLocked,
        StoreRefused,
        TokensNotSaved,
        TransportError,
        UnknownStore,
        WrongServer,
    )
    from .domain.freshness import RefreshPolicy
    from .domain.login import LoginResult
    from .domain.logout import LogoutResult
    from .domain.pkce import challenge, generate_verifier, new_state
    from .domain.secret import Secret
    from .domain.server import AuthorizationServer
    from .domain.sessions import Session
    from .domain.status import State, Status
    from .domain.tokens import StoredTokens, TokenOrganization, TokenResponse, TokenUser

__all__ = [
    "AccessDenied",
    "AsyncOAuthClient",
    "AuthorizationServer",
    "BrowserError",
    "ConfigurationError",
    "DeviceCodeExpired",
    "DeviceCodeResponse",
    "IncompleteKeyPair",
    "InvalidProfileName",
    "InvalidResponse",
    "InvalidUrl",
    "ListenerError",
    "LockTimeout",
    "LockUnavailable",
    "LoginResult",
    "LoginTimeout",
    "LogoutResult",
    "NoRefreshToken",
    "NoTokensError",
    "NothingToShowCode",
    "OAuthClient",
    "OAuthError",
    "PortSuspended",
    "ProfileError",
    "PromptVMAuthError",
    "RefreshPolicy",
    "RefreshRejected",
    "Secret",
    "ServerUnavailable",
    "Session",
    "State",
    "Status",
    "StoreAbsent",
    "StoreCorrupt",
    "StoreError",
    "StoreFailed",
    "StoreLocked",
    "StoreRefused",
    "StoredTokens",
    "TokenOrganization",
    "TokenResponse",
    "TokenUser",
    "TokensNotSaved",
    "TransportError",
    "UnknownStore",
    "WrongServer",
    "challenge",
    "generate_verifier",
    "new_state",
]

_HOME = {
    "AsyncOAuthClient": "client",
    "OAuthClient": "client",
    "DeviceCodeResponse": "domain.device_response",
    "AccessDenied": "domain.errors",
    "BrowserError": "domain.errors",
    "ConfigurationError": "domain.errors",
    "DeviceCodeExpired": "domain.errors",
    "IncompleteKeyPair": "domain.errors",
    "InvalidProfileName": "domain.errors",
    "InvalidResponse": "domain.errors",
    "InvalidUrl": "domain.errors",
    "ListenerError": "domain.errors",
    "LockTimeout": "domain.errors",
    "LockUnavailable": "domain.errors",
    "LoginTimeout": "domain.errors",
    "NoRefreshToken": "domain.errors",
    "NoTokensError": "domain.errors",
    "NothingToShowCode": "domain.errors",
    "OAuthError": "domain.errors",
    "PortSuspended": "domain.errors",
    "ProfileError": "domain.errors",
    "PromptVMAuthError": "domain.errors",
    "RefreshRejected": "domain.errors",
    "ServerUnavailable": "domain.errors",
    "StoreAbsent": "domain.errors",
    "StoreCorrupt": "domain.errors",
    "StoreError": "domain.errors",
    "StoreFailed": "domain.errors",
    "StoreLocked": "domain.errors",
    "StoreRefused": "domain.errors",
    "TokensNotSaved": "domain.errors",
    "TransportError": "domain.errors",
    "UnknownStore": "domain.errors",
    "WrongServer": "domain.errors",
    "RefreshPolicy": "domain.freshness",
    "LoginResult": "domain.login",
    "LogoutResult": "domain.logout",
    "challenge": "domain.pkce",
    "generate_verifier": "domain.pkce",
    "new_state": "domain.pkce",
    "Secret": "domain.secret",
    "AuthorizationServer": "domain.server",
    "Session": "domain.sessions",
    "State": "domain.status",
    "Status": "domain.status",
    "StoredTokens": "domain.tokens",
    "TokenOrganization": "domain.tokens",
    "TokenResponse": "domain.tokens",
    "TokenUser": "domain.tokens",
}


def __getattr__(name: str) -> object:
    """Import the module that holds a public name when the name is first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
