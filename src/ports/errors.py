"""The root of every error of this package, and all errors that a port may raise.

An error tells the caller what to do: `retryable` means that the same call may succeed later, `needs_login` that only a
new login helps. Texts say what to do next and never hold a secret. `domain/errors.py` shows the whole tree.
"""

from typing import ClassVar


class PromptVMAuthError(Exception):
    """The root of all errors that this package raises on purpose."""

    retryable: ClassVar[bool] = False
    needs_login: ClassVar[bool] = False

    def _render_traceback_(self) -> list[str]:
        """Returns what a notebook shows of it: one line instead of the whole traceback (IPython's protocol)."""
        return [f"{type(self).__name__}: {self}"]

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(
    kind: type[PromptVMAuthError], arguments: tuple[object, ...], attributes: dict[str, object]
) -> PromptVMAuthError:
    """Rebuilds an error that was copied or unpickled, without calling its constructor."""
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(attributes)
    return error


class TransportError(PromptVMAuthError):
    """A request got no complete response: DNS, connection, TLS, time-out, size limit or a body cut short.

    Attributes:
        status: the HTTP status if the head of a response arrived, which means that the server handled the request;
            None if nothing arrived.
    """

    retryable = True

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class UnreadableResponse(TransportError):
    """The server answered with success, in an encoding that cannot be read.

    What the request carried (a refresh token, a code) may be used up, so the same request must not be sent again.
    """

    retryable = False


class UntrustedCertificate(TransportError):
    """The server's TLS certificate is not trusted, so nothing was sent. The text says what to do about it."""

    retryable = False


class WrongNetworkSetup(TransportError):
    """A proxy, the package that it needs, or the certificates to trust are set up wrongly, so nothing was sent.

    The text names the setting. What is stored is kept.
    """

    retryable = False


class LoginCancelled(PromptVMAuthError):
    """The program cancelled the login. Nothing was stored; log in again when the user wants to."""


class BrowserError(PromptVMAuthError):
    """No browser was started; the text says why. The user can still open the URL by hand."""


class ListenerError(PromptVMAuthError):
    """The loopback listener could not be opened, for instance because every allowed port is in use."""


class StoreError(PromptVMAuthError):
    """A call to a secret store failed; nothing that was stored is lost.

    Attributes:
        store: the store's name, as `Status` and `LoginResult` show it.
        reason: what failed and why, without the name.
    """

    def __init__(self, reason: str, *, store: str) -> None:
        super().__init__(f"{store}: {reason}")
        self.store = store
        self.reason = reason


class StoreAbsent(StoreError):
    """The store does not exist on this machine."""


class StoreLocked(StoreError):
    """The store is locked, and the user did not unlock it in time."""

    retryable = True


class StoreRefused(StoreError):
    """The store or the operating system refused: a dismissed prompt, a missing permission, an unsafe file mode."""


class StoreFailed(StoreError):
    """The store failed: a full disk, a lost connection, or an error that is not one of this package's."""

    retryable = True


class StoreCorrupt(StoreError):
    """The stored value is not a valid set of tokens. It is set aside; a new login replaces it."""

    needs_login = True


class ProfileError(PromptVMAuthError):
    """A profile or the configuration file cannot be read or written; the text names the file."""


class ProfileCorrupt(ProfileError):
    """The file of a profile is damaged. A new login replaces it and keeps the damaged file aside.

    Attributes:
        profile: the profile's name.
        standard: whether it is the profile of a standard server; None if the profile store does not tell.
    """

    needs_login = True

    def __init__(self, reason: str, *, profile: str, standard: bool | None = None) -> None:
        super().__init__(reason)
        self.profile = profile
        self.standard = standard


class LockTimeout(PromptVMAuthError):
    """Another holder kept the lock for longer than the time-out."""

    retryable = True


class LockUnavailable(PromptVMAuthError):
    """The file system does not support locks, so a refresh would not be safe; the text names the path."""
