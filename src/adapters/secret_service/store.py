"""Secrets in the Linux Secret Service (GNOME Keyring, KWallet, KeePassXC), in the entries that the Go tool shares.

Each profile has three items, `access`, `refresh` and `expires`, and a fourth for fields that the Go tool does not know.
Items are found by two attributes. If several items have the same two, the newest counts, and a save leaves only one.
"""

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from ...ports.errors import StoreError, StoreFailed, StoreLocked, StoreRefused
from ...ports.profile_name import ANYWHERE, shown
from ...ports.timeouts import KEYCHAIN_CALL, KEYCHAIN_READ_BACK
from .bus import SessionBus
from .errors import STORE, secret_service_error
from .items import ENTRIES, SERVICE, attributes, choose, decode, encode
from .protocol import SERVICE_NAME, SecretService

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .bus import Bus

    T = TypeVar("T")


class SecretServiceStore:
    """A `SecretStore` in the Secret Service of this session; any number of instances and processes may share it.

    Each call opens its own connection and closes it. Processes that save must hold the profile's lock; loading needs no
    lock. A failed call is repeated once, unless it timed out.

    Args:
        timeout: the longest time for a call without a prompt, in seconds.
        prompt_timeout: how long a prompt to unlock the keyring may stay open, in seconds; None means `timeout`.
        connect: returns a connection to the Secret Service with a deadline in seconds.
    """

    name = STORE

    def __init__(
        self,
        timeout: float = KEYCHAIN_CALL,
        *,
        prompt_timeout: float | None = None,
        connect: "Callable[[float], Bus] | None" = None,
    ) -> None:
        self._timeout = timeout
        self._prompt_timeout = timeout if prompt_timeout is None else prompt_timeout
        self._connect = connect or _connect
        self._turn = Lock()

    def probe(self) -> None:
        """Checks that the Secret Service can be used, without writing and without a prompt.

        Raises:
            StoreAbsent: there is no session bus, no Secret Service or no keyring.
            StoreLocked: the keyring is locked.
            StoreError: the Secret Service failed, as for `load`.
        """

        def check(service: SecretService) -> None:
            if service.is_locked(service.collection()):
                raise StoreLocked("the keyring is locked", store=STORE)

        self._call(check)

    def load(self, profile: str) -> dict[str, str] | None:
        """Returns all fields of a profile, or None if it has neither an access nor a refresh token.

        Raises:
            StoreAbsent: as for `probe`.
            StoreLocked: the keyring is locked, and the user did not unlock it in time.
            StoreRefused: the user dismissed the prompt to unlock it, or the bus refused the connection.
            StoreFailed: there was no reply in time, or another error occurred.
            StoreCorrupt: the stored values are not text, or are too large.
        """
        _check_name(profile)
        return self._call(lambda service: _read(service, profile))

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Saves all fields of a profile. The expiry is saved in whole seconds, as the Go tool writes it.

        Raises:
            StoreRefused: as for `load`, or the fields are not valid Unicode, or larger than 1 MiB.
            StoreError: as for `load`. A write without a reply in time raises only if reading back does not find it.
        """
        _check_name(profile)
        entries = encode(fields)
        try:
            self._retried(lambda service: _write(service, profile, entries))
        except TimeoutError:
            if not self._holds(profile, entries):
                raise self._no_answer("; whether the tokens were saved is not known") from None

    def delete(self, profile: str) -> None:
        """Deletes all items of a profile from every collection.

        Raises:
            StoreError: some may still be stored; as for `load`.
        """
        _check_name(profile)
        self._call(lambda service: _delete(service, profile))

    def _holds(self, profile: str, entries: "Mapping[str, bytes]") -> bool:
        """Returns whether exactly these entries are stored; False if that cannot be read."""
        try:
            fields = self._once(lambda service: _read(service, profile), min(self._timeout, KEYCHAIN_READ_BACK))
        except (StoreError, TimeoutError):
            return False
        return fields is not None and encode(fields) == entries

    def _call(self, work: "Callable[[SecretService], T]") -> "T":
        try:
            return self._retried(work)
        except TimeoutError:
            raise self._no_answer() from None

    def _no_answer(self, more: str = "") -> StoreFailed:
        return StoreFailed(f"the Secret Service did not answer within {self._timeout:g} s{more}", store=STORE)

    def _retried(self, work: "Callable[[SecretService], T]") -> "T":
        try:
            return self._once(work, self._timeout)
        except StoreFailed:
            return self._once(work, self._timeout)

    def _once(self, work: "Callable[[SecretService], T]", timeout: float) -> "T":
        """Runs the work over one connection, for one caller at a time."""
        if not self._turn.acquire(timeout=timeout + self._prompt_timeout):
            raise TimeoutError
        try:
            return self._connected(work, timeout)
        finally:
            self._turn.release()

    def _connected(self, work: "Callable[[SecretService], T]", timeout: float) -> "T":
        bus = None
        try:
            bus = self._connect(timeout)
            return work(SecretService(bus, timeout=timeout, prompt_timeout=self._prompt_timeout))
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001 - the port has an error for every failure
            raised = secret_service_error(error)
        finally:
            if bus is not None:
                bus.close()
        raise raised


def _connect(seconds: float) -> SessionBus:
    return SessionBus(SERVICE_NAME, seconds)


def _check_name(profile: str) -> None:
    if not ANYWHERE.fullmatch(profile):
        raise StoreRefused(f"{shown(profile)} is not a valid profile name", store=STORE)


def _unlocked_collection(service: SecretService) -> str:
    collection = service.collection()
    service.unlock([collection])
    return collection


def _read(service: SecretService, profile: str) -> dict[str, str] | None:
    collection = _unlocked_collection(service)
    hits = {entry: service.search(collection, attributes(profile, entry)) for entry in ENTRIES}
    if not hits["access"] and not hits["refresh"]:
        return None
    secrets = service.secrets([item for items in hits.values() for item in items])
    return decode(choose(hits, secrets, service.modified))


def _write(service: SecretService, profile: str, entries: "Mapping[str, bytes]") -> None:
    collection = _unlocked_collection(service)
    for entry in ENTRIES:
        wanted = attributes(profile, entry)
        written = ""
        if entry in entries:
            label = f"Password for '{wanted['username']}' on '{SERVICE}'"
            written = service.write(collection, label, wanted, entries[entry])
        for item in service.search(collection, wanted):
            if item != written:
                service.delete(item)


def _delete(service: SecretService, profile: str) -> None:
    for entry in reversed(ENTRIES):
        unlocked, locked = service.search_everywhere(attributes(profile, entry))
        if locked:
            service.unlock(locked)
        for item in (*unlocked, *locked):
            service.delete(item)
