"""The errors of a server that refused (RFC 6749 §5.2). `errors` shows them in the tree of all errors."""

from typing import ClassVar

from ...ports.errors import PromptVMAuthError


class OAuthError(PromptVMAuthError):
    """The authorization server refused (RFC 6749 §5.2). The message says why.

    Attributes:
        code: the `error` code; empty if the server sent none.
        description: the `error_description`: without control characters, shortened, and with the secrets that were
            sent removed.
        status: the HTTP status, or 0 if the error arrived in a redirect.
    """

    def __init__(self, code: str, description: str = "", status: int = 0) -> None:
        self.code = code
        self.description = description
        self.status = status
        what = code or (f"HTTP status {status}" if status else "an error without a code")
        said = f"{what}: {description}" if description else what
        if self._sentence:
            said = f"{self._sentence} ({said})"
        elif not description:
            said = f"the authorization server answered {what}"
        super().__init__(said)

    _sentence: ClassVar[str] = ""
    """What happened, for a user, if the class says it; the server's words follow in brackets."""


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
        acr_values: the accepted authentication methods, for the authorize parameter of that name; empty if the server
            did not name them.
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
