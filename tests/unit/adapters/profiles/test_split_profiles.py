"""Profiles of both kinds in one configuration directory: what the Go tool shares stays untouched by the other kind."""

from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth import OAuthClient, PendingLogin, State
from promptvm_oauth.adapters.profiles.split_profiles import SplitProfiles
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.ports.errors import ProfileError
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.http import json_response

ISSUER = "https://login.example.test"
VM = {"name": "vm", "base_url": "https://api.promptvm.ai", "environment": "live"}
OTHER = {"name": "work", "base_url": ISSUER, "environment": "live", "issuer": ISSUER, "client_id": "app"}


@pytest.fixture
def profiles(tmp_path: Path) -> SplitProfiles:
    return SplitProfiles(YamlProfiles(tmp_path), YamlProfiles(tmp_path / "promptvm-oauth"))


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_each_kind_has_its_own_directory(profiles: SplitProfiles, tmp_path: Path) -> None:
    profiles.save("vm", VM)
    profiles.save("work", OTHER)
    assert files(tmp_path) == {"profiles/vm.yaml", "promptvm-oauth/profiles/work.yaml"}
    assert profiles.names() == ("vm", "work")
    assert (profiles.load("vm"), profiles.load("work")) == (VM, OTHER)


def test_switching_leaves_the_shared_configuration_alone_for_the_other_kind(
    profiles: SplitProfiles, tmp_path: Path
) -> None:
    profiles.save("vm", VM)
    profiles.save("work", OTHER)
    profiles.activate("vm")
    shared = (tmp_path / "config.yaml").read_bytes()
    profiles.activate("work")
    assert profiles.active() == "work"
    assert (tmp_path / "config.yaml").read_bytes() == shared
    profiles.activate("vm")
    assert profiles.active() == "vm"


def test_ending_the_active_login_of_the_other_kind_leaves_the_shared_one(
    profiles: SplitProfiles, tmp_path: Path
) -> None:
    profiles.save("vm", VM)
    profiles.save("work", OTHER)
    profiles.activate("vm")
    profiles.activate("work")
    shared = (tmp_path / "config.yaml").read_bytes()

    for _ in range(2):
        profiles.activate("")
        assert profiles.active() == ""
        assert (tmp_path / "config.yaml").read_bytes() == shared

    profiles.activate("vm")
    assert profiles.active() == "vm"
    profiles.activate("")
    assert profiles.active() == YamlProfiles(tmp_path).active() == ""


def test_removing_the_active_login_of_the_other_kind_gives_its_place_to_nobody(profiles: SplitProfiles) -> None:
    profiles.save("vm", VM)
    profiles.save("work", OTHER)
    profiles.activate("vm")
    profiles.activate("work")

    profiles.delete("work")
    profiles.activate("")

    assert profiles.active() == ""


def test_who_knows_only_promptvm_writes_nothing_else(profiles: SplitProfiles, tmp_path: Path) -> None:
    profiles.save("vm", VM)
    profiles.activate("vm")
    assert profiles.active() == "vm"
    profiles.delete("vm")
    assert files(tmp_path) == {"config.yaml"}


def test_a_name_is_that_of_one_profile(profiles: SplitProfiles) -> None:
    profiles.save("vm", VM)
    profiles.save("work", OTHER)
    for name, fields in (("vm", OTHER | {"name": "vm"}), ("work", VM | {"name": "work"})):
        with pytest.raises(ProfileError, match="choose another name"):
            profiles.save(name, fields)
    profiles.delete("work")
    assert profiles.names() == ("vm",)


class Server:
    """A standard server as an `Http` port."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        if "/.well-known/" in request.url:
            endpoints = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
            return json_response(200, {"issuer": ISSUER, **endpoints})
        return json_response(200, {"access_token": "access-1", "token_type": "Bearer", "refresh_token": "refresh-1"})

    async def close(self) -> None:
        """Nothing is held."""


def client(root: Path, **arguments: Any) -> OAuthClient:
    return OAuthClient(http=Server(), config_dir=str(root), secrets="file", **arguments)


def login(root: Path, profile: str | None) -> str:
    with client(root, issuer=ISSUER, client_id="app", scope="openid") as signing_in:
        pending: PendingLogin = signing_in.begin_login(profile, redirect_uri="http://127.0.0.1:5000/callback")
        back = f"{pending.redirect_uri}?code=c&state={pending.state.reveal()}"
        return signing_in.finish_login(pending, back).profile


def test_a_login_elsewhere_touches_nothing_that_the_go_tool_reads(tmp_path: Path) -> None:
    YamlProfiles(tmp_path).save("default", VM | {"name": "default"})
    YamlProfiles(tmp_path).activate("default")
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}

    assert login(tmp_path, None) == "login.example.test"

    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    new = files(tmp_path) - set(before)
    assert {name for name in new if not name.startswith("promptvm-oauth/")} == set()
    assert "promptvm-oauth/tokens/login.example.test.enc" in new
    assert any(name.startswith("promptvm-oauth/metadata/") for name in new)
    assert not any(b"access-1" in (tmp_path / name).read_bytes() for name in new)


def test_a_later_run_finds_lists_switches_and_removes_it(tmp_path: Path) -> None:
    YamlProfiles(tmp_path).save("vm", VM)
    login(tmp_path, "work")
    with client(tmp_path) as later:
        assert later.access_token() == "access-1"
        assert [(each.name, each.active) for each in later.list_profiles()] == [("vm", False), ("work", True)]
        assert later.status("vm").state is State.SIGNED_OUT
        later.use_profile("vm")
        later.use_profile("work")
        later.remove_profile("work")
        assert [each.name for each in later.list_profiles()] == ["vm"]
    assert "promptvm-oauth/tokens/work.enc" not in files(tmp_path)


def test_a_refresh_saves_where_the_login_is(tmp_path: Path) -> None:
    login(tmp_path, "work")
    with client(tmp_path) as later:
        assert later.refresh("work") == "access-1"
        assert later.status("work").store == "file"
    assert "tokens/work.enc" not in files(tmp_path)


def test_a_logout_removes_its_tokens(tmp_path: Path) -> None:
    login(tmp_path, "work")
    with client(tmp_path) as later:
        assert later.logout("work").removed
    assert not any(name.endswith(".enc") for name in files(tmp_path))
