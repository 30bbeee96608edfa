"""The used part of the Secret Service API: finding and unlocking a collection; finding, reading and writing items.

The session is `plain`, as that of the Go tool: secrets pass through a local socket of this user, and every program that
can monitor the bus can also read the secrets. The specification is the freedesktop.org Secret Service API 0.2.
"""

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...ports.errors import StoreAbsent, StoreFailed, StoreLocked, StoreRefused
from ...ports.timeouts import KEYCHAIN_DISMISS, WAIT_SLICE
from .bus import ErrorReply
from .errors import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .bus import Bus

SERVICE_NAME = "org.freedesktop.secrets"
_PATH = "/org/freedesktop/secrets"
_LOGIN = f"{_PATH}/collection/login"
_SERVICE = "org.freedesktop.Secret.Service"
_COLLECTION = "org.freedesktop.Secret.Collection"
_ITEM = "org.freedesktop.Secret.Item"
_PROMPT = "org.freedesktop.Secret.Prompt"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_GNOME_UNLOCK = re.compile(rf"{_PATH}/prompt/u\d+")
_NOTHING = "/"
_CONTENT_TYPE = "text/plain; charset=utf8"


class SecretService:
    """The Secret Service over one connection; every method also raises what the connection raises.

    The service may want to ask the user before it does what was asked of it, and then returns a prompt. Nothing is
    shown until `ask` is called for it.

    Args:
        bus: the connection.
        timeout: the deadline of the calls, in seconds.

    Attributes:
        timeout: the same.
        asked: whether the user has answered a prompt of this connection. Some services let each connection read only
            the items that the user allowed it to read.
    """

    def __init__(self, bus: "Bus", *, timeout: float) -> None:
        self._bus = bus
        self.timeout = timeout
        self._session = ""
        self.asked = False

    def allow(self, seconds: float) -> None:
        """Sets a new deadline for the calls, in seconds from now."""
        self._bus.allow(seconds)

    def close(self) -> None:
        """Closes the connection."""
        self._bus.close()

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

    def unlock(self, paths: "Sequence[str]") -> str:
        """Unlocks collections and items, and returns the prompt that the user must answer first; empty if none."""
        _, prompt = self._bus.call(_PATH, _SERVICE, "Unlock", "ao", list(paths))
        return _path(prompt)

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

    def write(self, collection: str, label: str, attributes: "Mapping[str, str]", secret: bytes) -> tuple[str, str]:
        """Creates an item, or replaces one that has these attributes.

        Returns:
            The path of the item and an empty text, or an empty text and a prompt, until which nothing is written.
        """
        properties = {f"{_ITEM}.Label": ("s", label), f"{_ITEM}.Attributes": ("a{ss}", dict(attributes))}
        item, prompt = self._bus.call(
            collection,
            _COLLECTION,
            "CreateItem",
            "a{sv}(oayays)b",
            properties,
            self._value(secret),
            True,  # noqa: FBT003 - replace
        )
        return _path(item), _path(prompt)

    def overwrite(self, item: str, secret: bytes) -> None:
        """Replaces the secret of an item; this never leads to a prompt, but fails if the item is locked."""
        self._bus.call(item, _ITEM, "SetSecret", "(oayays)", self._value(secret))

    def delete(self, item: str) -> str:
        """Deletes an item, or returns the prompt that the user must answer first."""
        (prompt,) = self._bus.call(item, _ITEM, "Delete")
        return _path(prompt)

    def ask(self, prompt: str, seconds: float, waiting: "Callable[[float, float], None]") -> None:
        """Shows a prompt and waits for the answer. However the wait ends, the prompt is closed as `dismiss` says.

        Args:
            prompt: the prompt.
            seconds: how long the user has.
            waiting: called during the wait, about every 0.2 s, with the seconds that have passed and `seconds`; what it
                raises ends the wait.

        Raises:
            StoreLocked: the user did not answer in time, or there is no display for the prompt.
            StoreRefused: the user dismissed the prompt.
        """
        try:
            dismissed = self._answer(prompt, seconds, waiting)
        except TimeoutError:
            self.dismiss(prompt)
            raise StoreLocked(
                f"the keyring is locked, and it was not unlocked within {seconds:g} s", store=STORE
            ) from None
        except BaseException:
            self.dismiss(prompt)
            raise
        self._bus.allow(self.timeout)
        if not dismissed:
            self.asked = True
            return
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            raise StoreRefused("the keyring is locked, and the prompt to unlock it was dismissed", store=STORE)
        # Without a display the prompt ends as if the user had dismissed it.
        raise StoreLocked("the keyring is locked, and there is no display for the prompt to unlock it", store=STORE)

    def dismiss(self, prompt: str) -> None:
        """Closes a prompt, shown or not, as far as the service does that.

        GNOME Keyring aborts if an unlock prompt is dismissed while any is shown (42.1, and still in later versions), so
        its prompts stay open. A later call waits for the answer to the same one.
        """
        if _GNOME_UNLOCK.fullmatch(prompt):
            return
        with suppress(ErrorReply, TimeoutError, OSError):
            self._bus.allow(min(self.timeout, KEYCHAIN_DISMISS))
            self._bus.call(prompt, _PROMPT, "Dismiss")
        self._bus.allow(self.timeout)

    def _answer(self, prompt: str, seconds: float, waiting: "Callable[[float, float], None]") -> bool:
        """Returns whether the user dismissed a prompt."""
        self._bus.watch(prompt)
        self._bus.call(prompt, _PROMPT, "Prompt", "s", "")
        passed = 0.0
        while passed < seconds:
            slice_ = min(WAIT_SLICE, seconds - passed)
            self._bus.allow(slice_)
            try:
                dismissed, _ = self._bus.signal(prompt, "Completed")
            except TimeoutError:
                passed += slice_
                waiting(passed, seconds)
            else:
                return bool(dismissed)
        raise TimeoutError

    def _value(self, secret: bytes) -> tuple[str, bytes, bytes, str]:
        return (self._plain_session(), b"", secret, _CONTENT_TYPE)

    def _plain_session(self) -> str:
        if not self._session:
            _, path = self._bus.call(_PATH, _SERVICE, "OpenSession", "sv", "plain", ("s", ""))
            self._session = str(path)
        return self._session

    def _property(self, path: str, interface: str, name: str) -> Any:  # noqa: ANN401 - D-Bus variants hold anything
        ((_, value),) = self._bus.call(path, _PROPERTIES, "Get", "ss", interface, name)
        return value


def _path(path: object) -> str:
    """Returns the path of an object; empty if it is `/`, with which the service says that there is no object."""
    return "" if path == _NOTHING else str(path)


def _by_number(path: str) -> tuple[int, str]:
    return len(path), path
