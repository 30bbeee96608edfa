"""Damaged files of profiles: found before anything is asked or removed, and healed by a login."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import ConfigurationError, ProfileCorrupt, ProfileError
from promptvm_oauth.adapters.profiles.split_profiles import SplitProfiles
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.http import json_response

if TYPE_CHECKING:
    from .conftest import Rig

DAMAGE = "name: [work\n"
ISSUER = "https://login.example.test"
OTHER = {"name": "other", "base_url": ISSUER, "environment": "live", "issuer": ISSUER, "client_id": "app"}
REDIRECT = {"redirect_uri": "http://127.0.0.1:5000/callback"}


class Files:
    """The files of a rig's profiles."""

    def __init__(self, directory: Path) -> None:
        self.config = directory / "config.yaml"
        self.work = directory / "profiles" / "work.yaml"
        self.aside = directory / "profiles" / "work.yaml.corrupt"


@pytest.fixture
def files(rig: "Rig", tmp_path: Path) -> Files:
    """Returns the files of `rig`, whose profiles are in YAML; `work` is signed in."""
    rig.client = rig.make(profiles=YamlProfiles(tmp_path, sleep=lambda _: None))
    rig.call("login", "work", flow="device")
    return Files(tmp_path)


CALLS: dict[str, Callable[["Rig"], Any]] = {
    "login": lambda rig: rig.call("login", "work", flow="device"),
    "a browser login": lambda rig: rig.call("login", "work", flow="browser"),
    "a pending login": lambda rig: rig.call("begin_login", "work", redirect_uri="http://127.0.0.1:5000/callback"),
    "logout": lambda rig: rig.call("logout", "work"),
    "logout of all": lambda rig: rig.call("logout_all"),
    "removal": lambda rig: rig.call("remove_profile", "work"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_damaged_configuration_is_found_before_anything_is_asked_or_removed(
    rig: "Rig", files: Files, call: Callable[["Rig"], Any]
) -> None:
    files.config.write_text("active_profile: [\n")
    profile, tokens, asked = files.work.read_bytes(), dict(rig.store.load("work") or {}), len(rig.server.log)
    with pytest.raises(ProfileError, match=r"config\.yaml .*promptvm-auth profiles --use NAME"):
        call(rig)
    assert len(rig.server.log) == asked
    assert files.work.read_bytes() == profile
    assert rig.store.load("work") == tokens


def test_choosing_a_profile_mends_the_configuration(rig: "Rig", files: Files) -> None:
    files.config.write_text("active_profile: [\n")
    rig.call("use_profile", "work")
    assert rig.call("access_token")
    assert files.config.with_name("config.yaml.corrupt").read_text() == "active_profile: [\n"


@pytest.mark.parametrize("content", ["", "---\n", "null\n"])
def test_an_empty_configuration_stops_no_login(rig: "Rig", files: Files, content: str) -> None:
    files.config.write_text(content)
    assert rig.call("login", "work", flow="device").profile == "work"
    assert rig.call("logout", "work").removed


@pytest.mark.parametrize("name", ["work", None])
@pytest.mark.parametrize("content", [DAMAGE, "name: home\n", "a\n"])
def test_a_login_heals_a_damaged_profile_and_keeps_it_aside(
    rig: "Rig", files: Files, content: str, name: str | None
) -> None:
    files.work.write_text(content)
    with pytest.raises(ProfileCorrupt, match=r"work\.yaml.*promptvm-auth login --profile work") as caught:
        rig.call("access_token", "work")
    assert caught.value.needs_login
    assert rig.call("login", name, flow="device").profile == "work"
    assert rig.call("access_token", "work")
    assert files.aside.read_text() == content


@pytest.mark.parametrize("content", ["", "---\n", "null\n", "{}\n"])
def test_an_empty_profile_is_no_record_and_a_login_fills_it(rig: "Rig", files: Files, content: str) -> None:
    files.work.write_text(content)
    assert rig.call("login", "work", flow="device").profile == "work"
    assert rig.call("access_token", "work")
    assert not files.aside.exists()


def test_a_damaged_profile_is_found_before_a_logout_removes_anything(rig: "Rig", files: Files) -> None:
    files.work.write_text(DAMAGE)
    tokens, asked = dict(rig.store.load("work") or {}), len(rig.server.log)
    with pytest.raises(ProfileCorrupt):
        rig.call("logout", "work")
    assert len(rig.server.log) == asked
    assert rig.store.load("work") == tokens


def test_a_damaged_profile_can_be_removed_by_name(rig: "Rig", files: Files) -> None:
    files.work.write_text(DAMAGE)
    rig.call("remove_profile", "work")
    assert not files.work.exists()
    assert rig.store.load("work") is None


def test_a_login_of_a_web_back_end_heals_a_damaged_profile_too(rig: "Rig", files: Files) -> None:
    files.work.write_text(DAMAGE)
    pending = rig.call("begin_login", "work", redirect_uri="http://127.0.0.1:5000/callback")
    redirect = rig.server.approve(pending.authorize_url)

    assert rig.call("finish_login", pending, redirect).profile == "work"
    assert files.aside.read_text() == DAMAGE
    assert rig.call("access_token", "work") == rig.fields("work")["access_token"]


def test_a_store_that_reads_the_damaged_profile_does_not_keep_a_login_from_healing_it(rig: "Rig", files: Files) -> None:
    class Reading(MemoryStore):
        """A store that goes by the profile, as `auto` does."""

        def load(self, profile: str) -> Mapping[str, str] | None:
            if files.work.read_text() == DAMAGE:
                raise ProfileCorrupt("work.yaml is damaged", profile=profile)
            return super().load(profile)

    files.work.write_text(DAMAGE)
    client = rig.make(profiles=YamlProfiles(files.config.parent, sleep=lambda _: None), secrets=Reading())

    assert rig.call("login", "work", flow="device", client=client).profile == "work"
    assert files.aside.read_text() == DAMAGE


class OfIssuer:
    """The metadata of a standard server, as an `Http` port."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        assert request.method == "GET"
        endpoints = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
        return json_response(200, {"issuer": ISSUER} | endpoints)

    async def close(self) -> None:
        pass


def both_kinds(directory: Path) -> SplitProfiles:
    """Returns the profiles `work` of PromptVM, which is active, and `other` of a standard server."""
    shared, own = (YamlProfiles(place, sleep=lambda _: None) for place in (directory, directory / "promptvm-oauth"))
    kinds = SplitProfiles(shared, own)
    kinds.save("other", OTHER)
    return kinds


@pytest.mark.parametrize("login", ["login", "begin_login"])
def test_a_damaged_profile_of_a_standard_server_is_not_taken_for_promptvms(
    rig: "Rig", files: Files, tmp_path: Path, login: str
) -> None:
    client = rig.make(profiles=both_kinds(tmp_path))
    damaged = tmp_path / "promptvm-oauth" / "profiles" / "other.yaml"
    damaged.write_text(DAMAGE)
    asked, options = len(rig.server.log), REDIRECT if login == "begin_login" else {"flow": "device"}

    with pytest.raises(ConfigurationError, match=r"'other' is damaged and belongs to another server.*other\.yaml"):
        rig.call(login, "other", client=client, **options)
    assert len(rig.server.log) == asked
    assert damaged.read_text() == DAMAGE


def test_a_damaged_profile_of_promptvm_is_not_taken_for_a_standard_servers(
    rig: "Rig", files: Files, tmp_path: Path
) -> None:
    client = rig.make(profiles=both_kinds(tmp_path), issuer=ISSUER, base_url=None, client_id="app")
    files.work.write_text(DAMAGE)
    asked = len(rig.server.log)

    with pytest.raises(ConfigurationError, match=r"'work' is damaged and belongs to PromptVM.*work\.yaml"):
        rig.call("begin_login", "work", client=client, **REDIRECT)
    assert len(rig.server.log) == asked
    assert files.work.read_text() == DAMAGE


def test_a_login_without_a_name_goes_around_a_damaged_active_profile_of_promptvm(
    rig: "Rig", files: Files, tmp_path: Path
) -> None:
    client = rig.make(profiles=both_kinds(tmp_path), issuer=ISSUER, base_url=None, client_id="app", http=OfIssuer())
    files.work.write_text(DAMAGE)

    assert rig.call("begin_login", client=client, **REDIRECT).profile == "login.example.test"
    assert files.work.read_text() == DAMAGE


def test_a_damaged_profile_of_a_standard_server_is_healed_by_a_login_to_one(
    rig: "Rig", files: Files, tmp_path: Path
) -> None:
    client = rig.make(profiles=both_kinds(tmp_path), issuer=ISSUER, base_url=None, client_id="app", http=OfIssuer())
    (tmp_path / "promptvm-oauth" / "profiles" / "other.yaml").write_text(DAMAGE)

    assert rig.call("begin_login", "other", client=client, **REDIRECT).profile == "other"
