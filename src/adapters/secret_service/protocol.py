"""The used part of the Secret Service API: finding and unlocking a collection; finding, reading and writing items.

The session is `plain`, as that of the Go tool: secrets pass through a local socket of this user, and every program that
can monitor the bus can also read the secrets. The specification is the freedesktop.org Secret Service API 0.2.
"""

import os
from typing import TYPE_CHECKING, Any, cast

from ...ports.errors import StoreAbsent, StoreFailed, StoreLocked, StoreRefused
from .errors import STORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .bus import Bus

SERVICE_NAME = "org.freedesktop.secrets"
_PATH = "/org/freedesktop/secrets"
_LOGIN = f"{_PATH}/collection/login"
_SERVICE = "org.freedesktop.Secret.Service"
_COLLECTION = "org.freedesktop.Secret.Collection"
_ITEM = "org.freedesktop.Secret.Item"
_PROMPT = "org.freedesktop.Secret.Prompt"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_NOTHING = "/"
_CONTENT_TYPE = "text/plain; charset=utf8"


class SecretService:
    """The Secret Service over one connection; every method also raises what the connection raises.

    Args:
        bus: the connection.
        timeout: the deadline of the calls, in seconds.
        prompt_timeout: how long an unlock prompt may stay open, in seconds; it extends the deadline.
    """

    def __init__(self, bus: "Bus", *, timeout: float, prompt_timeout: float) -> None:
        self._bus = bus
        self._timeout = timeout
        self._prompt_timeout = prompt_timeout
        self._session = ""

    def collection(self) -> str:
        """Returns the path of the collection that the Go tool uses: `login` if it exists, else the default one.

        Raises:
            StoreAbsent: there is no collection.
        """
        if _LOGIN in self._property(_PATH, _SERVICE, "Collections"):
            return _LOGIN
        (path,) = self._bus.call(_PATH, _SERVICE, "ReadAlias", "s", "default")
        if path == _NOTHING:
            raise StoreAbsent("the Secret Service has no keyring yet", store=STORE)
        return str(path)

    def is_locked(self, collection: str) -> bool:
        """Returns whether a collection is locked, without a prompt."""
        return bool(self._property(collection, _COLLECTION, "Locked"))

    def unlock(self, paths: "Sequence[str]") -> None:
        """Unlocks collections or items, with a prompt for the user if the service requires one.

        Raises:
            StoreLocked: the user did not answer the prompt in time, or there is no display for it.
            StoreRefused: the user dismissed the prompt.
        """
        _, prompt = self._bus.call(_PATH, _SERVICE, "Unlock", "ao", list(paths))
        self._complete(prompt)

    def search(self, collection: str, attributes: "Mapping[str, str]") -> list[str]:
        """Returns the items of a collection that have at least these attributes, in the order of creation."""
        (items,) = self._bus.call(collection, _COLLECTION, "SearchItems", "a{ss}", dict(attributes))
        return sorted(items, key=_by_number)

    def search_everywhere(self, attributes: "Mapping[str, str]") -> tuple[list[str], list[str]]:
        """Returns the unlocked and the locked items of all collections that have at least these attributes."""
        unlocked, locked = self._bus.call(_PATH, _SERVICE, "SearchItems", "a{ss}", dict(attributes))
        return list(unlocked), list(locked)

    def secrets(self, items: "Sequence[str]") -> dict[str, bytes]:
        """Returns the secrets of items, all read at the same moment.

        Raises:
            StoreFailed: an item was deleted in between.
        """
        if not items:
            return {}
        (answer,) = self._bus.call(_PATH, _SERVICE, "GetSecrets", "aoo", list(items), self._plain_session())
        secrets = {path: bytes(secret[2]) for path, secret in answer.items()}
        if not secrets.keys() >= set(items):
            raise StoreFailed("an item was deleted while it was read", store=STORE)
        return secrets

    def modified(self, item: str) -> int:
        """Returns the modification time of an item, in seconds since 1970-01-01 UTC."""
        return int(self._property(item, _ITEM, "Modified"))

    def write(self, collection: str, label: str, attributes: "Mapping[str, str]", secret: bytes) -> str:
        """Creates an item, or replaces one that has these attributes, and returns its path."""
        properties = {f"{_ITEM}.Label": ("s", label), f"{_ITEM}.Attributes": ("a{ss}", dict(attributes))}
        value = (self._plain_session(), b"", secret, _CONTENT_TYPE)
        item, prompt = self._bus.call(
            collection,
            _COLLECTION,
            "CreateItem",
            "a{sv}(oayays)b",
            properties,
            value,
            True,  # noqa: FBT003 - replace
        )
        created = self._complete(prompt)
        return str(created if item == _NOTHING else item)

    def delete(self, item: str) -> None:
        """Deletes an item."""
        (prompt,) = self._bus.call(item, _ITEM, "Delete")
        self._complete(prompt)

    def _plain_session(self) -> str:
        if not self._session:
            _, path = self._bus.call(_PATH, _SERVICE, "OpenSession", "sv", "plain", ("s", ""))
            self._session = str(path)
        return self._session

    def _complete(self, prompt: str) -> object:
        """Shows a prompt, if there is one, waits until it is completed, and returns its result."""
        if prompt == _NOTHING:
            return None
        self._bus.watch(prompt)
        self._bus.allow(self._prompt_timeout)
        try:
            self._bus.call(prompt, _PROMPT, "Prompt", "s", "")
            dismissed, (_, result) = self._bus.signal(prompt, "Completed")
        except TimeoutError:
            reason = f"the keyring is locked, and it was not unlocked within {self._prompt_timeout:g} s"
            raise StoreLocked(reason, store=STORE) from None
        self._bus.allow(self._timeout)
        if not dismissed:
            return cast("object", result)
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            raise StoreRefused("the keyring is locked, and the prompt to unlock it was dismissed", store=STORE)
        # Without a display the prompt ends as if the user had dismissed it.
        raise StoreLocked("the keyring is locked, and there is no display for the prompt to unlock it", store=STORE)

    def _property(self, path: str, interface: str, name: str) -> Any:  # noqa: ANN401 - D-Bus variants hold anything
        ((_, value),) = self._bus.call(path, _PROPERTIES, "Get", "ss", interface, name)
        return value


def _by_number(path: str) -> tuple[int, str]:
    return len(path), path
