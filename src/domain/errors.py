"""Every error of this package, drawn once.

A class answers what the caller can do: `retryable` (the same call may succeed later), `needs_login` (only a new login
helps), neither (fix what the text names). R and L mark them.

    PromptVMAuthError
    ├── TransportError            R   no complete response: DNS, connection, TLS, time-out, size
    ├── OAuthError                    the server said no, with code, description and status (RFC 6749 §5.2)
    │   ├── AccessDenied              the person said no
    │   ├── DeviceCodeExpired         the person took too long (RFC 8628 §3.5)
    │   ├── RefreshRejected       L   the refresh token is dead: the `invalid_grant` family
    │   ├── InsufficientScope     L   the login may not do this; log in again with the scope it names (RFC 6750 §3.1)
    │   ├── StepUpNeeded          L   the person must prove more at a new login (RFC 9470 §3)
    │   └── ServerUnavailable     R   408, 429 and 5xx
    ├── InvalidResponse               an answer that cannot be understood, or must not be trusted
    │   └── InvalidMetadata           a server's description of itself is not what RFC 8414 allows
    ├── CallbackRejected              a redirect that does not answer this login; nothing was exchanged
    │   └── WrongIssuer               it came from another server than the login was begun with (RFC 9207)
    ├── LoginTimeout                  nobody came back from the browser in time
    ├── NoTokensError             L   nobody is signed in to this profile
    ├── NoRefreshToken            L   the access token is over and there is nothing to renew it with
    ├── TokensNotSaved                fresh tokens could not be stored; the error carries them
    ├── ConfigurationError            something that was configured or passed is wrong
    │   ├── InvalidProfileName
    │   ├── InvalidUrl                a server's URL that must not be used
    │   ├── EndpointUnknown           the server does not offer what was asked for, or it is not known where
    │   ├── IncompleteKeyPair         half a key pair in the environment
    │   ├── WrongServer               the login belongs to another server than the one configured now
    │   ├── NothingToShowCode         a device login without anyone to show the code to
    │   ├── UnknownStore              no secret store of that name
    │   ├── UnknownProfile            no profile of that name
    │   └── PortSuspended             an asynchronous port in a blocking client
    ├── StoreError                    a secret store did not do what it was asked
    │   ├── StoreAbsent
    │   ├── StoreLocked           R
    │   ├── StoreRefused
    │   ├── StoreFailed           R
    │   └── StoreCorrupt          L   kept aside; a new login replaces it
    ├── ProfileError                  a profile or the configuration file is unreadable or not writable
    ├── LockTimeout               R
    ├── LockUnavailable               the file system cannot lock
    ├── ListenerError                 no loopback port
    └── BrowserError                  no browser was started
"""

from ..ports.errors import (
    BrowserError as BrowserError,
    ListenerError as ListenerError,
    LockTimeout as LockTimeout,
    LockUnavailable as LockUnavailable,
    ProfileError as ProfileError,
    PromptVMAuthError as PromptVMAuthError,
    StoreAbsent as StoreAbsent,
    StoreCorrupt as StoreCorrupt,
    StoreError as StoreError,
    StoreFailed as StoreFailed,
    StoreLocked as StoreLocked,
    StoreRefused as StoreRefused,
    TransportError as TransportError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tokens import StoredTokens


class OAuthError(PromptVMAuthError):
    """The authorization server refused (RFC 6749 §5.2).

    Attributes:
        code: the `error` code; empty if the server gave none.
        description: its `error_description`, cleaned of control characters, capped, with our own secrets taken out.
        status: the HTTP status, or 0 where the error came by redirect.
    """

    def __init__(self, code: str, description: str = "", status: int = 0) -> None:
        self.code = code
        self.description = description
        self.status = status
        what = code or (f"HTTP status {status}" if status else "an error without a code")
        super().__init__(f"{what}: {description}" if description else f"the authorization server answered {what}")


class AccessDenied(OAuthError):
    """The person refused the login; start again only when the person asks for it."""


class DeviceCodeExpired(OAuthError):
    """The device code is void before anybody approved it; start a new login (RFC 8628 §3.5)."""


class RefreshRejected(OAuthError):
    """The server no longer takes the refresh token: log in again. What is stored is kept."""

    needs_login = True


class InsufficientScope(OAuthError):
    """The access token does not allow this (RFC 6750 §3.1): log in again, asking for the scope it names.

    Attributes:
        scope: what to ask for, cleaned; empty if the server did not say.
    """

    needs_login = True

    def __init__(self, code: str, description: str = "", status: int = 0, *, scope: str = "") -> None:
        wanted = f"it takes the scope {scope!r}" if scope else ""
        super().__init__(code, "; ".join(filter(None, (description, wanted))), status)
        self.scope = scope


class StepUpNeeded(OAuthError):
    """The person must sign in again, in a stronger way or more recently (RFC 9470 §3).

    Attributes:
        acr_values: the ways that would do, for the authorize parameter of that name; empty if the server did not say.
        max_age: seconds that may have passed since the person signed in, for the parameter of that name, or None.
    """

    needs_login = True

    def __init__(
        self, code: str, description: str = "", status: int = 0, *, acr_values: str = "", max_age: int | None = None
    ) -> None:
        ways = f"it takes acr_values {acr_values!r}" if acr_values else ""
        age = f"it takes a sign-in at most {max_age} s old" if max_age is not None else ""
        super().__init__(code, "; ".join(filter(None, (description, ways, age))), status)
        self.acr_values = acr_values
        self.max_age = max_age


class ServerUnavailable(OAuthError):
    """The server is overloaded or broken at the moment (408, 429, 5xx); nothing was decided, try later."""

    retryable = True


class InvalidResponse(PromptVMAuthError):
    """The server's answer is not what the protocol allows, so it is not used."""


class InvalidMetadata(InvalidResponse):
    """A server's metadata is missing, broken, or of another issuer than the one that was asked for (RFC 8414 §3.3)."""


class CallbackRejected(PromptVMAuthError):
    """A redirect that does not answer this login: another state, another URI, another server, used before."""


class WrongIssuer(CallbackRejected):
    """The redirect names another server than the login was begun with, or none where one must be named (RFC 9207 §2.4).

    It may be a mix-up attack: the code was sent nowhere, and the login is over.
    """


class LoginTimeout(PromptVMAuthError):
    """Nobody came back from the browser in time; nothing was stored."""


class NoTokensError(PromptVMAuthError):
    """Nobody is signed in to this profile."""

    needs_login = True

    def __init__(self, profile: str) -> None:
        self.profile = profile
        super().__init__(f"nobody is signed in to the profile {profile!r}: log in first")


class NoRefreshToken(PromptVMAuthError):
    """The access token is over, and the server gave no refresh token to renew it with."""

    needs_login = True


class TokensNotSaved(PromptVMAuthError):
    """The server gave new tokens and the store did not take them; the stored ones may be dead by now.

    Attributes:
        tokens: the fresh tokens, the only copy there is.
    """

    def __init__(self, reason: str, *, tokens: "StoredTokens") -> None:
        super().__init__(reason)
        self.tokens = tokens


class ConfigurationError(PromptVMAuthError):
    """Something that was configured, or passed as an argument, is wrong; the text names it."""


class InvalidProfileName(ConfigurationError):
    """A profile name is letters, digits, dot, underscore and hyphen, and neither `.` nor `..`."""


class InvalidUrl(ConfigurationError):
    """A URL that must not be used: not https off loopback, with a user name, with control characters."""


class EndpointUnknown(ConfigurationError):
    """The server does not say where it does this; give the endpoint, or use a flow that does not need it."""


class IncompleteKeyPair(ConfigurationError):
    """One of `PROMPTVM_PUBLIC_KEY` and `PROMPTVM_SECRET_KEY` is set without the other."""


class WrongServer(ConfigurationError):
    """The profile's login belongs to one server and the configuration names another; nothing was sent."""


class NothingToShowCode(ConfigurationError):
    """A device login has a code to show, and there is neither a terminal nor a listener for events."""


class UnknownStore(ConfigurationError):
    """No secret store is known by that name."""


class UnknownProfile(ConfigurationError):
    """No profile is known by that name."""


class PortSuspended(ConfigurationError):
    """A port of a blocking client tried to wait for an event loop."""


def reason_of(error: BaseException) -> str:
    """Returns why something failed, fit for a message; the text of an error that is not ours may hold anything."""
    return str(error) if isinstance(error, PromptVMAuthError) else f"unexpected {type(error).__name__}"
