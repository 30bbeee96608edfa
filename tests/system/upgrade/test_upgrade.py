"""From the release of commit 9d0ccca to this one, back, and side by side, on a store that the Go tool cannot see.

That release kept the profiles of such a store in the Go tool's files. `recorded` holds folders that it wrote; `Earlier`
writes as it did, in the same order, which a test compares with what was recorded.
"""

import asyncio
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth import AsyncOAuthClient, NoActiveProfile, NoTokensError, OAuthClient, StoredTokens
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.devserver.settings import Organization, User
from promptvm_oauth.testing import FakePromptVM

from .record import JsonStore

RECORDED = Path(__file__).parent / "recorded"
ADA, BOB = "ada", "bob"


class World:
    """A configuration directory with a store, a server, and programs of both releases.

    Attributes:
        promptvm: the server, and the clock of all programs.
        folder: the configuration directory.
        store: the store.
    """

    def __init__(self, colour: str, folder: Path) -> None:
        self.colour = colour
        self.folder = folder
        self.promptvm = FakePromptVM()
        self.store = JsonStore(folder / "store.json")
        self.client = self.restarted()

    def recorded(self, scene: str) -> None:
        """Start from a folder that the earlier release wrote; its sessions are ones that the server knows."""
        shutil.copytree(RECORDED / scene, self.folder, dirs_exist_ok=True)
        for profile, fields in json.loads((self.folder / "store.json").read_text()).items():
            granted = self.granted(ADA)
            pair = {"access_token": granted["access_token"], "refresh_token": granted["refresh_token"]}
            self.store.save(profile, {**fields, **pair})

    def granted(self, user: str) -> Mapping[str, str]:
        """Start a session of a user at the server; give its tokens."""
        settings = self.promptvm.server.settings
        settings.user = User(id=f"usr_{user}", email=f"{user}@example.com")
        settings.organization = Organization(id=f"org_{user}")
        apart = FakePromptVM(clock=self.promptvm.clock)
        apart.on_page = self.promptvm.server.approve
        with OAuthClient(**apart.ports(http=self.promptvm.server)) as client:
            client.login(flow="browser")
        return apart.fields()

    def restarted(self) -> OAuthClient | AsyncOAuthClient:
        """Make a client of this release, as another process would."""
        ports: dict[str, Any] = {**self.promptvm.ports()}
        del ports["profiles"]
        face = OAuthClient if self.colour == "blocking" else AsyncOAuthClient
        arguments: dict[str, Any] = {**ports, "secrets": self.store, "config_dir": str(self.folder)}
        return face(**arguments)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Run a method of this release to its end."""
        bound = getattr(self.client, method)
        if self.colour == "blocking":
            return bound(*args, **kwargs)

        async def awaited() -> Any:
            return await bound(*args, **kwargs)

        return asyncio.run(awaited())

    def login(self, profile: str, user: str) -> None:
        """Sign in with this release."""
        self.promptvm.server.settings.user = User(id=f"usr_{user}", email=f"{user}@example.com")
        self.promptvm.server.settings.organization = Organization(id=f"org_{user}")
        self.call("login", profile, flow="browser")

    def go_files(self) -> dict[str, bytes]:
        """Returns what the Go tool reads."""
        found = [self.folder / "config.yaml", *self.folder.glob("profiles/*.yaml"), *self.folder.glob("tokens/*")]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found if path.exists()}

    def who(self, profile: str | None = None) -> tuple[str, str]:
        """Returns the user and the access token that this release has for a profile."""
        status = self.call("status", profile)
        return status.user.email if status.user else "", self.call("access_token", profile)


class Earlier:
    """A program of the earlier release: what it writes, in its order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._profiles = YamlProfiles(world.folder)

    def login(self, profile: str, user: str) -> None:
        granted = self._world.granted(user)
        fields = {
            "name": profile,
            "base_url": self._world.promptvm.server.base_url,
            "environment": "live",
            "organization": f"org_{user}",
            "auth_type": "oauth",
            "token_ref": f"promptvm-cli:{profile}",
            "expires_at": granted["expires_at"],
            "user_id": f"usr_{user}",
            "user_email": f"{user}@example.com",
        }
        if (self._profiles.load(profile) or {}).get("user_id", f"usr_{user}") != f"usr_{user}":
            self._world.store.delete(profile)
        self._profiles.save(profile, fields)
        self._world.store.save(profile, {name: granted[name] for name in TOKENS})
        self._profiles.activate(profile)

    def refresh(self, profile: str) -> str:
        fields = dict(self._world.store.load(profile) or {})
        with OAuthClient(**self._world.promptvm.ports()) as steps:
            granted = steps.refresh_token(fields["refresh_token"])
        tokens = StoredTokens(granted.access_token, granted.refresh_token, granted.expires_at).to_fields()
        self._world.store.save(profile, {**fields, **tokens})
        recorded = self._profiles.load(profile)
        if recorded is not None:
            self._profiles.save(profile, {**recorded, "expires_at": tokens["expires_at"]})
        return tokens["access_token"]

    def logout(self, profile: str) -> None:
        self._world.store.delete(profile)
        recorded = dict(self._profiles.load(profile) or {})
        recorded.pop("expires_at", None)
        self._profiles.save(profile, recorded)
        if self._profiles.active() == profile:
            self._profiles.activate("")

    def access_token(self, profile: str) -> str | None:
        return (self._world.store.load(profile) or {}).get("access_token")


TOKENS = ("access_token", "refresh_token", "expires_at")


@pytest.fixture(params=["blocking", "asyncio"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in ("BASE_URL", "APP_URL", "API_KEY", "PUBLIC_KEY", "SECRET_KEY", "HEADLESS", "DEVICE_NAME"):
        monkeypatch.delenv(f"PROMPTVM_{name}", raising=False)
    folder = tmp_path / "promptvm"
    folder.mkdir()
    return World(request.param, folder)


@pytest.fixture
def earlier(world: World) -> Earlier:
    return Earlier(world)


def yaml_of(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.yaml")}


@pytest.mark.parametrize("scene", ["logged_in", "refreshed", "logged_out", "two_logins"])
def test_the_program_of_then_is_imitated_to_the_byte(world: World, earlier: Earlier, scene: str) -> None:
    earlier.login("default", ADA)
    if scene == "two_logins":
        earlier.login("work", ADA)
    if scene == "refreshed":
        world.promptvm.clock.advance(600)
        earlier.refresh("default")
    if scene == "logged_out":
        earlier.logout("default")

    assert yaml_of(world.folder) == yaml_of(RECORDED / scene)
    recorded = json.loads((RECORDED / scene / "store.json").read_text())
    written = json.loads((world.folder / "store.json").read_text())
    assert {name: sorted(fields) for name, fields in written.items()} == {
        name: sorted(fields) for name, fields in recorded.items()
    }


@pytest.mark.parametrize("scene", ["logged_in", "refreshed"])
def test_an_upgrade_keeps_the_login_and_leaves_the_go_tools_files(world: World, scene: str) -> None:
    world.recorded(scene)
    before = world.go_files()

    assert world.who() == ("ada@example.com", (world.store.load("default") or {})["access_token"])
    renewed = world.call("refresh")
    world.client = world.restarted()

    assert world.who() == ("ada@example.com", renewed)
    assert world.go_files() == before
    assert [summary.active for summary in world.call("list_profiles")] == [True]


def test_an_upgrade_keeps_several_logins_and_which_one_is_active(world: World) -> None:
    world.recorded("two_logins")

    assert [(each.name, each.active) for each in world.call("list_profiles")] == [("default", False), ("work", True)]
    assert world.call("access_token") == (world.store.load("work") or {})["access_token"]
    assert world.call("access_token", "default") == (world.store.load("default") or {})["access_token"]
    assert world.call("logout").profile == "work"
    with pytest.raises(NoActiveProfile):
        world.call("access_token")


def test_an_upgrade_after_a_logout_signs_nobody_in(world: World) -> None:
    world.recorded("logged_out")
    before = world.go_files()

    with pytest.raises(NoActiveProfile):
        world.call("access_token")
    with pytest.raises(NoTokensError):
        world.call("access_token", "default")

    assert world.go_files() == before


def test_a_downgrade_goes_on_with_the_login_and_another_upgrade_as_well(world: World, earlier: Earlier) -> None:
    world.recorded("logged_in")
    upgraded = world.call("refresh")

    world.promptvm.clock.advance(600)
    assert earlier.access_token("default") == upgraded
    downgraded = earlier.refresh("default")

    world.client = world.restarted()
    assert world.who() == ("ada@example.com", downgraded)
    world.promptvm.clock.advance(600)
    world.call("refresh")
    assert not world.promptvm.server.auth.revoked_families


def test_both_releases_renew_one_login_in_turn(world: World, earlier: Earlier) -> None:
    world.recorded("logged_in")

    for _ in range(6):
        world.promptvm.clock.advance(4000)
        renewed = world.call("access_token")
        assert earlier.access_token("default") == renewed
        world.promptvm.clock.advance(4000)
        renewed = earlier.refresh("default")
        world.client = world.restarted()
        assert world.who() == ("ada@example.com", renewed)

    assert not world.promptvm.server.auth.revoked_families
    assert len(world.promptvm.server.auth.live_sessions) == 1


def test_a_login_of_another_user_by_the_earlier_release_is_taken_over_whole(world: World, earlier: Earlier) -> None:
    world.recorded("logged_in")
    assert world.who()[0] == "ada@example.com"

    world.promptvm.clock.advance(60)
    earlier.login("default", BOB)
    world.client = world.restarted()

    assert world.who() == ("bob@example.com", earlier.access_token("default"))
    assert world.call("status").organization == "org_bob"
    world.promptvm.clock.advance(600)
    world.call("refresh")
    assert world.who()[0] == "bob@example.com"


def test_a_logout_by_the_earlier_release_is_one_for_this_too_and_so_is_its_next_login(
    world: World, earlier: Earlier
) -> None:
    world.recorded("logged_in")
    world.call("access_token")

    earlier.logout("default")
    world.client = world.restarted()
    with pytest.raises(NoTokensError):
        world.call("access_token")

    world.promptvm.clock.advance(60)
    earlier.login("default", ADA)
    world.client = world.restarted()
    assert world.who() == ("ada@example.com", earlier.access_token("default"))


def test_a_logout_by_this_release_is_one_for_the_earlier_too_and_its_next_login_counts(
    world: World, earlier: Earlier
) -> None:
    world.recorded("logged_in")
    before = world.go_files()
    world.call("logout")

    assert earlier.access_token("default") is None
    assert world.go_files() == before
    with pytest.raises(NoActiveProfile):
        world.call("access_token")

    world.promptvm.clock.advance(60)
    earlier.login("default", BOB)
    world.client = world.restarted()
    assert world.who() == ("bob@example.com", earlier.access_token("default"))


def test_a_login_by_this_release_is_never_a_login_of_the_go_tool(world: World) -> None:
    world.recorded("logged_in")
    before = world.go_files()
    world.promptvm.clock.advance(60)
    world.login("default", BOB)
    world.login("work", ADA)

    assert world.go_files() == before
    assert world.who("default")[0] == "bob@example.com"
    assert world.who()[0] == "ada@example.com"


def test_what_the_go_tool_does_to_its_own_profile_changes_nothing_here(world: World) -> None:
    world.recorded("logged_in")
    token = world.call("access_token")
    go = YamlProfiles(world.folder)

    world.promptvm.clock.advance(60)
    go.save("default", {**(go.load("default") or {}), "user_id": "usr_carol", "expires_at": "2023-11-15T10:00:00Z"})
    world.client = world.restarted()
    assert world.who() == ("ada@example.com", token)

    go.delete("default")
    go.activate("")
    world.client = world.restarted()
    assert world.who() == ("ada@example.com", token)
