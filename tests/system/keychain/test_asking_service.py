"""The command before a Secret Service that asks its user for each program, as KeePassXC does out of the box."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from promptvm_oauth import OAuthClient, StoreLocked, StoreRefused
from promptvm_oauth.devserver import DevServer
from promptvm_oauth.testing import ScriptedPerson

from .asking import Asking, Desk


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon not found: install the Debian package dbus")
    with tempfile.TemporaryDirectory(prefix="asking-") as directory:  # the path of a socket has room for 108 bytes
        started = Asking(Path(directory))
        try:
            for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
                monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv("DISPLAY", ":0")
            for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
                monkeypatch.setenv(name, started.environ[name])
            yield started
        finally:
            started.close()


@pytest.fixture
def desk(asking: Asking, dev_server: DevServer) -> Desk:
    """A user who is signed in; of the login itself nothing was asked."""
    seated = Desk(asking, dev_server.base_url)
    done = seated.login()
    assert done.returncode == 0, done.stderr
    assert "the keychain (Secret Service)" in done.stderr
    assert asking.shown() == []
    return seated


def lost(server: DevServer) -> bool:
    """Returns whether a refresh token was presented twice, so that the server ended the session."""
    return bool(server.auth.revoked_families) or not server.auth.live_sessions


@pytest.mark.parametrize("command", [["token"], ["status"], ["refresh"], ["status", "--check"], ["sessions"]])
def test_after_a_login_each_command_works_after_one_question(command: list[str], asking: Asking, desk: Desk) -> None:
    done = desk.run(*command)
    assert done.returncode == 0, done.stderr
    assert asking.shown() == ["access 4"]


def test_refreshes_lose_no_login(asking: Asking, desk: Desk, dev_server: DevServer) -> None:
    stored = {asking.secrets()["refresh"]}
    for _ in range(3):
        assert desk.run("refresh").returncode == 0
        stored.add(asking.secrets()["refresh"])
    assert len(stored) == 4
    assert not lost(dev_server)
    assert set(asking.shown()) == {"access 4"}


def test_where_only_writing_asks_a_refresh_asks_nothing(asking: Asking, desk: Desk, dev_server: DevServer) -> None:
    asking.confirm_no_access()
    asking.answer("never")
    for _ in range(2):
        done = desk.run("refresh")
        assert done.returncode == 0, done.stderr
    assert asking.shown() == []
    assert not lost(dev_server)


def test_who_does_not_allow_it_spends_no_refresh_token(asking: Asking, desk: Desk, dev_server: DevServer) -> None:
    before = asking.secrets()
    asking.answer("deny")
    done = desk.run("refresh")
    assert done.returncode == 5, done.stderr
    assert asking.secrets() == before
    assert asking.shown() == ["access 4"]
    asking.answer("allow")
    assert desk.run("refresh").returncode == 0
    assert not lost(dev_server)


def test_who_allows_one_access_alone_keeps_the_login(asking: Asking, desk: Desk, dev_server: DevServer) -> None:
    asking.answer("once")
    done = desk.run("refresh")
    assert done.returncode == 0, done.stderr
    assert "stored in file, not in secret-service" in " ".join(done.stderr.split())
    assert asking.shown() == ["access 4"]
    assert desk.run("refresh").returncode == 0
    assert not lost(dev_server)


def test_with_the_keychain_alone_one_access_starts_no_refresh(
    asking: Asking, desk: Desk, dev_server: DevServer, tmp_path: Path
) -> None:
    before = asking.secrets()
    asking.answer("once")
    client = OAuthClient(base_url=dev_server.base_url, config_dir=str(tmp_path), secrets="keyring")
    with client, pytest.raises(StoreLocked, match="it must stay unlocked, or remember the answer"):
        client.refresh("default")
    assert asking.secrets() == before
    assert not lost(dev_server)


def test_ctrl_c_closes_the_dialog_and_spends_no_refresh_token(
    asking: Asking, desk: Desk, dev_server: DevServer
) -> None:
    asking.answer("never")
    done = desk.interrupted("refresh", at="The keyring is locked: answer its prompt")
    assert done.returncode == 130
    assert asking.open() == []
    asking.answer("allow")
    assert desk.run("refresh").returncode == 0
    assert not lost(dev_server)


def test_a_dialog_that_is_answered_late_still_counts(asking: Asking, desk: Desk) -> None:
    asking.answer("never")
    with desk.start("token") as process:
        assert process.stderr is not None
        assert "within 1 min" in process.stderr.readline()
        asking.answer("allow")
        out, _ = process.communicate(timeout=100)
    assert (process.returncode, out.strip()) == (0, asking.secrets()["access"])


def test_who_came_by_ssh_does_not_wait_for_a_dialog_on_that_screen(asking: Asking, desk: Desk) -> None:
    done = desk.run("token", SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 22")
    assert done.returncode == 5
    assert "you are connected by SSH" in done.stderr
    assert asking.shown() == []


def test_a_locked_database_is_unlocked_and_then_its_items_are_asked_for(asking: Asking, desk: Desk) -> None:
    asking.lock()
    assert desk.run("token").returncode == 0
    assert asking.shown() == ["access 0", "access 4"]


@pytest.mark.parametrize("how", ["", "locked"])
def test_a_logout_asks_once_and_leaves_no_token(how: str, asking: Asking, desk: Desk, dev_server: DevServer) -> None:
    if how:
        asking.lock()
    done = desk.run("logout")
    assert done.returncode == 0, done.stderr
    assert asking.shown() == (["access 0"] if how else []) + ["access 4"]
    assert set(asking.secrets().values()) == {"", "{}"}
    assert not dev_server.auth.live_sessions
    assert desk.run("token").returncode == 3


@pytest.mark.parametrize("how", ["", "locked"])
def test_a_logout_that_is_refused_asks_once(how: str, asking: Asking, desk: Desk, dev_server: DevServer) -> None:
    if how:
        asking.lock()
    asking.answer("deny")
    done = desk.run("logout")
    assert done.returncode == 5, done.stderr
    assert len(asking.shown()) == 1
    assert dev_server.auth.live_sessions


def test_a_login_over_a_login_asks_once(asking: Asking, desk: Desk) -> None:
    before = asking.secrets()
    done = desk.login()
    assert done.returncode == 0, done.stderr
    assert asking.shown() == ["access 4"]
    assert {name for name, secret in asking.secrets().items() if secret != before[name]} >= {"access", "refresh"}


def test_a_login_that_may_not_write_goes_to_the_file_after_one_question(
    asking: Asking, desk: Desk, dev_server: DevServer
) -> None:
    asking.answer("deny")
    done = desk.login()
    assert done.returncode == 0, done.stderr
    assert "kept in an encrypted file, not in the keychain (Secret Service):" in " ".join(done.stderr.split())
    assert asking.shown() == ["access 4"]
    assert desk.run("refresh").returncode == 0
    assert asking.shown() == ["access 4"]


def test_with_the_keychain_alone_a_login_is_refused_before_the_browser_opens(
    asking: Asking, desk: Desk, dev_server: DevServer, tmp_path: Path
) -> None:
    asking.answer("deny")
    person = ScriptedPerson()
    client = OAuthClient(base_url=dev_server.base_url, config_dir=str(tmp_path), browser=person, secrets="keyring")
    with client, pytest.raises(StoreRefused):
        client.login("default", flow="browser")
    assert person.opened == []


def test_the_doctor_says_that_the_keyring_asks(asking: Asking, desk: Desk) -> None:
    assert "secret-service: the keyring asks before this program may use" in desk.run("doctor").stdout
    assert asking.shown() == []


def test_one_client_asks_once_for_all_its_calls(
    asking: Asking, desk: Desk, dev_server: DevServer, tmp_path: Path
) -> None:
    with OAuthClient(
        base_url=dev_server.base_url, config_dir=str(tmp_path), browser=ScriptedPerson(), secrets="keyring"
    ) as client:
        client.load_tokens("default")
        for _ in range(3):
            client.refresh("default")
        assert client.access_token("default") == asking.secrets()["access"]
    assert asking.shown() == ["access 4"]


def test_a_client_of_which_nobody_answers_raises_and_leaves_no_dialog(
    asking: Asking, desk: Desk, dev_server: DevServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptvm_oauth.adapters.keyring.keychain.KEYCHAIN_UNLOCK", 1.5)
    asking.answer("never")
    events: list[object] = []
    client = OAuthClient(
        base_url=dev_server.base_url, config_dir=str(tmp_path), secrets="keyring", on_event=events.append
    )
    with client, pytest.raises(StoreLocked, match=r"it was not unlocked within 1\.5 s"):
        client.refresh("default")
    assert asking.open() == []
    assert [type(event).__name__ for event in events] == ["UnlockAwaited"]
    assert not lost(dev_server)
