"""Every error of this package, in one tree.

Each class says what the caller can do: `retryable` (R, the same call may succeed later), `needs_login` (L, only a new
login helps), or neither (fix what the message names).

    PromptVMAuthError
    ├── TransportError            R   no complete response: DNS, connection, TLS, time-out, size
    │   ├── UnreadableResponse        a success in an unknown encoding; what was sent may be used up
    │   ├── UntrustedCertificate      the TLS certificate is not trusted
    │   └── WrongNetworkSetup         a setting for proxies or certificates is wrong; the message names it
    ├── OAuthError                    the server refused, with code, description and status (RFC 6749 §5.2)
    │   ├── AccessDenied              the user refused
    │   ├── DeviceCodeExpired         the login was not approved in time (RFC 8628 §3.5)
    │   ├── RefreshRejected       L   the refresh token is invalid: `invalid_grant` and its variants
    │   ├── InsufficientScope     L   the token lacks a scope; log in again with the scope it names (RFC 6750 §3.1)
    │   ├── StepUpNeeded          L   the API requires a stronger or more recent sign-in (RFC 9470 §3)
    │   └── ServerUnavailable     R   408, 429 and 5xx
    ├── InvalidResponse               a response that is malformed or must not be trusted
    │   └── InvalidMetadata           server metadata that violates RFC 8414
    ├── CallbackRejected              a redirect that does not belong to this login; nothing was exchanged
    │   └── WrongIssuer               the redirect is from another server than the login's (RFC 9207)
    ├── LoginTimeout                  the user did not finish the login in the browser in time
    ├── LoginCancelled                the program cancelled the login
    ├── NoTokensError             L   the profile is not signed in
    │   └── NoActiveProfile       L   no profile is active since a logout, and the call names none
    ├── NoRefreshToken            L   the access token has expired and there is no refresh token
    ├── WrongUser                 L   the tokens are for another user than the profile says
    ├── TokensNotSaved                new tokens could not be stored; the error carries them
    ├── ConfigurationError            something that was configured or passed is wrong
    │   ├── InvalidProfileName
    │   ├── ProfileRequired           a call without a profile, by a client that has no default one
    │   ├── InvalidUrl                a server URL that must not be used
    │   ├── EndpointUnknown           the server has no such endpoint, or its URL is unknown
    │   ├── IncompleteKeyPair         half a key pair in the environment
    │   ├── WrongServer               the login belongs to another server than the configured one
    │   │   └── UnboundTokens     L   nothing says which server issued the stored tokens
    │   ├── NothingToShowCode         a device login with neither a terminal nor an event listener
    │   ├── UnknownStore              no secret store of that name
    │   ├── UnknownProfile            no profile of that name
    │   └── PortSuspended             an asynchronous port in a blocking client
    ├── StoreError                    a secret store failed
    │   ├── StoreAbsent
    │   ├── StoreLocked           R
    │   ├── StoreRefused
    │   ├── StoreFailed           R
    │   ├── StoreCorrupt          L   set aside; a new login replaces it
    │   └── StoresDisagree        L   keychain and file have tokens of different users
    ├── ProfileError                  a profile or the configuration file cannot be read or written
    │   └── ProfileCorrupt        L   set aside; a new login replaces it
    ├── LockTimeout               R
    ├── LockUnavailable               the file system cannot lock
    ├── ListenerError                 no loopback port is free
    └── BrowserError                  no browser was started
"""

from ..ports.errors import (
    BrowserError as BrowserError,
    ListenerError as ListenerError,
    LockTimeout as LockTimeout,
    LockUnavailable as LockUnavailable,
    LoginCancelled as LoginCancelled,
    ProfileCorrupt as ProfileCorrupt,
    ProfileError as ProfileError,
    PromptVMAuthError as PromptVMAuthError,
    StoreAbsent as StoreAbsent,
    StoreCorrupt as StoreCorrupt,
    StoreError as StoreError,
    StoreFailed as StoreFailed,
    StoreLocked as StoreLocked,
    StoreRefused as StoreRefused,
    TransportError as TransportError,
    UnreadableResponse as UnreadableResponse,
    UntrustedCertificate as UntrustedCertificate,
    WrongNetworkSetup as WrongNetworkSetup,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tokens import StoredTokens


class OAuthError(PromptVMAuthError):
    """The authorization server refused (RFC 6749 §5.2). The message says why.

    Attributes:
        code: the `error` code; empty if the server sent none.
        description: the `error_description`, cleaned, shortened, and without the secrets that were sent.
        status: the HTTP status, or 0 if the error arrived in a redirect.
    """

    _sentence = ""  # what happened, in words for a user, if the class says it

    def __init__(self, code: str, description: str = "", status: int = 0) -> None:
        self.code, self.description, self.status = code, description, status
        what = code or (f"HTTP status {status}" if status else "an error without a code")
        said = f"{what}: {description}" if description else what
        opening = self._sentence or ("" if description else "the authorization server answered")
        super().__init__(f"{opening} ({said})" if self._sentence else f"{opening} {said}".lstrip())


class AccessDenied(OAuthError):
    """The user refused the login. Start a new one only when the user asks for it."""

    _sentence = "the sign-in was denied"


class DeviceCodeExpired(OAuthError):
    """The device code expired before the user approved it. Start a new login (RFC 8628 §3.5)."""

    _sentence = "the code expired before the sign-in was approved"


class RefreshRejected(OAuthError):
    """The server rejected the refresh token. Log in again; the stored tokens are kept until then."""

    needs_login = True
    _sentence = "the server no longer accepts this login"


class InsufficientScope(OAuthError):
    """The access token lacks a scope (RFC 6750 §3.1). Log in again and request the scope that the error names.

    Attributes:
        scope: the scope to request, without control characters; empty if the server did not name one.
    """

    needs_login = True

    def __init__(self, code: str, description: str = "", status: int = 0, *, scope: str = "") -> None:
        wanted = f"the scope {scope!r} is required" if scope else ""
        super().__init__(code, "; ".join(filter(None, (description, wanted))), status)
        self.scope = scope


class StepUpNeeded(OAuthError):
    """The API requires a stronger or more recent sign-in (RFC 9470 §3). Log in again with these parameters.

    Attributes:
        acr_values: the accepted authentication methods, for the authorize parameter of that name; may be empty.
        max_age: the greatest allowed age of the sign-in in seconds, for the parameter of that name, or None.
    """

    needs_login = True

    def __init__(
        self, code: str, description: str = "", status: int = 0, *, acr_values: str = "", max_age: int | None = None
    ) -> None:
        methods = f"acr_values {acr_values!r} are required" if acr_values else ""
        age = f"a sign-in at most {max_age} s old is required" if max_age is not None else ""
        super().__init__(code, "; ".join(filter(None, (description, methods, age))), status)
        self.acr_values = acr_values
        self.max_age = max_age


class ServerUnavailable(OAuthError):
    """The server is temporarily unavailable (408, 429, 5xx). Try again later; nothing was lost."""

    retryable = True


class InvalidResponse(PromptVMAuthError):
    """The server's response violates the protocol and was not used. Report it to the server's operator."""


class InvalidMetadata(InvalidResponse):
    """The server's metadata is missing, malformed or of another issuer (RFC 8414 §3.3). Check the issuer URL."""


class CallbackRejected(PromptVMAuthError):
    """The redirect does not belong to this login: wrong state, URI or server, or already used. Begin a new login."""


class WrongIssuer(CallbackRejected):
    """The redirect's `iss` is wrong, or missing although the server promised it (RFC 9207 §2.4).

    It may be a mix-up attack. The code was not sent anywhere and the login has ended; begin a new one.
    """


class LoginTimeout(PromptVMAuthError):
    """The user did not finish the login in the browser in time. Nothing was stored; log in again."""


class NoTokensError(PromptVMAuthError):
    """The profile is not signed in. Log in first."""

    needs_login = True

    def __init__(self, profile: str) -> None:
        self.profile = profile
        super().__init__(f"profile {profile!r} is not signed in: log in first")


_SHOWN_PROFILES = 20


class NoActiveProfile(NoTokensError):
    """No profile is active, since the active one was signed out or removed. Name a profile, or log in.

    Attributes:
        profiles: the names of the profiles on this machine, sorted.
    """

    def __init__(self, profiles: "tuple[str, ...]") -> None:
        self.profiles = profiles
        self.profile = ""
        more = len(profiles) - _SHOWN_PROFILES
        shown = ", ".join(profiles[:_SHOWN_PROFILES]) + (f" and {more} more" if more > 0 else "")
        name = f"name {'one of ' if len(profiles) > 1 else ''}{shown}, or " if profiles else ""
        PromptVMAuthError.__init__(self, f"no profile is active: {name}log in{'' if profiles else ' first'}")


class NoRefreshToken(PromptVMAuthError):
    """The access token has expired and the server issued no refresh token. Log in again."""

    needs_login = True


class WrongUser(PromptVMAuthError):
    """The tokens are for another user than the profile says. They were neither used nor stored; log in again.

    Attributes:
        granted: whether a server has just granted them; otherwise they are stored.
    """

    needs_login = True
    granted = False


class TokensNotSaved(PromptVMAuthError):
    """The server issued new tokens but they could not be stored. The stored ones may no longer work.

    Attributes:
        tokens: the new tokens. This is the only copy: store them, or log in again.
    """

    def __init__(self, reason: str, *, tokens: "StoredTokens") -> None:
        super().__init__(reason)
        self.tokens = tokens


class StoresDisagree(StoreError):
    """The keychain and the file have tokens of different users, and the profile names neither. Log in again."""

    needs_login = True


class ConfigurationError(PromptVMAuthError):
    """Something that was configured, or passed as an argument, is wrong. The message names it."""


class InvalidProfileName(ConfigurationError):
    """The profile name is invalid. Use letters, digits, dot, underscore and hyphen; `.` and `..` are not allowed."""


class ProfileRequired(ConfigurationError):
    """The call names no profile and the client was made with `default_profile=None`. Pass the profile's name."""


class InvalidUrl(ConfigurationError):
    """The URL must not be used. It must be https (or http on loopback), without user name and control characters."""


class EndpointUnknown(ConfigurationError):
    """The server's endpoint for this is unknown. Pass the endpoint, or use a flow that does not need it."""


class IncompleteKeyPair(ConfigurationError):
    """Only one of `PROMPTVM_PUBLIC_KEY` and `PROMPTVM_SECRET_KEY` is set. Set both, or neither."""


class WrongServer(ConfigurationError):
    """The profile's login belongs to another server than the configured one. Nothing was sent; use another profile."""


class UnboundTokens(WrongServer):
    """There are stored tokens, but nothing says which server issued them. Nothing was sent; log in again."""

    needs_login = True


class NothingToShowCode(ConfigurationError):
    """The login has a code or a URL to show, but there is no terminal. Pass `on_event`."""


class UnknownStore(ConfigurationError):
    """There is no secret store of that name. The message lists the known names."""


class UnknownProfile(ConfigurationError):
    """There is no profile of that name. Log in to it first."""


class PortSuspended(ConfigurationError):
    """A port of a blocking client awaited an event loop. Pass blocking ports, or use `AsyncOAuthClient`."""


def reason_of(error: BaseException) -> str:
    """Returns why something failed, for use in a message; a foreign error's text may hold secrets and is left out."""
    return str(error) if isinstance(error, PromptVMAuthError) else f"unexpected {type(error).__name__}"
