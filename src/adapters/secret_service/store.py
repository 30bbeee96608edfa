"""Secrets in the Linux Secret Service (GNOME Keyring, KWallet, KeePassXC), in the entries that the Go tool shares.

Each profile has three items, `access`, `refresh` and `expires`, and a fourth for fields that the Go tool does not know.
They are found by exactly two attributes. The Secret Service can hold several items that answer to the same two: the
newest counts, and writing leaves one.
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

    Each call uses a connection of its own and closes it. Writes by several processes need the profile's lock around
    them; reads do not. What fails is tried once more, unless it was not answered in time.

    Args:
        timeout: seconds for a call, when nobody is asked for anything.
        prompt_timeout: seconds that a prompt to unlock the keyring may stay open; None means as long as `timeout`.
        connect: gives a connection to the Secret Service, with this many seconds as its deadline.
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
        """Check that there is a usable Secret Service; writes nothing and asks nobody.

        Raises:
            StoreAbsent: there is no session bus, no Secret Service or no keyring in it.
            StoreLocked: the keyring is locked.
            StoreError: the Secret Service could not be asked; see `load`.
        """

        def check(service: SecretService) -> None:
            if service.is_locked(service.collection()):
                raise StoreLocked("the keyring is locked", store=STORE)

        self._answered(check)

    def load(self, profile: str) -> dict[str, str] | None:
        """Give all fields of a profile, or None if it has neither an access nor a refresh token.

        Raises:
            StoreAbsent: see `probe`.
            StoreLocked: the keyring is locked, and nobody unlocked it in time.
            StoreRefused: the prompt to unlock it was dismissed, or the bus refused to connect.
            StoreFailed: there was no answer in time, or something else went wrong.
            StoreCorrupt: what is stored is not text, or too large.
        """
        _check_name(profile)
        return self._answered(lambda service: _read(service, profile))

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Replace all fields of a profile. An expiry keeps whole seconds; the Go tool writes no others.

        Raises:
            StoreRefused: as for `load`, or the fields are no text, or larger than 1 MiB.
            StoreError: as for `load`. A write that was not answered in time was read back, and could not be found.
        """
        _check_name(profile)
        entries = encode(fields)
        try:
            self._repeated(lambda service: _write(service, profile, entries))
        except TimeoutError:
            if not self._holds(profile, entries):
                raise self._unanswered("; whether the tokens were saved is not known") from None

    def delete(self, profile: str) -> None:
        """Remove all items of a profile, from every collection; deleting what is not there is no error.

        Raises:
            StoreError: something may still be there; see `load`.
        """
        _check_name(profile)
        self._answered(lambda service: _delete(service, profile))

    def _holds(self, profile: str, entries: "Mapping[str, bytes]") -> bool:
        """Say whether exactly these entries are stored; False if nobody can tell."""
        try:
            fields = self._once(lambda service: _read(service, profile), min(self._timeout, KEYCHAIN_READ_BACK))
        except (StoreError, TimeoutError):
            return False
        return fields is not None and encode(fields) == entries

    def _answered(self, work: "Callable[[SecretService], T]") -> "T":
        try:
            return self._repeated(work)
        except TimeoutError:
            raise self._unanswered() from None

    def _unanswered(self, more: str = "") -> StoreFailed:
        return StoreFailed(f"the Secret Service did not answer within {self._timeout:g} s{more}", store=STORE)

    def _repeated(self, work: "Callable[[SecretService], T]") -> "T":
        try:
            return self._once(work, self._timeout)
        except StoreFailed:
            return self._once(work, self._timeout)

    def _once(self, work: "Callable[[SecretService], T]", timeout: float) -> "T":
        """Do the work over one connection; the threads of this program take turns."""
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
        except Exception as error:  # noqa: BLE001 - whatever it is, the port has a name for it
            raised = secret_service_error(error)
        finally:
            if bus is not None:
                bus.close()
        raise raised


def _connect(seconds: float) -> SessionBus:
    return SessionBus(SERVICE_NAME, seconds)


def _check_name(profile: str) -> None:
    if not ANYWHERE.fullmatch(profile):
        raise StoreRefused(f"{shown(profile)} cannot be the name of a profile", store=STORE)


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
        kept = ""
        if entry in entries:
            label = f"Password for '{wanted['username']}' on '{SERVICE}'"
            kept = service.write(collection, label, wanted, entries[entry])
        for item in service.search(collection, wanted):
            if item != kept:
                service.delete(item)


def _delete(service: SecretService, profile: str) -> None:
    for entry in reversed(ENTRIES):
        unlocked, locked = service.search_everywhere(attributes(profile, entry))
        if locked:
            service.unlock(locked)
        for item in (*unlocked, *locked):
            service.delete(item)
