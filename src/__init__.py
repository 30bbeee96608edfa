"""Signs a user in to PromptVM from any Python program.

The front door: every public name. Each is resolved when it is first used, so importing this package loads nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .adapters.callback.page_theme import PageContent as PageContent, PageTexts as PageTexts, PageTheme as PageTheme
    from .client import AsyncOAuthClient as AsyncOAuthClient, OAuthClient as OAuthClient
    from .composition.standalone import (
        all_of as all_of,
        json_lines_listener as json_lines_listener,
        log_listener as log_listener,
        open_browser as open_browser,
        start_loopback_server as start_loopback_server,
        terminal_listener as terminal_listener,
    )
    from .domain.errors import (
        AccessDenied as AccessDenied,
        BrowserError as BrowserError,
        CallbackRejected as CallbackRejected,
        ConfigurationError as ConfigurationError,
        DeviceCodeExpired as DeviceCodeExpired,
        EndpointUnknown as EndpointUnknown,
        IncompleteKeyPair as IncompleteKeyPair,
        InsufficientScope as InsufficientScope,
        InvalidMetadata as InvalidMetadata,
        InvalidProfileName as InvalidProfileName,
        InvalidResponse as InvalidResponse,
        InvalidUrl as InvalidUrl,
        ListenerError as ListenerError,
        LockTimeout as LockTimeout,
        LockUnavailable as LockUnavailable,
        LoginCancelled as LoginCancelled,
        LoginTimeout as LoginTimeout,
        NoActiveProfile as NoActiveProfile,
        NoRefreshToken as NoRefreshToken,
        NoTokensError as NoTokensError,
        NothingToShowCode as NothingToShowCode,
        OAuthError as OAuthError,
        PortSuspended as PortSuspended,
        ProfileCorrupt as ProfileCorrupt,
        ProfileError as ProfileError,
        ProfileRequired as ProfileRequired,
        PromptVMAuthError as PromptVMAuthError,
        RefreshRejected as RefreshRejected,
        ServerUnavailable as ServerUnavailable,
        StepUpNeeded as StepUpNeeded,
        StoreAbsent as StoreAbsent,
        StoreCorrupt as StoreCorrupt,
        StoreError as StoreError,
        StoreFailed as StoreFailed,
        StoreLocked as StoreLocked,
        StoreRefused as StoreRefused,
        StoresDisagree as StoresDisagree,
        TokensNotSaved as TokensNotSaved,
        TransportError as TransportError,
        UnboundTokens as UnboundTokens,
        UnknownProfile as UnknownProfile,
        UnknownStore as UnknownStore,
        UnreadableResponse as UnreadableResponse,
        UntrustedCertificate as UntrustedCertificate,
        WrongIssuer as WrongIssuer,
        WrongNetworkSetup as WrongNetworkSetup,
        WrongServer as WrongServer,
        WrongUser as WrongUser,
    )
    from .domain.freshness import RefreshPolicy as RefreshPolicy
    from .domain.oauth.awaited_redirect import Callback as Callback
    from .domain.oauth.device_response import DeviceCodeResponse as DeviceCodeResponse
    from .domain.oauth.pkce import (
        challenge as challenge,
        generate_verifier as generate_verifier,
        new_state as new_state,
    )
    from .domain.oauth.response import step_up_error as step_up_error
    from .domain.oauth.server import AuthorizationServer as AuthorizationServer
    from .domain.oauth.sessions import Session as Session
    from .domain.tokens import (
        StoredTokens as StoredTokens,
        TokenOrganization as TokenOrganization,
        TokenResponse as TokenResponse,
        TokenUser as TokenUser,
    )
    from .domain.use_cases.auto_refresh import is_unauthorized_error as is_unauthorized_error
    from .domain.use_cases.logout import LogoutResult as LogoutResult
    from .domain.use_cases.pending_login import PendingLogin as PendingLogin
    from .domain.use_cases.profiles import ProfileSummary as ProfileSummary
    from .domain.use_cases.login_result import LoginResult as LoginResult
    from .domain.use_cases.status import State as State, Status as Status
    from .domain.use_cases.token_details import TokenDetails as TokenDetails
    from .domain.use_cases.wipe import WipeResult as WipeResult
    from .ports.cancellation import Cancellation as Cancellation, CancelLogin as CancelLogin
    from .ports.pasting import PasteQueue as PasteQueue
    from .ports.secret import Secret as Secret

_NAMES = {
    "adapters.callback.page_theme": "PageContent PageTexts PageTheme",
    "client": "AsyncOAuthClient OAuthClient",
    "composition.standalone": """
        all_of json_lines_listener log_listener open_browser start_loopback_server terminal_listener
    """,
    "domain.errors": """
        AccessDenied BrowserError CallbackRejected ConfigurationError DeviceCodeExpired EndpointUnknown
        IncompleteKeyPair InsufficientScope InvalidMetadata InvalidProfileName InvalidResponse InvalidUrl
        ListenerError LockTimeout LockUnavailable LoginCancelled LoginTimeout NoActiveProfile NoRefreshToken
        NoTokensError NothingToShowCode OAuthError PortSuspended ProfileCorrupt ProfileError ProfileRequired
        PromptVMAuthError RefreshRejected ServerUnavailable StepUpNeeded StoreAbsent StoreCorrupt StoreError StoreFailed
        StoreLocked StoreRefused StoresDisagree TokensNotSaved TransportError UnboundTokens UnknownProfile
        UnknownStore UnreadableResponse UntrustedCertificate WrongIssuer WrongNetworkSetup WrongServer
        WrongUser
    """,
    "domain.freshness": "RefreshPolicy",
    "domain.oauth.awaited_redirect": "Callback",
    "domain.oauth.device_response": "DeviceCodeResponse",
    "domain.oauth.pkce": "challenge generate_verifier new_state",
    "domain.oauth.response": "step_up_error",
    "domain.oauth.server": "AuthorizationServer",
    "domain.oauth.sessions": "Session",
    "domain.tokens": "StoredTokens TokenOrganization TokenResponse TokenUser",
    "domain.use_cases.auto_refresh": "is_unauthorized_error",
    "domain.use_cases.login_result": "LoginResult",
    "domain.use_cases.logout": "LogoutResult",
    "domain.use_cases.pending_login": "PendingLogin",
    "domain.use_cases.profiles": "ProfileSummary",
    "domain.use_cases.status": "State Status",
    "domain.use_cases.token_details": "TokenDetails",
    "domain.use_cases.wipe": "WipeResult",
    "ports.cancellation": "CancelLogin Cancellation",
    "ports.pasting": "PasteQueue",
    "ports.secret": "Secret",
}
"""The public names of each module. The imports above show the same names to type checkers and editors."""

if not TYPE_CHECKING:  # the imports are all that type checkers need; so they report a name that is not there
    __all__ = list(" ".join(_NAMES.values()).split())

    def __getattr__(name: str) -> object:
        """Imports the module that holds a public name when the name is first used."""
        for module, names in _NAMES.items():
            if name in names.split():
                from importlib import import_module

                value: object = getattr(import_module(f".{module}", __name__), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return __all__
