"""A Secret Service that asks its user as KeePassXC 2.7 does; a program, which finds its bus by the environment.

An item may be read by a connection once the user has allowed it, unless `confirm_access` is off; replacing an item that
the connection was not allowed asks all the same, and deleting one always does. Every dialog is a prompt, which can be
dismissed. The tests say through the interface `test.User` what the user answers, and read what was shown.
"""

from importlib import import_module
from itertools import count
from typing import Any

jeepney: Any = import_module("jeepney")  # it ships no types
blocking: Any = import_module("jeepney.io.blocking")
bus_messages: Any = import_module("jeepney.bus_messages")
HeaderFields = jeepney.HeaderFields

NAME = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"
COLLECTION = f"{ROOT}/collection/passwords"
ERROR = "org.freedesktop.Secret.Error"
SECRET = "org.freedesktop.Secret"
NEVER = "never"


class Refused(Exception):
    """A call is answered with an error; the argument is its name."""


class Item:
    def __init__(self, attributes: dict[str, str], secret: bytes) -> None:
        self.attributes = attributes
        self.secret = secret
        self.modified = 1


class Prompt:
    """What is asked on whose behalf, and what happens if the user allows it; without a question it happens at once."""

    def __init__(self, client: str, question: str, items: set[str], act: Any) -> None:
        self.client = client
        self.question = question
        self.items = items
        self.act = act


class Service:
    """The state of the service, one method for each method of D-Bus; `client` is who calls."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.items: dict[str, Item] = {}
        self.locked = False
        self.confirm_access = True
        self.answer = "allow"
        self.allowed: dict[str, set[str]] = {}
        self.once: dict[str, set[str]] = {}
        self.prompts: dict[str, Prompt] = {}
        self.shown: list[str] = []
        self.open: list[str] = []
        self.completed: list[tuple[str, bool, tuple[str, Any]]] = []

    def call(self, client: str, path: str, interface: str, member: str, body: tuple[Any, ...]) -> tuple[str, Any]:
        """Returns the signature and the body of the reply."""
        name = f"{interface.rpartition('.')[2]}_{member}"
        method = getattr(self, name, None)
        if method is None:
            raise Refused("org.freedesktop.DBus.Error.UnknownMethod")
        reply: tuple[str, Any] = method(client, path, *body)
        return reply

    # The user

    def User_Set(self, _: str, __: str, name: str, value: str) -> tuple[str, Any]:  # noqa: N802 (named as the method)
        setattr(self, name, value == "yes" if name in {"locked", "confirm_access"} else value)
        for path in list(self.open):
            self._decide(path)
        return "", ()

    def User_Seen(self, *_: str) -> tuple[str, Any]:  # noqa: N802
        return "asas", (self.shown, self.open)

    def User_Secrets(self, *_: str) -> tuple[str, Any]:  # noqa: N802
        return "as", ([f"{item.attributes['username']}={item.secret.decode()}" for item in self.items.values()],)

    # The service

    def Properties_Get(self, client: str, path: str, _: str, name: str) -> tuple[str, Any]:  # noqa: N802
        if name == "Collections":
            return "v", (("ao", [COLLECTION]),)
        if name == "Locked":
            return "v", (("b", self._is_locked(client, path) if path in self.items else self.locked),)
        return "v", (("t", self.items[path].modified),)

    def Service_ReadAlias(self, *_: str) -> tuple[str, Any]:  # noqa: N802
        return "o", (COLLECTION,)

    def Service_OpenSession(self, *_: Any) -> tuple[str, Any]:  # noqa: N802
        return "vo", (("s", ""), f"{ROOT}/session/{next(self.numbers)}")

    def Service_Unlock(self, client: str, _: str, objects: list[str]) -> tuple[str, Any]:  # noqa: N802
        items = {path for path in objects if path in self.items and self._is_locked(client, path)}
        if not items and not self.locked:
            return "aoo", (objects, "/")
        return "aoo", ([], self._prompt(client, "access", items, self._unlock))

    def Service_SearchItems(self, client: str, _: str, attributes: dict[str, str]) -> tuple[str, Any]:  # noqa: N802
        hits = self._hits(attributes)
        locked = [path for path in hits if self._is_locked(client, path)]
        return "aoao", ([path for path in hits if path not in locked], locked)

    def Service_GetSecrets(self, client: str, _: str, items: list[str], session: str) -> tuple[str, Any]:  # noqa: N802
        for path in items:
            self._demand(client, path)
        secrets = {path: (session, b"", self.items[path].secret, "text/plain") for path in items}
        self.once.pop(client, None)
        return "a{o(oayays)}", (secrets,)

    def Collection_SearchItems(self, _: str, __: str, attributes: dict[str, str]) -> tuple[str, Any]:  # noqa: N802
        return "ao", (self._hits(attributes),)

    def Collection_CreateItem(  # noqa: N802
        self, client: str, _: str, properties: dict[str, tuple[str, Any]], secret: tuple[Any, ...], replace: bool
    ) -> tuple[str, Any]:
        if self.locked:
            raise Refused(f"{ERROR}.IsLocked")
        attributes = properties[f"{SECRET}.Item.Attributes"][1]
        hits = self._hits(attributes) if replace else []

        def write(prompt: Prompt) -> tuple[str, Any]:
            path = hits[0] if hits else f"{COLLECTION}/{next(self.numbers)}"
            self.items[path] = Item(attributes, bytes(secret[2]))
            self.allowed.setdefault(prompt.client, set()).add(path)
            return "o", path

        known = self.allowed.get(client, set()) | self.once.get(client, set())
        question = "" if set(hits[:1]) <= known else "overwrite"
        return "oo", ("/", self._prompt(client, question, set(hits[:1]), write))

    def Item_SetSecret(self, client: str, path: str, secret: tuple[Any, ...]) -> tuple[str, Any]:  # noqa: N802
        self._demand(client, path)
        self.items[path].secret = bytes(secret[2])
        self.items[path].modified += 1
        return "", ()

    def Item_Delete(self, client: str, path: str) -> tuple[str, Any]:  # noqa: N802
        def delete(_: Prompt) -> tuple[str, Any]:
            self.items.pop(path, None)
            return "s", ""

        return "o", (self._prompt(client, "delete", {path}, delete),)

    def Prompt_Prompt(self, _: str, path: str, __: str) -> tuple[str, Any]:  # noqa: N802
        prompt = self.prompts[path]
        if prompt.question:
            self.shown.append(f"{prompt.question} {len(prompt.items)}")
            self.open.append(path)
            self._decide(path)
        else:
            self._complete(path, prompt.act(prompt))
        return "", ()

    def Prompt_Dismiss(self, _: str, path: str) -> tuple[str, Any]:  # noqa: N802
        if path not in self.prompts:
            raise Refused(f"{ERROR}.NoSuchObject")
        self._complete(path, ("s", ""), dismissed=True)
        return "", ()

    def _hits(self, attributes: dict[str, str]) -> list[str]:
        """KeePassXC has nothing to search in while its database is locked."""
        found = [path for path, item in self.items.items() if attributes.items() <= item.attributes.items()]
        return [] if self.locked else found

    def _is_locked(self, client: str, path: str) -> bool:
        known = self.allowed.get(client, set()) | self.once.get(client, set())
        return self.locked or (self.confirm_access and path not in known)

    def _demand(self, client: str, path: str) -> None:
        if path not in self.items:
            raise Refused(f"{ERROR}.NoSuchObject")
        if self._is_locked(client, path):
            raise Refused(f"{ERROR}.IsLocked")

    def _prompt(self, client: str, question: str, items: set[str], act: Any) -> str:
        path = f"{ROOT}/prompt/{next(self.numbers)}"
        self.prompts[path] = Prompt(client, question, items, act)
        return path

    def _unlock(self, prompt: Prompt) -> tuple[str, Any]:
        self.locked = False
        return "ao", sorted(prompt.items)

    def _decide(self, path: str) -> None:
        prompt = self.prompts[path]
        if self.answer == NEVER:
            return
        if self.answer == "deny":
            self._complete(path, ("s", ""), dismissed=True)
            return
        granted = self.once if self.answer == "once" else self.allowed
        granted.setdefault(prompt.client, set()).update(prompt.items)
        self._complete(path, prompt.act(prompt))

    def _complete(self, path: str, result: tuple[str, Any], *, dismissed: bool = False) -> None:
        self.prompts.pop(path)
        if path in self.open:
            self.open.remove(path)
        self.completed.append((path, dismissed, result))


def main() -> None:
    """Serves until the bus goes away."""
    connection = blocking.open_dbus_connection()
    connection.send_and_get_reply(bus_messages.message_bus.RequestName(NAME))
    print("ready", flush=True)  # noqa: T201 (the tests wait for it)
    service = Service()
    while True:
        message = connection.receive()
        if message.header.message_type is not jeepney.MessageType.method_call:
            continue
        fields = message.header.fields
        asked = (fields[HeaderFields.sender], fields[HeaderFields.path], fields.get(HeaderFields.interface, ""))
        try:
            signature, body = service.call(*asked, fields[HeaderFields.member], message.body)
            connection.send(jeepney.new_method_return(message, signature or None, body))
        except Refused as error:
            connection.send(jeepney.new_error(message, str(error)))
        for path, dismissed, result in service.completed:
            emitter = jeepney.DBusAddress(path, interface=f"{SECRET}.Prompt")
            connection.send(jeepney.new_signal(emitter, "Completed", "bv", (dismissed, result)))
        service.completed.clear()


if __name__ == "__main__":
    main()
