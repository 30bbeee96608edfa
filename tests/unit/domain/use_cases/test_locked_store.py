"""A store that is locked: its user is asked once, before the profile's lock is taken, and never by an early refresh."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import NoTokensError, StoreFailed, StoreLocked, StoreRefused
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.ports.events import Event, LoginFailed, UnlockAwaited

if TYPE_CHECKING:
    from .conftest import Rig

HOUR = 3600.0
EARLY = 30.0


class OneLock:
    """A lock that tells whether it is held."""

    def __init__(self) -> None:
        self.held = False

    @asynccontextmanager
    async def hold(self, profile: str, *, timeout: float) -> AsyncGenerator[None]:
        self.held = True
        try:
            yield
        finally:
            self.held = False


class Keyring(MemoryStore):
    """A store whose user unlocks it, or refuses."""

    name = "keyring"

    def __init__(self, rig: "Rig", lock: OneLock) -> None:
        super().__init__()
        self._rig = rig
        self._lock = lock
        self.locked = True
        self.refused = False
        self.broken = False
        self.asked = 0
        self.locks_after = 0  # the number of loads after which it locks itself; 0 means never
        self.takes = 0.0  # the seconds until the answer

    def unlock(self, profile: str, waiting: Callable[[float, float], None]) -> None:
        assert not self._lock.held, "a user was asked under the lock"
        if self.broken:
            raise StoreFailed("it broke", store=self.name)
        if not self.locked:
            return
        self.asked += 1
        for passed in range(5):
            waiting(passed * self.takes / 4, 60.0)
        if self.refused:
            raise StoreRefused("the prompt was dismissed", store=self.name)
        self.locked = False

    def check(self) -> None:
        if self.locked:
            raise StoreLocked("it is locked", store=self.name)

    def load(self, profile: str) -> Mapping[str, str] | None:
        self.check()
        self.locks_after -= 1
        self.locked = not self.locks_after
        return self._rig.store.load(profile)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        self.check()
        self._rig.store.save(profile, fields)

    def delete(self, profile: str) -> None:
        self.check()
        self._rig.store.delete(profile)


class Scene:
    """A signed-in profile in a locked keyring."""

    def __init__(self, rig: "Rig") -> None:
        rig.call("login", "work", flow="browser")
        self.rig = rig
        self.events: list[Event] = []
        self._lock = OneLock()
        self.keyring = Keyring(rig, self._lock)
        self.client = self.again()

    def again(self) -> Any:
        """Make a client as a new process has it."""
        return self.rig.make(secrets=self.keyring, lock=self._lock, on_event=self.events.append)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.rig.call(method, *args, client=self.client, **kwargs)

    def refreshes(self) -> int:
        return self.rig.server.count("token", grant_type="refresh_token")


@pytest.fixture
def scene(rig: "Rig") -> Scene:
    return Scene(rig)


READING: list[tuple[str, tuple[object, ...]]] = [
    ("access_token", ("work",)),
    ("status", ("work",)),
    ("load_tokens", ("work",)),
    ("refresh", ("work",)),
    ("logout", ("work",)),
    ("delete_tokens", ("work",)),
    ("remove_profile", ("work",)),
]


@pytest.mark.parametrize(("method", "args"), READING, ids=lambda value: value if isinstance(value, str) else "")
def test_whoever_needs_the_tokens_asks_once(scene: Scene, method: str, args: tuple[object, ...]) -> None:
    scene.call(method, *args)
    assert scene.keyring.asked == 1


@pytest.mark.parametrize(("method", "args"), READING, ids=lambda value: value if isinstance(value, str) else "")
def test_a_refusal_is_final(scene: Scene, method: str, args: tuple[object, ...]) -> None:
    scene.keyring.refused = True
    with pytest.raises((StoreRefused, StoreLocked)):
        scene.call(method, *args)
    assert scene.keyring.asked == 1
    assert scene.refreshes() == 0


def test_a_token_in_memory_that_the_api_refuses_is_renewed_after_one_question(scene: Scene) -> None:
    scene.call("access_token", "work")
    scene.keyring.locked = True
    scene.rig.server.queue_fault("sessions", Answer(401, {}))

    assert scene.call("sessions", "work")
    assert scene.keyring.asked == 2
    assert scene.refreshes() == 1


def test_an_expired_token_is_renewed_after_one_question(scene: Scene) -> None:
    scene.rig.clock.advance(HOUR)
    before = scene.rig.fields("work")
    token = scene.call("access_token", "work")
    assert token == scene.rig.fields("work")["access_token"] != before["access_token"]
    assert scene.keyring.asked == 1


def test_a_keyring_that_locked_itself_is_unlocked_before_the_refresh_token_is_spent(scene: Scene) -> None:
    scene.call("access_token", "work")
    scene.keyring.locked = True
    scene.keyring.refused = True
    with pytest.raises(StoreRefused):
        scene.call("refresh", "work")
    assert scene.refreshes() == 0


def test_an_early_refresh_asks_nobody_and_hands_out_the_old_token(scene: Scene) -> None:
    token = scene.call("access_token", "work")
    scene.rig.clock.advance(HOUR - EARLY)
    scene.keyring.locks_after = 1
    scene.client = scene.again()
    asked = scene.keyring.asked
    assert scene.call("access_token", "work") == token
    assert scene.keyring.asked == asked
    assert scene.refreshes() == 0


def test_a_login_asks_before_the_browser_is_opened(scene: Scene) -> None:
    scene.keyring.refused = True
    with pytest.raises(StoreRefused):
        scene.call("login", "work", flow="browser")
    (failed,) = scene.events
    assert isinstance(failed, LoginFailed)
    assert (failed.reason, failed.error) == ("keyring: the prompt was dismissed", "StoreRefused")
    scene.keyring.refused = False
    scene.call("login", "work", flow="browser")
    assert scene.keyring.asked == 2


def test_after_a_second_the_listener_is_told_once(scene: Scene) -> None:
    scene.keyring.takes = 4.0
    scene.call("access_token", "work")
    assert scene.events == [UnlockAwaited("work", "keyring", 60.0)]


def test_an_answer_within_a_second_is_not_worth_a_word(scene: Scene) -> None:
    scene.keyring.takes = 0.9
    scene.call("access_token", "work")
    assert scene.events == []


def test_a_store_without_unlock_is_not_read_twice(scene: Scene) -> None:
    class Plain(MemoryStore):
        name = "plain"
        loads = 0

        def load(self, profile: str) -> Mapping[str, str] | None:
            self.loads += 1
            raise StoreLocked("it is locked", store=self.name)

    store = Plain()
    client = scene.rig.make(secrets=store)
    with pytest.raises(StoreLocked):
        scene.rig.call("access_token", "work", client=client)
    assert store.loads == 1


def test_after_a_logout_nobody_is_signed_in(scene: Scene) -> None:
    assert scene.call("logout", "work").revoked
    with pytest.raises(NoTokensError):
        scene.call("access_token", "work")
    assert scene.keyring.asked == 1


def test_an_unlock_that_fails_does_not_keep_a_logout_from_removing_what_it_can(scene: Scene) -> None:
    scene.keyring.locked = False
    scene.keyring.broken = True
    assert scene.call("logout", "work").removed


class Unsure(MemoryProfiles):
    """Profiles of which a store must tell whose they are, which it does not while it is locked."""

    def __init__(self, profiles: MemoryProfiles, store: "Closed") -> None:
        super().__init__()
        self._real, self._store = profiles, store

    def active(self) -> str:
        return self._real.active()

    def load(self, name: str) -> "Mapping[str, str] | None":
        if not self._store.open:
            raise StoreLocked("it is locked", store="keychain")
        return self._real.load(name)


class Closed(MemoryStore):
    """A store that is locked and cannot be unlocked here."""

    open = False


class Opened(Closed):
    """A store that its user unlocks when asked."""

    asked = 0

    def unlock(self, profile: str, waiting: object) -> None:
        self.asked += 1
        self.open = True


def test_a_locked_store_that_must_tell_whose_a_profile_is_is_unlocked_first(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    store = Opened()
    store.save("work", rig.fields("work"))
    client = rig.make(secrets=store, profiles=Unsure(rig.profiles, store))

    assert rig.call("access_token", "work", client=client) == rig.fields("work")["access_token"]
    assert store.asked == 1


def test_a_profile_of_which_a_locked_store_says_nothing_is_not_used(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    store = Closed()
    store.save("work", rig.fields("work"))
    client = rig.make(secrets=store, profiles=Unsure(rig.profiles, store))

    with pytest.raises(StoreLocked, match="it is locked"):
        rig.call("access_token", "work", client=client)
