"""A wipe removes every login with its profile, then all files, and only then ends the sessions."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import StoreAbsent, StoreFailed
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Drop
from promptvm_oauth.ports.events import ProblemNoticed

from .test_logout_order import LIVES_ON, Watched

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpRequest

    from .conftest import Rig


def files(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def test_every_login_is_removed_with_its_profile_and_ended_afterwards(rig: "Rig") -> None:
    rig.call("login", "home", flow="browser")
    rig.call("login", "work", flow="browser")
    left: list[bool] = []

    def look(_: "HttpRequest") -> None:
        left.append(bool(rig.fields("home") or rig.fields("work") or rig.profiles.names()))

    result = rig.call("wipe", client=rig.make(http=Watched(rig, look)))

    assert [(each.profile, each.removed, each.revoked) for each in result.logouts] == [
        ("home", True, True),
        ("work", True, True),
    ]
    assert (result.removed, result.left) == ((), ())
    assert left
    assert not any(left)
    assert rig.profiles.names() == ()
    assert rig.profiles.active() == ""
    assert not rig.server.auth.live_sessions


def test_api_keys_are_kept_and_it_says_so(rig: "Rig") -> None:
    rig.profiles.save("keys", {"public_key": "pk_1", "secret_key": "sk_1", "base_url": rig.server.base_url})

    result = rig.call("wipe")

    assert result.left == ("profile keys: it has an API key, which cannot be read again once it is removed",)
    assert rig.profiles.names() == ("keys",)


def test_all_files_are_gone_before_the_server_is_asked(rig: "Rig", tmp_path: Path) -> None:
    store, profiles = EncryptedFileStore(tmp_path), YamlProfiles(tmp_path)
    seen: list[list[str]] = []
    http = Watched(rig, lambda request: seen.append(files(tmp_path)) if "/sessions" in request.url else None)
    client = rig.make(secrets="file", config_dir=str(tmp_path), profiles=profiles, lock=None, http=http)
    rig.call("login", "work", flow="browser", client=client)
    store.save("orphan", {"access_token": "a", "refresh_token": "r"})
    (tmp_path / "promptvm-oauth" / "metadata").mkdir(parents=True)
    (tmp_path / "promptvm-oauth" / "metadata" / "a.json").write_text("{}")

    result = rig.call("wipe", client=client)

    orphan, work = result.logouts
    assert (orphan.profile, orphan.removed, orphan.revoked) == ("orphan", True, False)
    assert orphan.reason == "there is no profile 'orphan', so the server of its tokens is not known"
    assert work.revoked
    assert seen == [["config.yaml"], ["config.yaml"]]
    assert str(tmp_path / "tokens" / ".master") in result.removed
    assert "active_profile: ''" in (tmp_path / "config.yaml").read_text()


def test_a_damaged_profile_is_removed_with_its_tokens(rig: "Rig", tmp_path: Path) -> None:
    client = rig.make(secrets="file", config_dir=str(tmp_path), profiles=YamlProfiles(tmp_path), lock=None)
    rig.call("login", "work", flow="browser", client=client)
    (tmp_path / "profiles" / "work.yaml").write_text("[")

    (work,) = rig.call("wipe", client=client).logouts

    assert (work.removed, work.revoked, work.error) == (True, False, None)
    assert files(tmp_path) == ["config.yaml"]


@pytest.mark.parametrize("error", [StoreFailed("gone", store="stuck"), StoreAbsent("no bus", store="stuck")])
def test_a_store_that_fails_is_an_error_of_its_profile(rig: "Rig", error: StoreFailed | StoreAbsent) -> None:
    class Stuck(MemoryStore):
        def delete(self, profile: str) -> None:
            raise error

    client = rig.make(secrets=Stuck())
    rig.call("login", "work", flow="browser", client=client)

    (work,) = rig.call("wipe", client=client).logouts

    assert (work.removed, work.revoked) == (False, True)
    assert work.error is error
    assert rig.profiles.names() == ("work",)


def test_a_session_that_is_not_ended_is_told(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.server.queue_fault("sessions", Drop())

    (work,) = rig.call("wipe").logouts

    assert (work.removed, work.revoked) == (True, False)
    assert "closed the connection" in work.reason


def test_an_interrupt_while_a_server_hangs_leaves_nothing_here(rig: "Rig") -> None:
    def interrupted(_: "HttpRequest") -> None:
        raise KeyboardInterrupt

    rig.call("login", "work", flow="browser")
    rig.events.clear()

    with pytest.raises(KeyboardInterrupt):
        rig.call("wipe", client=rig.make(http=Watched(rig, interrupted)))

    assert not rig.fields("work")
    assert rig.profiles.names() == ()
    assert [event.problem for event in rig.events if isinstance(event, ProblemNoticed)] == [LIVES_ON]
