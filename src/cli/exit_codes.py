"""The exit codes of errors, which say what a script can do about them."""

from ..domain import errors

DONE = 0
FAILED = 1
USAGE = 2
LOGIN = 3
LATER = 4
STORE = 5
INTERRUPTED = 130
"""128 + SIGINT, as shells report a program that was ended by Ctrl-C; also of a login that was cancelled."""

EXIT_CODES: dict[type[errors.PromptVMAuthError], int] = {
    errors.PromptVMAuthError: FAILED,
    errors.TransportError: LATER,
    errors.UnreadableResponse: FAILED,
    errors.UntrustedCertificate: FAILED,
    errors.WrongNetworkSetup: FAILED,
    errors.OAuthError: FAILED,
    errors.AccessDenied: FAILED,
    errors.DeviceCodeExpired: FAILED,
    errors.RefreshRejected: LOGIN,
    errors.InsufficientScope: LOGIN,
    errors.StepUpNeeded: LOGIN,
    errors.ServerUnavailable: LATER,
    errors.InvalidResponse: FAILED,
    errors.InvalidMetadata: FAILED,
    errors.CallbackRejected: FAILED,
    errors.WrongIssuer: FAILED,
    errors.LoginTimeout: FAILED,
    errors.LoginCancelled: INTERRUPTED,
    errors.NoTokensError: LOGIN,
    errors.NoActiveProfile: LOGIN,
    errors.NoRefreshToken: LOGIN,
    errors.WrongUser: LOGIN,
    errors.TokensNotSaved: STORE,
    errors.ConfigurationError: USAGE,
    errors.InvalidProfileName: USAGE,
    errors.ProfileRequired: USAGE,
    errors.InvalidUrl: USAGE,
    errors.EndpointUnknown: USAGE,
    errors.IncompleteKeyPair: USAGE,
    errors.WrongServer: USAGE,
    errors.UnboundTokens: LOGIN,
    errors.NothingToShowCode: USAGE,
    errors.UnknownStore: USAGE,
    errors.UnknownProfile: USAGE,
    errors.PortSuspended: FAILED,
    errors.StoreError: STORE,
    errors.StoreAbsent: STORE,
    errors.StoreLocked: STORE,
    errors.StoreRefused: STORE,
    errors.StoreFailed: STORE,
    errors.StoreCorrupt: LOGIN,
    errors.StoresDisagree: LOGIN,
    errors.ProfileError: FAILED,
    errors.ProfileCorrupt: LOGIN,
    errors.LockTimeout: LATER,
    errors.LockUnavailable: FAILED,
    errors.ListenerError: FAILED,
    errors.BrowserError: FAILED,
}
"""The exit code of each class; a class that is missing here has its base class's code."""


def exit_code(error: errors.PromptVMAuthError) -> int:
    """Returns the exit code of an error."""
    return next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)
