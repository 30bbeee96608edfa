"""A Secret Service in memory, the bus to it, and the person before it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from promptvm_oauth.adapters.secret_service.bus import ErrorReply
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore

ROOT = "/org/freedesktop/secrets"


class Client:
    """One connection. The daemon may ask its user for each."""

    def __init__(self, daemon: "Daemon") -> None:
        self.daemon = daemon
        self.granted: set[str] = set()
        self.prompts: dict[str, Any] = {}
        self.closed = False

    def allow(self, seconds: float) -> None:
        self.daemon.allowed.append(seconds)

    def watch(self, path: str) -> None:
        assert path in self.prompts

    def signal(self, path: str, member: str) -> tuple[Any, ...]:
        assert member == "Completed"
        return self.daemon.answered(self, path)

    def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> tuple[Any, ...]:
        assert not self.closed
        return self.daemon.call(self, path, interface, member, signature, *body)

    def close(self) -> None:
        if not self.closed:
            self.daemon.open -= 1
        self.closed = True


class Item:
    def __init__(self, collection: str, attributes: Mapping[str, str], secret: bytes, modified: int) -> None:
        self.collection = collection
        self.attributes = dict(attributes)
        self.secret = secret
        self.modified = modified


class Daemon:
    """All of it, with what it is to answer; `connect` gives the bus.

    With `asks` it behaves as KeePassXC does: each connection must be allowed to read an item, and replacing or deleting
    one leads to a prompt in any case.
    """

    LOGIN = f"{ROOT}/collection/login"
    OTHER = f"{ROOT}/collection/other"

    def __init__(self) -> None:
        self.collections = [self.LOGIN]
        self.default = "/"
        self.items: dict[str, Item] = {}
        self.locked: set[str] = set()
        self.asks = False
        self.once = False  # whether the person allows one access at a time
        self.answer: bool | None = None  # whether the person dismisses the prompt; None does not answer
        self.errors: list[tuple[str, Exception]] = []
        self.before: dict[str, Callable[[], object]] = {}  # what happens just before a method is first called
        self.calls: list[str] = []
        self.shown: list[str] = []  # what the person was asked
        self.prompts_named = "p"
        self.dismissed = 0
        self.allowed: list[float] = []
        self.open = 0
        self.now = 1000
        self.made = 0

    def connect(self, seconds: float) -> Client:
        self._begin("connect")
        self.allowed.append(seconds)
        self.open += 1
        return Client(self)

    def call(
        self, client: Client, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> tuple[Any, ...]:
        assert self.open
        assert bool(signature) == bool(body)
        self._begin(member)
        self.calls.append(member)
        self.client = client
        answer: tuple[Any, ...] = getattr(self, f"_{member}")(path, *body)
        return answer

    def answered(self, client: Client, path: str) -> tuple[Any, ...]:
        """Returns what a prompt ends with; raises TimeoutError while the person thinks."""
        quiet = client.prompts[path]
        if callable(quiet):
            quiet()
            return False, ("o", self.newest)
        if self.answer is None:
            raise TimeoutError
        if not self.answer:
            self.locked.clear()
            client.granted |= quiet
        return self.answer, ("ao", [])

    def prompt(self, what: Any) -> str:
        """Returns the path of a new prompt: for access to a set of items, or one that shows nothing and then acts."""
        self.made += 1
        path = f"{ROOT}/prompt/{self.prompts_named}{self.made}"
        self.client.prompts[path] = what
        return path

    def is_locked(self, path: str) -> bool:
        """Returns whether an item is locked for the connection that calls."""
        closed = self.items[path].collection in self.locked
        return closed or (self.asks and path not in self.client.granted)

    def put(self, entry: str, text: str | bytes, *, collection: str = LOGIN, profile: str = "work", **more: str) -> str:
        """Add an item as another program does, beside what is there."""
        self.made += 1
        path = f"{collection}/{self.made}"
        secret = text if isinstance(text, bytes) else text.encode()
        self.items[path] = Item(collection, {**names(profile, entry), **more}, secret, self.now)
        return path

    def texts(self, profile: str = "work") -> dict[str, list[str]]:
        """Returns what is stored of a profile, by entry."""
        found: dict[str, list[str]] = {}
        for item in self.items.values():
            _, owner, entry = item.attributes["username"].split(":")
            if owner == profile:
                found.setdefault(entry, []).append(item.secret.decode())
        return found

    def _begin(self, member: str) -> None:
        self.before.pop(member, lambda: None)()
        if self.errors and self.errors[0][0] in {member, "*"}:
            raise self.errors.pop(0)[1]

    def _hits(self, attributes: Mapping[str, str]) -> list[str]:
        return [path for path, item in self.items.items() if attributes.items() <= item.attributes.items()]

    def _demand_unlocked(self, collection: str) -> None:
        if collection in self.locked:
            raise ErrorReply("org.freedesktop.Secret.Error.IsLocked")

    def _Get(self, path: str, interface: str, name: str) -> tuple[Any, ...]:  # noqa: N802 - named as the method
        assert interface.startswith("org.freedesktop.Secret.")
        values: Mapping[str, Callable[[], object]] = {
            "Collections": lambda: self.collections,
            "Locked": lambda: path in self.locked,
            "Modified": lambda: self.items[path].modified,
        }
        return (("v", values[name]()),)

    def _ReadAlias(self, path: str, name: str) -> tuple[Any, ...]:  # noqa: N802 - as above
        assert (path, name) == (ROOT, "default")
        return (self.default,)

    def _Unlock(self, path: str, objects: list[str]) -> tuple[Any, ...]:  # noqa: N802 - as above
        items = {item for item in objects if item in self.items and self.is_locked(item)}
        if items or set(objects) & self.locked:
            return [], self.prompt(items)
        return objects, "/"

    def _Prompt(self, path: str, window: str) -> tuple[Any, ...]:  # noqa: N802 - as above
        assert window == ""
        if not callable(self.client.prompts[path]):
            self.shown.append(path)
        return ()

    def _Dismiss(self, path: str) -> tuple[Any, ...]:  # noqa: N802 - as above
        assert path in self.client.prompts
        self.dismissed += 1
        return ()

    def _OpenSession(self, path: str, algorithm: str, given: tuple[str, str]) -> tuple[Any, ...]:  # noqa: N802
        assert (algorithm, given) == ("plain", ("s", ""))
        return ("s", ""), f"{ROOT}/session/s1"

    def _SearchItems(self, path: str, attributes: Mapping[str, str]) -> tuple[Any, ...]:  # noqa: N802 - as above
        hits = list(reversed(self._hits(attributes)))
        if path != ROOT:
            return ([hit for hit in hits if self.items[hit].collection == path],)
        locked = [hit for hit in hits if self.is_locked(hit)]
        return [hit for hit in hits if hit not in locked], locked

    def _GetSecrets(self, path: str, items: list[str], session: str) -> tuple[Any, ...]:  # noqa: N802 - as above
        found = [item for item in items if item in self.items and not self.is_locked(item)]
        if self.once:
            self.client.granted -= set(items)
        return ({item: (session, b"", self.items[item].secret, "text/plain") for item in found},)

    def _CreateItem(  # noqa: N802 - as above
        self, path: str, properties: Mapping[str, tuple[str, Any]], secret: tuple[str, bytes, bytes, str], replace: bool
    ) -> tuple[Any, ...]:
        self._demand_unlocked(path)
        attributes = properties["org.freedesktop.Secret.Item.Attributes"][1]
        item = Item(path, attributes, secret[2], self.now)
        hits = [hit for hit in self._hits(attributes) if self.items[hit].collection == path]
        assert replace
        if self.asks and hits:
            return "/", self.prompt(set(hits))
        self.made += 1
        name = self.newest = hits[0] if hits else f"{path}/{self.made}"

        def create() -> None:
            self.items[name] = item
            self.client.granted.add(name)

        if self.asks:
            return "/", self.prompt(create)
        create()
        return name, "/"

    def _SetSecret(self, path: str, secret: tuple[str, bytes, bytes, str]) -> tuple[Any, ...]:  # noqa: N802
        if self.is_locked(path):
            raise ErrorReply("org.freedesktop.Secret.Error.IsLocked")
        self.items[path].secret, self.items[path].modified = secret[2], self.now
        return ()

    def _Delete(self, path: str) -> tuple[Any, ...]:  # noqa: N802 - as above
        if self.asks:
            return (self.prompt(set[str]()),)
        self._demand_unlocked(self.items[path].collection)
        del self.items[path]
        return ("/",)


def names(profile: str, entry: str) -> dict[str, str]:
    return {"service": "promptvm-cli", "username": f"promptvm-cli:{profile}:{entry}"}


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def store(daemon: Daemon) -> SecretServiceStore:
    return SecretServiceStore(connect=daemon.connect)


@pytest.fixture(autouse=True)
def display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
