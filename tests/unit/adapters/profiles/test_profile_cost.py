"""What finding a profile costs: a look at its own file, whatever else lies in the directory."""

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth import OAuthClient, ProfileError
from promptvm_oauth.adapters.profiles.memory import MemoryProfiles
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.http import json_response

ISSUER = "https://login.example.test"
OTHER = {"base_url": ISSUER, "environment": "live", "issuer": ISSUER, "client_id": "app", "auth_type": "oauth"}
VM = {"base_url": "https://api.promptvm.ai", "environment": "live", "auth_type": "oauth"}


class Server:
    """A standard server as an `Http` port."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        if "/.well-known/" in request.url:
            endpoints = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
            return json_response(200, {"issuer": ISSUER, **endpoints})
        answer = {"access_token": "access-1", "token_type": "Bearer", "refresh_token": "refresh-1", "expires_in": 3600}
        return json_response(200, answer)

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """The directories that are listed while a test runs."""
    listed: list[str] = []

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: str | os.PathLike[str] = ".") -> Any:
            listed.append(str(path))
            return function(path)

        return call

    with monkeypatch.context() as patched:
        for name in ("listdir", "scandir"):
            patched.setattr(os, name, counted(getattr(os, name)))
        yield listed


def client(root: Path, **arguments: Any) -> OAuthClient:
    return OAuthClient(http=Server(), config_dir=str(root), secrets="file", **arguments)


def login(root: Path) -> None:
    with client(root, issuer=ISSUER, client_id="app", scope="openid") as signing_in:
        pending = signing_in.begin_login("work", redirect_uri="http://127.0.0.1:5000/callback")
        signing_in.finish_login(pending, f"{pending.redirect_uri}?code=c&state={pending.state.reveal()}")


def test_a_login_a_stored_token_and_a_refresh_list_no_directory(tmp_path: Path, listings: list[str]) -> None:
    login(tmp_path)
    with client(tmp_path) as later:
        assert later.access_token("work") == "access-1"
        assert later.access_token() == "access-1"
        assert later.refresh("work") == "access-1"
    assert listings == []


def test_a_stored_token_of_promptvm_lists_no_directory(tmp_path: Path, listings: list[str]) -> None:
    YamlProfiles(tmp_path).save("default", VM)
    tokens = {"access_token": "stored", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00Z"}
    EncryptedFileStore(str(tmp_path)).save("default", tokens)
    with client(tmp_path) as later:
        assert later.access_token() == "stored"
        assert later.access_token("default") == "stored"
    assert listings == []


class TestHas:
    @pytest.fixture(params=["yaml", "memory"])
    def profiles(self, request: pytest.FixtureRequest, tmp_path: Path) -> "YamlProfiles | MemoryProfiles":
        return YamlProfiles(tmp_path) if request.param == "yaml" else MemoryProfiles()

    def test_it_knows_what_was_saved_and_not_deleted(self, profiles: "YamlProfiles | MemoryProfiles") -> None:
        assert not profiles.has("work")
        profiles.save("work", VM)
        assert profiles.has("work")
        assert not profiles.has("home")
        profiles.delete("work")
        assert not profiles.has("work")

    @pytest.mark.parametrize("name", ["", ".", "..", "../work", "a/b", "a\x00b", "x" * 300])
    def test_what_cannot_be_a_name_is_not_there(self, profiles: "YamlProfiles | MemoryProfiles", name: str) -> None:
        assert not profiles.has(name)

    def test_a_directory_is_no_profile(self, tmp_path: Path) -> None:
        (tmp_path / "profiles" / "work.yaml").mkdir(parents=True)
        assert not YamlProfiles(tmp_path).has("work")

    def test_where_case_does_not_count_a_namesake_is_another_profile(self, tmp_path: Path) -> None:
        profiles = YamlProfiles(tmp_path)
        profiles.save("work", VM)
        os.link(tmp_path / "profiles" / "work.yaml", tmp_path / "profiles" / "WORK.yaml")
        assert profiles.has("work")
        assert not profiles.has("WORK")

    def test_what_cannot_be_told_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "profiles").write_text("a file in place of the directory")
        with pytest.raises(ProfileError, match="profiles"):
            YamlProfiles(tmp_path).has("work")
