"""The Secret Service API as far as it is needed: a collection that is unlocked, items found, read, written, deleted.

The session is `plain`, as the Go tool's: secrets cross a local socket that the bus opens to this user alone, and every
program that could listen in on that bus could also ask for the secrets. See the freedesktop.org Secret Service API 0.2.
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
    """One conversation over one connection; every method raises what the connection raises.

    Args:
        bus: the connection.
        timeout: seconds for the conversation.
        prompt_timeout: seconds that an unlock prompt may stay open, in place of `timeout`.
    """

    def __init__(self, bus: "Bus", *, timeout: float, prompt_timeout: float) -> None:
        self._bus = bus
        self._timeout = timeout
        self._prompt_timeout = prompt_timeout
        self._session = ""

    def collection(self) -> str:
        """Give the path of the collection that the Go tool uses: `login` if there is one, else the default one.

        Raises:
            StoreAbsent: there is neither.
        """
        if _LOGIN in self._property(_PATH, _SERVICE, "Collections"):
            return _LOGIN
        (path,) = self._bus.call(_PATH, _SERVICE, "ReadAlias", "s", "default")
        if path == _NOTHING:
            raise StoreAbsent("the Secret Service has no keyring yet", store=STORE)
        return str(path)

    def is_locked(self, collection: str) -> bool:
        """Say whether a collection is locked, without asking anybody."""
        return bool(self._property(collection, _COLLECTION, "Locked"))

    def unlock(self, paths: "Sequence[str]") -> None:
        """Unlock collections or items; a prompt is shown if the service wants one.

        Raises:
            StoreLocked: nobody answered the prompt in time, or there is no display to show it on.
            StoreRefused: the prompt was dismissed.
        """
        _, prompt = self._bus.call(_PATH, _SERVICE, "Unlock", "ao", list(paths))
        self._finish(prompt)

    def search(self, collection: str, attributes: "Mapping[str, str]") -> list[str]:
        """Give the items of a collection that have these attributes, and maybe others; the order is that of making."""
        (items,) = self._bus.call(collection, _COLLECTION, "SearchItems", "a{ss}", dict(attributes))
        return sorted(items, key=_by_number)

    def search_everywhere(self, attributes: "Mapping[str, str]") -> tuple[list[str], list[str]]:
        """Give the items of all collections that have these attributes: those that are unlocked, and those locked."""
        unlocked, locked = self._bus.call(_PATH, _SERVICE, "SearchItems", "a{ss}", dict(attributes))
        return list(unlocked), list(locked)

    def secrets(self, items: "Sequence[str]") -> dict[str, bytes]:
        """Give the secrets of items, all of one moment.

        Raises:
            StoreFailed: an item is gone by now.
        """
        if not items:
            return {}
        (answer,) = self._bus.call(_PATH, _SERVICE, "GetSecrets", "aoo", list(items), self._plain_session())
        secrets = {path: bytes(secret[2]) for path, secret in answer.items()}
        if not secrets.keys() >= set(items):
            raise StoreFailed("an item went away while it was read", store=STORE)
        return secrets

    def modified(self, item: str) -> int:
        """Give the time of an item's last change in seconds since 1970-01-01 UTC."""
        return int(self._property(item, _ITEM, "Modified"))

    def write(self, collection: str, label: str, attributes: "Mapping[str, str]", secret: bytes) -> str:
        """Make an item, or replace one that has these attributes, and give its path."""
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
        made = self._finish(prompt)
        return str(made if item == _NOTHING else item)

    def delete(self, item: str) -> None:
        """Delete an item."""
        (prompt,) = self._bus.call(item, _ITEM, "Delete")
        self._finish(prompt)

    def _plain_session(self) -> str:
        if not self._session:
            _, path = self._bus.call(_PATH, _SERVICE, "OpenSession", "sv", "plain", ("s", ""))
            self._session = str(path)
        return self._session

    def _finish(self, prompt: str) -> object:
        """Show a prompt, if there is one, wait for its end and give what it ended with."""
        if prompt == _NOTHING:
            return None
        self._bus.watch(prompt)
        self._bus.allow(self._prompt_timeout)
        try:
            self._bus.call(prompt, _PROMPT, "Prompt", "s", "")
            dismissed, (_, result) = self._bus.signal(prompt, "Completed")
        except TimeoutError:
            reason = f"the keyring is locked, and nobody unlocked it within {self._prompt_timeout:g} s"
            raise StoreLocked(reason, store=STORE) from None
        self._bus.allow(self._timeout)
        if not dismissed:
            return cast("object", result)
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            raise StoreRefused("the keyring is locked, and the prompt to unlock it was dismissed", store=STORE)
        # Without a display a prompt ends as if it were dismissed, and nobody has seen it.
        raise StoreLocked("the keyring is locked, and there is no display to ask on", store=STORE)

    def _property(self, path: str, interface: str, name: str) -> Any:  # noqa: ANN401 - D-Bus variants hold anything
        ((_, value),) = self._bus.call(path, _PROPERTIES, "Get", "ss", interface, name)
        return value


def _by_number(path: str) -> tuple[int, str]:
    return len(path), path
