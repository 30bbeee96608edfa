"""A keychain that hangs: the store answers in time, whoever waits, and in real time."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.ports.errors import StoreLocked
from promptvm_oauth.testing.keyring_backend import MemoryKeyring

FIELDS = {"access_token": "SECRET-access", "refresh_token": "SECRET-refresh", "expires_at": "2030-01-01T00:00:00Z"}


class Keychain(MemoryKeyring):
    """A backend in memory that waits where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.going = Event()
        self.going.set()

    def begin(self) -> None:
        super().begin()
        self.going.wait(10)


def test_a_prompt_that_is_never_answered_ends_in_locked() -> None:
    keychain = Keychain()
    keychain.going.clear()
    store = KeyringStore(backend=keychain, timeout=0.05)
    for call in (store.load, store.delete):
        with pytest.raises(StoreLocked, match=r"no answer within 0\.05 s"):
            call("work")
    with pytest.raises(StoreLocked):
        store.save("work", FIELDS)
    keychain.going.set()


def test_a_call_that_is_given_up_begins_nothing_more_when_it_goes_on() -> None:
    keychain = Keychain()
    keychain.going.clear()
    with pytest.raises(StoreLocked):
        KeyringStore(backend=keychain, timeout=0.05).save("work", FIELDS)
    keychain.going.set()
    assert KeyringStore(backend=keychain).load("work") is None
    assert keychain.passwords == {}


def test_a_write_that_is_not_answered_in_time_but_done_is_no_error() -> None:
    class Slow(Keychain):
        late = False

        def set_password(self, service: str, username: str, password: str, /) -> None:
            super().set_password(service, username, password)
            self.late = True
            time.sleep(0.3)

    keychain = Slow()
    KeyringStore(backend=keychain, timeout=0.1).save("work", FIELDS)
    assert keychain.late
    assert KeyringStore(backend=keychain).load("work") == FIELDS


def test_a_thread_that_hangs_does_not_keep_others_from_the_keychain_for_ever() -> None:
    class Once(Keychain):
        def __init__(self) -> None:
            super().__init__()
            self.first = Lock()

        def get_password(self, service: str, username: str, /) -> str | None:
            if self.first.acquire(blocking=False):
                Event().wait(2)
            return super().get_password(service, username)

    store = KeyringStore(backend=Once(), timeout=0.3)
    with pytest.raises(StoreLocked):
        store.load("work")
    assert store.load("work") is None


def test_threads_that_queue_for_a_keychain_that_hangs_are_all_answered() -> None:
    keychain = Keychain()
    keychain.going.clear()
    store = KeyringStore(backend=keychain, timeout=0.1)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(store.load, "work") for _ in range(8)]
        errors = [call.exception(20) for call in calls]
    keychain.going.set()
    assert {type(error) for error in errors} == {StoreLocked}
    assert keychain.calls < len(errors)  # the last ones did not even get their turn


def test_unlock_gives_its_user_time_and_says_that_it_waits() -> None:
    keychain = Keychain()
    store = KeyringStore(backend=keychain, timeout=0.05, prompt_timeout=20)
    store.save("work", FIELDS)
    keychain.going.clear()
    waited: list[float] = []

    def wait(passed: float, seconds: float) -> None:
        assert seconds == 20
        waited.append(passed)
        if len(waited) == 3:
            keychain.going.set()

    store.unlock("work", wait)
    assert waited == sorted(waited)
    assert store.load("work") == FIELDS


def test_an_unlock_that_nobody_answers_ends_in_locked() -> None:
    keychain = Keychain()
    keychain.going.clear()
    with pytest.raises(StoreLocked, match=r"no answer within 0\.3 s"):
        KeyringStore(backend=keychain, timeout=0.05, prompt_timeout=0.3).unlock("work", lambda passed, seconds: None)
    keychain.going.set()


def test_a_caller_that_leaves_ends_the_wait() -> None:
    keychain = Keychain()
    keychain.going.clear()

    def leave(passed: float, seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        KeyringStore(backend=keychain, prompt_timeout=60).unlock("work", leave)
    keychain.going.set()


def test_a_damaged_value_does_not_keep_a_login_from_replacing_it() -> None:
    keychain = Keychain()
    KeyringStore(backend=keychain).save("work", FIELDS)
    keychain.passwords = dict.fromkeys(keychain.passwords, '{"slot": "a", "parts": 2, "sha256": "x"}')
    KeyringStore(backend=keychain).unlock("work", lambda passed, seconds: None)
