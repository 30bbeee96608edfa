"""Sign a person in to PromptVM from any Python program.

The front door: every public name, each resolved when it is first used, so that importing this package loads nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .adapters.callback.page_theme import PageContent, PageTexts, PageTheme
    from .client import AsyncOAuthClient, OAuthClient
    from .composition.loopback_server import start_loopback_server
    from .composition.standalone import all_of, json_lines_listener, log_listener, open_browser, terminal_listener
    from .domain.errors import (
        AccessDenied,
        BrowserError,
        CallbackRejected,
        ConfigurationError,
        DeviceCodeExpired,
        EndpointUnknown,
        IncompleteKeyPair,
        InsufficientScope,
        InvalidMetadata,
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
        StepUpNeeded,
        StoreAbsent,
        StoreCorrupt,
        StoreError,
        StoreFailed,
        StoreLocked,
        StoreRefused,
        TokensNotSaved,
        TransportError,
        UnknownProfile,
        UnknownStore,
        WrongIssuer,
        WrongServer,
    )
    from .domain.freshness import RefreshPolicy
    from .domain.oauth.awaited_redirect import Callback
    from .domain.oauth.device_response import DeviceCodeResponse
    from .domain.oauth.pkce import challenge, generate_verifier, new_state
    from .domain.oauth.response import step_up_error
    from .domain.oauth.server import AuthorizationServer
    from .domain.oauth.sessions import Session
    from .domain.tokens import StoredTokens, TokenOrganization, TokenResponse, TokenUser
    from .domain.use_cases.auto_refresh import is_unauthorized_error
    from .domain.use_cases.logout import LogoutResult
    from .domain.use_cases.pending_login import PendingLogin
    from .domain.use_cases.profiles import ProfileSummary
    from .domain.use_cases.record_login import LoginResult
    from .domain.use_cases.status import State, Status
    from .ports.secret import Secret

__all__ = [
    "AccessDenied",
    "AsyncOAuthClient",
    "AuthorizationServer",
    "BrowserError",
    "Callback",
    "CallbackRejected",
    "ConfigurationError",
    "DeviceCodeExpired",
    "DeviceCodeResponse",
    "EndpointUnknown",
    "IncompleteKeyPair",
    "InsufficientScope",
    "InvalidMetadata",
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
    "PageContent",
    "PageTexts",
    "PageTheme",
    "PendingLogin",
    "PortSuspended",
    "ProfileError",
    "ProfileSummary",
    "PromptVMAuthError",
    "RefreshPolicy",
    "RefreshRejected",
    "Secret",
    "ServerUnavailable",
    "Session",
    "State",
    "Status",
    "StepUpNeeded",
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
    "UnknownProfile",
    "UnknownStore",
    "WrongIssuer",
    "WrongServer",
    "all_of",
    "challenge",
    "generate_verifier",
    "is_unauthorized_error",
    "json_lines_listener",
    "log_listener",
    "new_state",
    "open_browser",
    "start_loopback_server",
    "step_up_error",
    "terminal_listener",
]

_HOME = {
    "AccessDenied": "domain.errors",
    "AsyncOAuthClient": "client",
    "AuthorizationServer": "domain.oauth.server",
    "BrowserError": "domain.errors",
    "Callback": "domain.oauth.awaited_redirect",
    "CallbackRejected": "domain.errors",
    "ConfigurationError": "domain.errors",
    "DeviceCodeExpired": "domain.errors",
    "DeviceCodeResponse": "domain.oauth.device_response",
    "EndpointUnknown": "domain.errors",
    "IncompleteKeyPair": "domain.errors",
    "InsufficientScope": "domain.errors",
    "InvalidMetadata": "domain.errors",
    "InvalidProfileName": "domain.errors",
    "InvalidResponse": "domain.errors",
    "InvalidUrl": "domain.errors",
    "ListenerError": "domain.errors",
    "LockTimeout": "domain.errors",
    "LockUnavailable": "domain.errors",
    "LoginResult": "domain.use_cases.record_login",
    "LoginTimeout": "domain.errors",
    "LogoutResult": "domain.use_cases.logout",
    "NoRefreshToken": "domain.errors",
    "NoTokensError": "domain.errors",
    "NothingToShowCode": "domain.errors",
    "OAuthClient": "client",
    "OAuthError": "domain.errors",
    "PageContent": "adapters.callback.page_theme",
    "PageTexts": "adapters.callback.page_theme",
    "PageTheme": "adapters.callback.page_theme",
    "PendingLogin": "domain.use_cases.pending_login",
    "PortSuspended": "domain.errors",
    "ProfileError": "domain.errors",
    "ProfileSummary": "domain.use_cases.profiles",
    "PromptVMAuthError": "domain.errors",
    "RefreshPolicy": "domain.freshness",
    "RefreshRejected": "domain.errors",
    "Secret": "ports.secret",
    "ServerUnavailable": "domain.errors",
    "Session": "domain.oauth.sessions",
    "State": "domain.use_cases.status",
    "Status": "domain.use_cases.status",
    "StepUpNeeded": "domain.errors",
    "StoreAbsent": "domain.errors",
    "StoreCorrupt": "domain.errors",
    "StoreError": "domain.errors",
    "StoreFailed": "domain.errors",
    "StoreLocked": "domain.errors",
    "StoreRefused": "domain.errors",
    "StoredTokens": "domain.tokens",
    "TokenOrganization": "domain.tokens",
    "TokenResponse": "domain.tokens",
    "TokenUser": "domain.tokens",
    "TokensNotSaved": "domain.errors",
    "TransportError": "domain.errors",
    "UnknownProfile": "domain.errors",
    "UnknownStore": "domain.errors",
    "WrongIssuer": "domain.errors",
    "WrongServer": "domain.errors",
    "all_of": "composition.standalone",
    "challenge": "domain.oauth.pkce",
    "generate_verifier": "domain.oauth.pkce",
    "is_unauthorized_error": "domain.use_cases.auto_refresh",
    "json_lines_listener": "composition.standalone",
    "log_listener": "composition.standalone",
    "new_state": "domain.oauth.pkce",
    "open_browser": "composition.standalone",
    "start_loopback_server": "composition.loopback_server",
    "step_up_error": "domain.oauth.response",
    "terminal_listener": "composition.standalone",
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
