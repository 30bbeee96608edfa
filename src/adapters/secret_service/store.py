"""Secrets in the Linux Secret Service (GNOME Keyring, KWallet, KeePassXC), in the entries that the Go tool shares.

Each profile has three items, `access`, `refresh` and `expires`, and a fourth for fields that the Go tool does not know.
Items are found by two attributes. If several items have the same two, the newest counts, and a save leaves only one.
Only `unlock` shows a prompt; every other call fails at once if something is locked.
"""

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from ...ports.errors import StoreError, StoreFailed, StoreLocked, StoreRefused
from ...ports.profile_name import ANYWHERE, shown
from ...ports.timeouts import KEYCHAIN_CALL, KEYCHAIN_READ_BACK
from .bus import SessionBus
from .connections import Connections
from .errors import STORE
from .items import encode
from .profile_items import delete, demand_usable, find, find_unlocked, locked, read, write
from .protocol import SERVICE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .bus import Bus
    from .protocol import SecretService

    T = TypeVar("T")

_REMEMBER = "it must stay unlocked, or remember the answer, until the new tokens are stored"

_PROMPTS = 3
"""The most prompts of one unlock: one for the collection, one for the items that it shows then, one to spare."""


class SecretServiceStore:
    """A `SecretStore` in the Secret Service of this session; any number of instances and processes may share it.

    Each call opens its own connection and closes it, unless the user was asked on it. Processes that save must hold the
    profile's lock; loading needs no lock. A failed call is repeated once, unless it timed out.

    Args:
        timeout: the longest time for a call, in seconds.
        prompt_timeout: how long a prompt may stay open, in seconds; None means `timeout`.
        unseen: why the user would not see a prompt, so that none is shown; empty if they would.
        connect: returns a connection to the Secret Service with a deadline in seconds.
    """

    name = STORE

    def __init__(
        self,
        timeout: float = KEYCHAIN_CALL,
        *,
        prompt_timeout: float | None = None,
        unseen: str = "",
        connect: "Callable[[float], Bus] | None" = None,
    ) -> None:
        self._timeout = timeout
        self._prompt_timeout = timeout if prompt_timeout is None else prompt_timeout
        self._unseen = unseen
        self._connections = Connections(connect or _connect)
        self._asking = Lock()

    def probe(self) -> None:
        """Checks that the Secret Service can be used, without writing and without a prompt.

        Raises:
            StoreAbsent: there is no session bus, no Secret Service or no keyring.
            StoreLocked: the keyring is locked, or asks the user before this program may use what is stored.
            StoreError: the Secret Service failed, as for `load`.
        """
        self._call("", demand_usable)

    def unlock(self, profile: str, waiting: "Callable[[float, float], None]") -> None:
        """Unlocks the keyring and the items of a profile, with a prompt if they are locked.

        Args:
            profile: the name of the profile.
            waiting: called about every 0.2 s while the prompt is open, with the seconds that have passed and those that
                the user has; what it raises ends the wait and closes the prompt.

        Raises:
            StoreAbsent: as for `probe`.
            StoreLocked: the user did not answer the prompt in time, or would not see it.
            StoreRefused: the user dismissed the prompt, or the bus refused the connection.
            StoreFailed: there was no reply in time, or another error occurred.
        """
        _check_name(profile)
        if not self._asking.acquire(timeout=self._timeout + _PROMPTS * self._prompt_timeout):
            raise self._no_answer()
        try:
            self._call(profile, lambda service: find_unlocked(service, profile))
        except StoreLocked:
            self._ask(profile, waiting)
        finally:
            self._asking.release()

    def rehearse(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Checks that a save would succeed, without a prompt and without writing.

        Raises:
            StoreError: the errors of `save`.
        """
        _check_name(profile)
        encode(fields)
        try:
            self._call(profile, lambda service: find_unlocked(service, profile))
        except StoreLocked as error:
            raise StoreLocked(f"{error.reason}: {_REMEMBER}", store=STORE) from None

    def load(self, profile: str) -> dict[str, str] | None:
        """Returns all fields of a profile, or None if it has neither an access nor a refresh token.

        Raises:
            StoreAbsent: as for `probe`.
            StoreLocked: the keyring or the items are locked: `unlock` them.
            StoreRefused: the bus refused the connection.
            StoreFailed: there was no reply in time, or another error occurred.
            StoreCorrupt: the stored values are not text, or are too large.
        """
        _check_name(profile)
        return self._call(profile, lambda service: read(service, profile))

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Saves all fields of a profile. The expiry is saved in whole seconds, as the Go tool writes it.

        Raises:
            StoreRefused: as for `load`, or the fields are not valid Unicode, or larger than 1 MiB.
            StoreError: as for `load`. A write without a reply in time raises only if reading back does not find it.
        """
        _check_name(profile)
        entries = encode(fields)
        try:
            self._retried(profile, lambda service: write(service, profile, entries))
        except TimeoutError:
            if not self._holds(profile, entries):
                raise self._no_answer("; whether the tokens were saved is not known") from None

    def delete(self, profile: str) -> None:
        """Deletes all items of a profile from every collection; where the user would be asked first, it empties them.

        Raises:
            StoreError: some may still be stored; as for `load`.
        """
        _check_name(profile)
        self._call(profile, lambda service: delete(service, profile))

    def _holds(self, profile: str, entries: "Mapping[str, bytes]") -> bool:
        """Returns whether exactly these entries are stored; False if that cannot be read."""
        seconds = min(self._timeout, KEYCHAIN_READ_BACK)
        try:
            fields = self._connections.run(profile, seconds, lambda service: read(service, profile))
        except (StoreError, TimeoutError):
            return False
        return fields is not None and encode(fields) == entries

    def _ask(self, profile: str, waiting: "Callable[[float, float], None]") -> None:
        """Shows the prompts that a profile needs, one after the other."""

        def ask(service: "SecretService") -> None:
            for _ in range(_PROMPTS):
                found = find(service, profile)
                prompt = service.unlock([found.collection, *found.items])
                if not prompt:
                    return
                if self._unseen:
                    service.dismiss(prompt)
                    raise StoreLocked(f"{locked(service, found.collection).reason}; {self._unseen}", store=STORE)
                service.ask(prompt, self._prompt_timeout, waiting)
            find_unlocked(service, profile)

        try:
            self._connections.run_beside(profile, self._timeout, ask)
        except TimeoutError:
            raise self._no_answer() from None

    def _call(self, profile: str, work: "Callable[[SecretService], T]") -> "T":
        try:
            return self._retried(profile, work)
        except TimeoutError:
            raise self._no_answer() from None

    def _no_answer(self, more: str = "") -> StoreFailed:
        return StoreFailed(f"the Secret Service did not answer within {self._timeout:g} s{more}", store=STORE)

    def _retried(self, profile: str, work: "Callable[[SecretService], T]") -> "T":
        try:
            return self._connections.run(profile, self._timeout, work)
        except StoreFailed:
            return self._connections.run(profile, self._timeout, work)


def _connect(seconds: float) -> SessionBus:
    return SessionBus(SERVICE_NAME, seconds)


def _check_name(profile: str) -> None:
    if not ANYWHERE.fullmatch(profile):
        raise StoreRefused(f"{shown(profile)} is not a valid profile name", store=STORE)
