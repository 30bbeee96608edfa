"""What becomes of the items of one profile: they are found, read, written, emptied and deleted. Nothing here prompts.

KeePassXC asks the user before an item is replaced or deleted, even one that this program may read. There an existing
item is overwritten in place, and one that is to go is left empty.
"""

from typing import TYPE_CHECKING, NamedTuple

from ...ports.errors import StoreLocked
from .errors import STORE
from .items import ENTRIES, NO_SECRET, REMOVAL, SERVICE, attributes, choose, decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .protocol import SecretService

_LOCKED = "the keyring is locked"
_ASKS = "the keyring asks before this program may use the stored tokens"
_ELSEWHERE = "older tokens are in another keyring, which is locked: unlock it and try again"


class Found(NamedTuple):
    """The items of a profile.

    Attributes:
        collection: the collection for new items.
        hits: the items of each entry, in the order of creation.
    """

    collection: str
    hits: "Mapping[str, Sequence[str]]"

    @property
    def items(self) -> list[str]:
        """All items."""
        return [item for items in self.hits.values() for item in items]


def find(service: "SecretService", profile: str) -> Found:
    """Returns the items of a profile, which may be locked; some services find nothing in a locked collection."""
    collection = service.collection()
    return Found(collection, {entry: service.search(collection, attributes(profile, entry)) for entry in ENTRIES})


def find_unlocked(service: "SecretService", profile: str) -> Found:
    """Returns the items of a profile.

    Raises:
        StoreLocked: they or their collection are locked.
    """
    found = find(service, profile)
    if prompt := service.unlock([found.collection, *found.items]):
        service.dismiss(prompt)
        raise locked(service, found.collection)
    return found


def locked(service: "SecretService", collection: str) -> StoreLocked:
    """Returns the error for items that are locked, by themselves or with their collection."""
    return StoreLocked(_LOCKED if service.is_locked(collection) else _ASKS, store=STORE)


def demand_usable(service: "SecretService") -> None:
    """Checks that nothing is locked, whatever the profile.

    Raises:
        StoreLocked: the collection or an item of this library or the Go tool is locked.
    """
    collection = service.collection()
    if service.is_locked(collection):
        raise StoreLocked(_LOCKED, store=STORE)
    _, hits = service.search_everywhere({"service": SERVICE})
    if any(item.startswith(f"{collection}/") for item in hits):
        raise StoreLocked(_ASKS, store=STORE)


def read(service: "SecretService", profile: str) -> dict[str, str] | None:
    """Returns the fields of a profile, or None if it has neither an access nor a refresh token."""
    found = find_unlocked(service, profile)
    if not found.hits["access"] and not found.hits["refresh"]:
        return None
    fields = decode(choose(found.hits, service.secrets(found.items), service.modified))
    return fields if fields.keys() & {"access_token", "refresh_token"} else None


def write(service: "SecretService", profile: str, entries: "Mapping[str, bytes]") -> None:
    """Writes the secret of each entry, and removes the items of entries that have none."""
    found = find_unlocked(service, profile)
    for entry, items in found.hits.items():
        secret = entries.get(entry)
        others = items
        if secret is not None:
            others = _put(service, found, (profile, entry), secret)
        for item in others:
            _remove(service, item, NO_SECRET[entry])


def _put(service: "SecretService", found: Found, key: tuple[str, str], secret: bytes) -> "Sequence[str]":
    """Writes the secret of an entry to one item, and returns the other items that are to go."""
    wanted = attributes(*key)
    label = f"Password for '{wanted['username']}' on '{SERVICE}'"
    item, prompt = service.write(found.collection, label, wanted, secret)
    if not prompt:
        return [other for other in service.search(found.collection, wanted) if other != item]
    if items := found.hits[key[1]]:
        service.dismiss(prompt)
        for existing in items:
            service.overwrite(existing, secret)
    else:
        service.ask(prompt, service.timeout, _keep_waiting)  # for a new item no question is shown
    return []


def delete(service: "SecretService", profile: str) -> None:
    """Deletes all items of a profile from every collection.

    Raises:
        StoreLocked: some are still stored, since they or their collection are locked.
    """
    find_unlocked(service, profile)
    still_locked = False
    for entry in REMOVAL:
        unlocked, others = service.search_everywhere(attributes(profile, entry))
        still_locked = still_locked or bool(others)
        for item in unlocked:
            _remove(service, item, NO_SECRET[entry])
    if still_locked:
        raise StoreLocked(_ELSEWHERE, store=STORE)


def _remove(service: "SecretService", item: str, empty: bytes) -> None:
    """Deletes an item, or overwrites it with an empty secret where the user would be asked first."""
    if prompt := service.delete(item):
        service.dismiss(prompt)
        service.overwrite(item, empty)


def _keep_waiting(passed: float, seconds: float) -> None:
    """Lets the wait go on."""
