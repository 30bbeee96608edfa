"""A real keychain that is locked, stopped, killed or not there: a typed answer in time, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth.adapters.secret_service.bus import BUS_NAME, SessionBus
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.errors import StoreAbsent, StoreError, StoreFailed, StoreLocked, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Keychain

FIELDS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": "2030-01-01T00:00:00Z"}
NEWER = FIELDS | {"access_token": "access-2"}
SHORT = 0.3

LOAD = """
import sys
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
assert SecretServiceStore().load("work")["access_token"] == "access-1"
print(*sys.modules)
"""


def calls(store: SecretServiceStore) -> "list[Callable[[], object]]":
    return [lambda: store.load("work"), lambda: store.save("work", NEWER), lambda: store.delete("work")]


def outcomes(store: SecretServiceStore) -> set[type[StoreError]]:
    """Returns the errors of a load, a save and a delete, which all have to fail."""
    raised: set[type[StoreError]] = set()
    for call in calls(store):
        with pytest.raises(StoreError) as caught:
            call()
        raised.add(type(caught.value))
    return raised


def quietly(passed: float, seconds: float) -> None:
    """Lets the store wait."""


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_locked_keyring_without_a_display_is_locked(keychain: "Keychain") -> None:
    store = SecretServiceStore()
    store.save("work", FIELDS)
    keychain.lock()
    assert outcomes(store) == {StoreLocked}
    with pytest.raises(StoreLocked):
        store.probe()
    with pytest.raises(StoreLocked, match="no display"):
        store.unlock("work", quietly)


def test_a_prompt_that_is_dismissed_before_a_display_is_refused(
    keychain: "Keychain", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    keychain.lock()
    with pytest.raises(StoreRefused, match="dismissed"):
        SecretServiceStore().unlock("work", quietly)


def test_a_prompt_that_is_never_answered_ends_in_locked(keychain: "Keychain") -> None:
    prompter = SessionBus(BUS_NAME, 60)  # it has the name of the program that asks for passwords, and asks for none
    prompter.call("/org/freedesktop/DBus", BUS_NAME, "RequestName", "su", "org.gnome.keyring.SystemPrompter", 0)
    keychain.lock()
    with pytest.raises(StoreLocked, match=r"it was not unlocked within 0\.3 s"):
        SecretServiceStore(5, prompt_timeout=SHORT).unlock("work", quietly)
    with pytest.raises(StoreLocked):
        SecretServiceStore().load("work")
    assert keychain.daemon.poll() is None  # it aborts if a prompt is dismissed while one is shown
    prompter.close()


def test_failed_unlocks_leave_no_descriptors_open(keychain: "Keychain") -> None:
    store = SecretServiceStore()
    keychain.lock()
    with pytest.raises(StoreLocked):
        store.load("work")
    before = descriptors()
    for _ in range(10):
        with pytest.raises(StoreLocked):
            store.load("work")
        with pytest.raises(StoreLocked):
            store.unlock("work", quietly)
    assert descriptors() == before


@pytest.mark.parametrize("which", ["daemon", "bus"])
def test_a_stopped_process_is_given_up_in_time_and_nothing_is_lost(which: str, keychain: "Keychain") -> None:
    SecretServiceStore().save("work", FIELDS)
    process: subprocess.Popen[bytes] = getattr(keychain, which)
    process.send_signal(signal.SIGSTOP)
    before = descriptors()
    begun = time.monotonic()
    store = SecretServiceStore(SHORT)
    reads: list[Callable[[], object]] = [lambda: store.load("work"), lambda: store.delete("home"), store.probe]
    for call in reads:
        with pytest.raises(StoreFailed, match=r"did not answer within 0\.3 s"):
            call()
    assert time.monotonic() - begun < 10  # it would be for ever
    assert descriptors() == before
    process.send_signal(signal.SIGCONT)
    assert SecretServiceStore().load("work") == FIELDS


def test_a_write_that_was_not_answered_is_unknown_until_it_is_read(keychain: "Keychain") -> None:
    SecretServiceStore().save("work", FIELDS)
    keychain.daemon.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreFailed, match="did not answer"):
        SecretServiceStore(SHORT).save("work", NEWER)
    keychain.daemon.send_signal(signal.SIGCONT)
    loaded = SecretServiceStore().load("work")
    assert loaded in (FIELDS, NEWER)
    SecretServiceStore().save("work", NEWER)
    assert SecretServiceStore().load("work") == NEWER


def test_a_killed_service_is_absent_until_it_is_started_again(keychain: "Keychain") -> None:
    store = SecretServiceStore()
    store.save("work", FIELDS)
    keychain.daemon.kill()
    keychain.daemon.wait(10)
    assert outcomes(store) == {StoreAbsent}
    old, _ = keychain.daemon, keychain.start_daemon()
    for stream in (old.stdin, old.stdout):
        assert stream is not None
        stream.close()
    keychain.wait()
    assert store.load("work") == FIELDS


def test_a_killed_bus_is_absent(keychain: "Keychain") -> None:
    keychain.bus.kill()
    keychain.bus.wait(10)
    assert outcomes(SecretServiceStore()) == {StoreAbsent}


@pytest.mark.parametrize(
    "address", ["", "autolaunch:", "disabled:", "nonsense", "tcp:host=localhost,port=1", "unix:path=/nowhere/at/all"]
)
def test_without_a_bus_the_keychain_is_absent_and_none_is_launched(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = tmp_path / "launched"
    for name in ("dbus-launch", "dbus-daemon", "gnome-keyring-daemon"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {launched}\n")
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert outcomes(SecretServiceStore()) == {StoreAbsent}
    with pytest.raises(StoreAbsent):
        SecretServiceStore().probe()
    assert not launched.exists()


def test_without_an_address_the_bus_of_the_runtime_directory_is_used(
    keychain: "Keychain", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    SecretServiceStore().save("work", FIELDS)
    assert keychain.secret_tool("lookup", "username", "promptvm-cli:work:access") == "access-1"


def test_of_several_addresses_the_first_that_answers_is_used(
    keychain: "Keychain", monkeypatch: pytest.MonkeyPatch
) -> None:
    address = os.environ["DBUS_SESSION_BUS_ADDRESS"]
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path=/nowhere;{address}")
    assert SecretServiceStore().load("work") is None


def test_reading_a_token_loads_no_more_than_it_must(keychain: "Keychain") -> None:
    SecretServiceStore().save("work", FIELDS)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    run = subprocess.run(
        [sys.executable, "-c", LOAD], env=environ, capture_output=True, text=True, check=True, timeout=30
    )
    modules = set(run.stdout.split())
    assert "jeepney" in modules
    assert not modules & {"keyring", "secretstorage", "asyncio", "cryptography", "attr", "attrs", "httpx", "logging"}
