"""The root of every error of this package, and all that a port may raise.

An error answers what its caller can do: `retryable` says that the same call may succeed later, `needs_login` that only
a new login will help. Texts say what to do next and never hold a secret. The whole tree is drawn in `domain/errors.py`.
"""

from typing import ClassVar


class PromptVMAuthError(Exception):
    """The root: catch it to catch everything this package raises on purpose."""

    retryable: ClassVar[bool] = False
    needs_login: ClassVar[bool] = False

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(
    kind: type[PromptVMAuthError], arguments: tuple[object, ...], attributes: dict[str, object]
) -> PromptVMAuthError:
    """Rebuild an error that was copied or came from another process, whatever its constructor takes."""
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(attributes)
    return error


class TransportError(PromptVMAuthError):
    """A request got no complete response: DNS, connection, TLS, time-out, size limit or a body cut short.

    Attributes:
        status: the HTTP status if the head of a response had arrived, so that the server has acted on the request;
            None if nothing came back.
    """

    retryable = True

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class BrowserError(PromptVMAuthError):
    """No browser was started; the text says why. The person can still open the URL by hand."""


class ListenerError(PromptVMAuthError):
    """The loopback listener could not be opened, for instance because every allowed port is taken."""


class StoreError(PromptVMAuthError):
    """A secret store did not do what it was asked; nothing that was stored is lost.

    Attributes:
        store: the store's name, as `Status` and `LoginResult` show it.
        reason: what it did not do and why, without the name.
    """

    def __init__(self, reason: str, *, store: str) -> None:
        super().__init__(f"{store}: {reason}")
        self.store = store
        self.reason = reason


class StoreAbsent(StoreError):
    """There is no such store on this machine."""


class StoreLocked(StoreError):
    """The store is there but locked, and nobody unlocked it in time."""

    retryable = True


class StoreRefused(StoreError):
    """The store, or the operating system, said no: a dismissed prompt, a permission, an unsafe file mode."""


class StoreFailed(StoreError):
    """The store broke: a full disk, a lost connection, an error that is not one of the port's own."""

    retryable = True


class StoreCorrupt(StoreError):
    """What is stored cannot be read as tokens. It is kept aside; a new login replaces it."""

    needs_login = True


class ProfileError(PromptVMAuthError):
    """A profile or the configuration file cannot be read or written; the text names the file."""


class LockTimeout(PromptVMAuthError):
    """Another holder kept the lock for longer than the caller was willing to wait."""

    retryable = True


class LockUnavailable(PromptVMAuthError):
    """The file system cannot lock, so a refresh would not be safe; the text names the path."""
