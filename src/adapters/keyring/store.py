"""Secrets in whatever keychain the keyring package reaches: macOS, Windows, KWallet, or a backend of one's own.

One value a profile holds all its fields, so that a pair is never torn. It is not shared with the Go tool, whose entries
keyring would write beside instead of over.
"""

import json
from threading import Event, Lock
from typing import TYPE_CHECKING, TypeVar

from ...ports.errors import StoreCorrupt, StoreError, StoreLocked, StoreRefused
from ...ports.profile_name import ANYWHERE, shown
from ...ports.timeouts import KEYCHAIN_CALL, KEYCHAIN_READ_BACK
from ..stores.json_fields import read_fields
from ..system.deadline import DeadlineExceeded, call_within
from .entry import MAX_TEXT, Entry
from .errors import STORE, is_spurious, keyring_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .backend import Backend

    T = TypeVar("T")


class KeyringStore:
    """A `SecretStore` over a keyring backend; writes by several processes need the profile's lock around them.

    A call runs in a thread of its own and is given up when its time is over: a keychain can wait without end for a
    prompt that nobody sees. That thread does not hold up the exit.

    Args:
        service: the service under which profiles are accounts.
        backend: the backend; None means the one that keyring chooses.
        timeout: seconds for a call.
    """

    name = STORE

    def __init__(
        self, service: str = "promptvm-oauth", backend: "Backend | None" = None, timeout: float = KEYCHAIN_CALL
    ) -> None:
        self._service = service
        self._backend = backend
        self._timeout = timeout
        self._members: list[Backend] = []
        self._turn = Lock()

    def probe(self) -> None:
        """Check that there is a backend that keeps secrets safe; reads and writes no secret.

        Raises:
            StoreAbsent: there is no backend that keeps anything.
            StoreRefused: there is only one that does not protect what it keeps; the text names it.
            StoreLocked: the backend was not found in time.
            StoreFailed: a backend broke while it was loaded.
        """
        self._answered(lambda _: self._secure_members())

    def load(self, profile: str) -> dict[str, str] | None:
        """Give all fields of a profile, or None if it has none.

        Raises:
            StoreAbsent: see `probe`.
            StoreLocked: the keychain is locked, or did not answer in time.
            StoreRefused: see `probe`; or the keychain said no.
            StoreFailed: the keychain broke.
            StoreCorrupt: what is stored is no fields of a profile.
        """
        account = _account(profile)
        text = self._answered(lambda abandoned: self._entry(account, abandoned).read())
        if text is None:
            return None
        fields = read_fields(text)
        if fields is None:
            raise StoreCorrupt("what is stored is no fields of a profile; log in again", store=STORE)
        return fields

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Replace all fields of a profile, and read them back.

        Raises:
            StoreRefused: as for `load`, or the fields are larger than 1 MiB.
            StoreError: as for `load`. A write that did not end in time was read back, and could not be found.
        """
        account = _account(profile)
        text = json.dumps(dict(fields), sort_keys=True)
        if len(text) > MAX_TEXT:
            raise StoreRefused(f"the fields are larger than {MAX_TEXT} bytes", store=STORE)
        try:
            self._within(self._timeout, lambda abandoned: self._entry(account, abandoned).write(text))
        except DeadlineExceeded:
            if not self._holds(account, text):
                raise self._unanswered("; whether the tokens were saved is not known") from None

    def delete(self, profile: str) -> None:
        """Remove all fields of a profile; deleting what is not there is no error.

        Raises:
            StoreError: something may still be there; see `load`.
        """
        account = _account(profile)
        self._answered(lambda abandoned: self._entry(account, abandoned).delete())

    def _holds(self, account: str, text: str) -> bool:
        """Say whether exactly this is stored; False if nobody can tell."""
        seconds = min(self._timeout, KEYCHAIN_READ_BACK)
        try:
            return self._within(seconds, lambda abandoned: self._entry(account, abandoned).read()) == text
        except (StoreError, DeadlineExceeded):
            return False

    def _entry(self, account: str, abandoned: Event) -> Entry:
        from .backend import Accounts

        return Entry(Accounts(self._secure_members(), self._service, abandoned), account)

    def _secure_members(self) -> "list[Backend]":
        from .backend import discover, secure_members

        if not self._members:
            self._members = secure_members(discover() if self._backend is None else self._backend)
        return self._members

    def _answered(self, work: "Callable[[Event], T]") -> "T":
        try:
            return self._within(self._timeout, work)
        except DeadlineExceeded:
            raise self._unanswered() from None

    def _unanswered(self, more: str = "") -> StoreLocked:
        reason = f"no answer within {self._timeout:g} s: the keychain may be locked, with a prompt that nobody sees"
        return StoreLocked(f"{reason}{more}", store=STORE)

    def _within(self, seconds: float, work: "Callable[[Event], T]") -> "T":
        """Do the work in a thread, with a deadline; the threads of this program take turns."""
        if not self._turn.acquire(timeout=2 * seconds):
            raise DeadlineExceeded
        abandoned = Event()
        try:
            return call_within(seconds, lambda: _translated(lambda: work(abandoned)), abandon=abandoned.set)
        finally:
            self._turn.release()


def _translated(work: "Callable[[], T]") -> "T":
    """Do the work; whatever it raises becomes one of the port's errors, with nothing of the backend's attached."""
    try:
        return _repeated(work)
    except BaseException as error:  # noqa: BLE001 - a backend may raise SystemExit, and only it runs in this thread
        raised = keyring_error(error)
    raise raised


def _repeated(work: "Callable[[], T]") -> "T":
    """Do the work, once more after an error that comes up now and then under concurrency."""
    try:
        return work()
    except Exception as error:
        if not is_spurious(error):
            raise
    return work()


def _account(profile: str) -> str:
    """Give a profile's account: its name, with capitals marked, since Windows takes `Work` and `work` for the same."""
    if not ANYWHERE.fullmatch(profile):
        raise StoreRefused(f"{shown(profile)} cannot be the name of a profile", store=STORE)
    return "".join(f"^{letter.lower()}" if letter.isupper() else letter for letter in profile)
