"""Secrets in the keychain that the keyring package finds: macOS, Windows, KWallet, or a configured backend.

All fields of a profile are one value, so that old and new tokens never mix. The value is not shared with the Go tool:
keyring cannot replace the Go tool's entries.
"""

import json
from functools import partial
from threading import Event, Lock
from typing import TYPE_CHECKING, TypeVar

from ...ports.errors import StoreCorrupt, StoreError, StoreLocked, StoreRefused
from ...ports.profile_name import ANYWHERE, shown
from ...ports.timeouts import KEYCHAIN_CALL, KEYCHAIN_READ_BACK
from ..stores.json_fields import read_fields
from ..system.deadline import DeadlineExceeded, call_within
from .entry import MAX_TEXT, Entry
from .errors import STORE, is_spurious, keyring_error
from .terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .backend import Backend

    T = TypeVar("T")


class KeyringStore:
    """A `SecretStore` over a keyring backend. Processes that save to it must hold the profile's lock.

    Each call runs in a daemon thread and is abandoned after `timeout` seconds, since a keychain may wait forever for a
    prompt that the user cannot see. A backend that asks for a password at the terminal gets `KEYCHAIN_UNLOCK` seconds
    more, and when it is abandoned, the terminal's echo is switched on again.

    Args:
        service: the service name; each profile is an account of it.
        backend: the backend; None means the one that keyring chooses.
        timeout: the longest time for a call, in seconds.
        prompt_timeout: the longest time for `unlock`, in seconds; None means `timeout`.
    """

    name = STORE

    def __init__(
        self,
        service: str = "promptvm-oauth",
        backend: "Backend | None" = None,
        timeout: float = KEYCHAIN_CALL,
        prompt_timeout: float | None = None,
    ) -> None:
        self._service = service
        self._backend = backend
        self._timeout = timeout
        self._prompt_timeout = timeout if prompt_timeout is None else prompt_timeout
        self._members: list[Backend] = []
        self._turn = Lock()

    def probe(self) -> None:
        """Checks that a backend protects secrets, without reading or writing one.

        Raises:
            StoreAbsent: no backend stores values.
            StoreRefused: the backend does not protect secrets; the text names it.
            StoreLocked: the backend was not found in time.
            StoreFailed: the backend could not be loaded.
        """
        self._call(lambda _: self._secure_members())

    def unlock(self, profile: str, waiting: "Callable[[float, float], None]") -> None:
        """Reads what is stored, so that the keychain asks the user for what it needs, who has time to answer.

        Args:
            profile: the name of the profile.
            waiting: called about every 0.2 s during the call, with the seconds that have passed and those that the user
                has; what it raises ends the wait. The keychain's prompt itself cannot be closed.

        Raises:
            StoreError: as for `load`, but for a damaged value, which a save replaces.
        """
        account, seconds = _account(profile), self._prompt_timeout
        try:
            self._within(seconds, lambda abandoned: self._entry(account, abandoned).read(), waiting)
        except DeadlineExceeded:
            raise self._no_answer(seconds) from None
        except StoreCorrupt:
            return

    def load(self, profile: str) -> dict[str, str] | None:
        """Returns all fields of a profile, or None if it has none.

        Raises:
            StoreAbsent: as for `probe`.
            StoreLocked: the keychain is locked, or did not respond in time.
            StoreRefused: as for `probe`, or the keychain refused.
            StoreFailed: the keychain failed.
            StoreCorrupt: the stored value is not the fields of a profile.
        """
        account = _account(profile)
        text = self._call(lambda abandoned: self._entry(account, abandoned).read())
        if text is None:
            return None
        fields = read_fields(text)
        if fields is None:
            raise StoreCorrupt("the stored value is not the fields of a profile; log in again", store=STORE)
        return fields

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Saves all fields of a profile and reads them back.

        Raises:
            StoreRefused: as for `load`, or the fields are larger than 1 MiB.
            StoreError: as for `load`. A write without an answer in time raises only if reading back does not find it.
        """
        account = _account(profile)
        text = json.dumps(dict(fields), sort_keys=True)
        if len(text) > MAX_TEXT:
            raise StoreRefused(f"the fields are larger than {MAX_TEXT} bytes", store=STORE)
        try:
            self._within(self._timeout, lambda abandoned: self._entry(account, abandoned).write(text))
        except DeadlineExceeded:
            if not self._holds(account, text):
                raise self._no_answer(self._timeout, "; whether the tokens were saved is not known") from None

    def delete(self, profile: str) -> None:
        """Deletes all fields of a profile.

        Raises:
            StoreError: some may still be stored; as for `load`.
        """
        account = _account(profile)
        self._call(lambda abandoned: self._entry(account, abandoned).delete())

    def _holds(self, account: str, text: str) -> bool:
        """Returns whether exactly this text is stored; False if that cannot be read."""
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

    def _call(self, work: "Callable[[Event], T]") -> "T":
        try:
            return self._within(self._timeout, work)
        except DeadlineExceeded:
            raise self._no_answer(self._timeout) from None

    def _no_answer(self, seconds: float, more: str = "") -> StoreLocked:
        reason = f"no answer within {seconds:g} s: the keychain may be locked, with a prompt that you cannot see"
        return StoreLocked(f"{reason}{more}", store=STORE)

    def _within(
        self,
        seconds: float,
        work: "Callable[[Event], T]",
        waiting: "Callable[[float, float], None] | None" = None,
    ) -> "T":
        """Runs the work in a thread, with a deadline and for one caller at a time."""
        if not self._turn.acquire(timeout=2 * seconds):
            raise DeadlineExceeded
        abandoned, terminal = Event(), Terminal()

        def abandon() -> None:
            abandoned.set()
            terminal.restore()

        def wait(passed: float, limit: float) -> None:
            terminal.watch()
            if waiting is not None:
                waiting(passed, limit)

        try:
            guarded = partial(_with_port_errors, lambda: work(abandoned))
            return call_within(seconds, guarded, abandon=abandon, waiting=wait, patience=terminal.patience)
        finally:
            terminal.close()
            self._turn.release()


def _with_port_errors(work: "Callable[[], T]") -> "T":
    """Runs the work; raises the port's error for any error, without the original as its context."""
    try:
        return _retried(work)
    except BaseException as error:  # noqa: BLE001 - a backend may raise SystemExit, and nothing else runs in this thread
        raised = keyring_error(error)
    raise raised


def _retried(work: "Callable[[], T]") -> "T":
    """Runs the work, and runs it again after an error that is sporadic under concurrency."""
    try:
        return work()
    except Exception as error:
        if not is_spurious(error):
            raise
    return work()


def _account(profile: str) -> str:
    """Returns the account of a profile: its name with capitals marked, since Windows ignores case."""
    if not ANYWHERE.fullmatch(profile):
        raise StoreRefused(f"{shown(profile)} is not a valid profile name", store=STORE)
    return "".join(f"^{letter.lower()}" if letter.isupper() else letter for letter in profile)
