"""Profiles of stores that the Go tool cannot see: its files are never written, its logins are not taken for ours."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth import NoActiveProfile, OAuthClient, ProfileError, State, StoreLocked
from promptvm_oauth.adapters.files.config_dir import store_dir
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.adapters.locks.file import held
from promptvm_oauth.adapters.profiles.on_disk import Unshared, profiles_on_disk
from promptvm_oauth.adapters.profiles.split_profiles import SplitProfiles
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.composition import stores
from promptvm_oauth.domain.binding import Binding
from promptvm_oauth.domain.stores.pair_check import describes
from promptvm_oauth.ports.errors import StoreAbsent
from promptvm_oauth.ports.profiles import Users
from promptvm_oauth.testing import FakePromptVM, MemoryStore
from promptvm_oauth.testing.keyring_backend import MemoryKeyring

SOON, LATER = "2030-12-31T23:59:59Z", "2031-01-01T12:00:00Z"
TOKENS = {"access_token": "access-1", "refresh_token": "refresh-1", "expires_at": SOON}
LOGIN = {
    "name": "default",
    "base_url": "https://api.promptvm.ai",
    "environment": "live",
    "organization": "org_ada",
    "auth_type": "oauth",
    "token_ref": "promptvm-cli:default",
    "expires_at": SOON,
    "user_id": "usr_ada",
    "user_email": "ada@example.com",
}
KEY = {"name": "keys", "base_url": "https://api.promptvm.ai", "environment": "live", "public_key": "pk_1"}


class OwnStore:
    """A store of an embedder, which the Go tool does not know."""

    def __init__(self, name: str = "vault") -> None:
        self.name = name
        self._kept = MemoryStore()

    def load(self, profile: str) -> Mapping[str, str] | None:
        return self._kept.load(profile)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        self._kept.save(profile, fields)

    def delete(self, profile: str) -> None:
        self._kept.delete(profile)


class Scene:
    """One configuration directory: the Go tool's profiles, a store, and the store's profiles."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.go = YamlProfiles(root)
        self.store = OwnStore()
        self.profiles = self.of("vault")

    def of(self, name: str) -> SplitProfiles:
        unshared = Unshared(name, (None, self.store), describes, Users.ONE)
        return profiles_on_disk(str(self.root), lambda problem: pytest.fail(str(problem)), unshared)

    def go_files(self) -> dict[str, bytes]:
        found = (path for path in self.root.rglob("*") if path.is_file())
        return {path.name: path.read_bytes() for path in found if "promptvm-oauth" not in path.parts}

    def written(self, name: str, seconds: int) -> None:
        """Let the Go tool's profile have been written at a time."""
        os.utime(self.root / "profiles" / f"{name}.yaml", (seconds, seconds))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_profile_is_copied_once_with_its_being_active_where_the_store_has_its_tokens(scene: Scene) -> None:
    scene.go.save("default", LOGIN)
    scene.go.activate("default")
    scene.store.save("default", TOKENS)
    before = scene.go_files()

    assert scene.profiles.load("default") == LOGIN
    assert scene.profiles.active() == "default"
    assert scene.go_files() == before
    scene.go.delete("default")
    scene.go.activate("")
    assert scene.profiles.load("default") == LOGIN
    assert scene.profiles.active() == "default"


@pytest.mark.parametrize(
    "tokens",
    [
        None,
        {},
        TOKENS | {"expires_at": LATER},
        TOKENS | {"expires_at": ""},
        TOKENS | {"access_token": ""},
        TOKENS | {"server": "https://id.example.test"},
        Binding("https://api.promptvm.ai", user_id="usr_bob").bound(TOKENS),
        Binding("https://other.promptvm.ai", user_id="usr_ada").bound(TOKENS),
        Binding("https://api.promptvm.ai", user_id="usr_ada").bound(TOKENS | {"expires_at": LATER}),
    ],
)
def test_a_profile_that_does_not_describe_the_tokens_is_not_this_stores(
    scene: Scene, tokens: dict[str, str] | None
) -> None:
    scene.go.save("default", LOGIN)
    scene.go.activate("default")
    if tokens is not None:
        scene.store.save("default", tokens)

    assert scene.profiles.load("default") is None
    assert scene.profiles.names() == ()
    assert scene.profiles.active() == "default"
    assert not (scene.root / "promptvm-oauth").exists()


def test_bound_tokens_of_its_user_and_server_are_described(scene: Scene) -> None:
    scene.go.save("default", LOGIN)
    scene.store.save("default", Binding("https://api.promptvm.ai", user_id="usr_ada").bound(TOKENS))
    assert scene.profiles.load("default") == LOGIN


@pytest.mark.parametrize(
    "changes", [{"auth_type": "api_key"}, {"issuer": "https://id.example.test"}, {"expires_at": "", "token_ref": ""}]
)
def test_what_is_no_login_of_promptvm_describes_no_tokens(changes: dict[str, str]) -> None:
    tokens = {name: text for name, text in TOKENS.items() if name != "expires_at" or "expires_at" not in changes}
    assert not describes(LOGIN | changes, tokens)
    assert describes(LOGIN, TOKENS)
    assert describes(LOGIN, TOKENS | {"expires_at": "2030-12-31T23:59:59.75Z"})


def test_only_a_later_profile_of_the_go_tool_counts_again(scene: Scene) -> None:
    scene.go.save("default", LOGIN)
    scene.store.save("default", TOKENS)
    scene.profiles.load("default")
    scene.profiles.save("default", LOGIN | {"user_email": "new@example.com"})

    scene.written("default", 1_000_000_000)
    assert (scene.profiles.load("default") or {})["user_email"] == "new@example.com"
    scene.written("default", 4_000_000_000)
    assert (scene.profiles.load("default") or {})["user_email"] == "ada@example.com"


def test_a_damaged_profile_of_the_go_tool_hides_none_of_this_store(scene: Scene) -> None:
    scene.go.save("default", LOGIN)
    scene.store.save("default", TOKENS)
    scene.profiles.load("default")
    (scene.root / "profiles" / "default.yaml").write_text("[")
    scene.written("default", 4_000_000_000)
    assert scene.profiles.load("default") == LOGIN

    (scene.root / "profiles" / "other.yaml").write_text("[")
    with pytest.raises(ProfileError, match=r"other\.yaml"):
        scene.profiles.load("other")
    assert scene.profiles.names() == ("default", "other")


class Unasked(OwnStore):
    """A store that cannot be read just now."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def load(self, profile: str) -> Mapping[str, str] | None:
        raise self._error


def test_a_store_that_cannot_be_asked_is_not_one_without_tokens(scene: Scene) -> None:
    scene.go.save("default", LOGIN)
    scene.store = Unasked(StoreLocked("no answer", store="vault"))
    locked = scene.of("vault")
    with pytest.raises(StoreLocked):
        locked.load("default")
    assert locked.names() == ("default",)
    scene.store = Unasked(StoreAbsent("no bus", store="vault"))
    assert scene.of("vault").load("default") is None


def test_the_list_goes_on_where_the_store_cannot_be_asked(people: "People") -> None:
    YamlProfiles(people.root).save("default", LOGIN)
    with people.client(Unasked(StoreLocked("no answer", store="vault"))) as client:
        (listed,) = client.list_profiles()
    assert (listed.name, listed.problem) == ("default", "vault: no answer")


def test_an_api_key_of_the_go_tool_is_read_and_never_written(scene: Scene) -> None:
    legacy = "name: keys\napi_key: pk_1:sk_1\nbase_url: https://api.promptvm.ai\nenvironment: live\n"
    scene.go.save("keys", KEY)
    (scene.root / "profiles" / "keys.yaml").write_text(legacy)
    scene.go.activate("keys")
    before = scene.go_files()

    assert scene.profiles.load("keys") == KEY | {"secret_key": "sk_1"}
    assert (scene.profiles.names(), scene.profiles.active()) == (("keys",), "keys")
    with pytest.raises(ProfileError, match="the tool promptvm"):
        scene.profiles.delete("keys")
    with pytest.raises(ProfileError, match="the tool promptvm"):
        scene.profiles.save("keys", {"name": "keys", "base_url": "https://api.promptvm.ai"})
    assert scene.go_files() == before

    scene.profiles.save("keys", LOGIN | {"name": "keys"})
    assert (scene.profiles.load("keys") or {})["auth_type"] == "oauth"
    scene.profiles.delete("keys")
    assert scene.profiles.load("keys") == KEY | {"secret_key": "sk_1"}
    assert scene.go_files() == before


def test_the_active_profile_is_this_stores_own(scene: Scene) -> None:
    for name in ("default", "work"):
        scene.go.save(name, LOGIN | {"name": name})
    scene.go.activate("work")
    assert scene.profiles.active() == "default"

    scene.profiles.save("home", LOGIN | {"name": "home"})
    scene.profiles.activate("home")
    assert (scene.profiles.active(), scene.go.active()) == ("home", "work")
    scene.profiles.activate("")
    assert (scene.profiles.active(), scene.go.active()) == ("", "work")


def test_no_profile_is_active_after_an_earlier_release_logged_out(scene: Scene) -> None:
    scene.go.save("default", LOGIN)
    scene.go.activate("")
    scene.store.save("default", TOKENS)
    assert scene.profiles.active() == ""


def test_a_profile_that_was_copied_by_name_keeps_being_active(scene: Scene) -> None:
    scene.go.save("work", LOGIN | {"name": "work"})
    scene.go.activate("work")
    scene.store.save("work", TOKENS)
    scene.profiles.load("work")
    assert YamlProfiles(store_dir(str(scene.root), "vault")).active() == "work"


def test_each_store_has_profiles_of_its_own_which_say_whose_they_are(scene: Scene) -> None:
    scene.profiles.save("default", LOGIN)
    other = scene.of("Vault")
    assert other.load("default") is None
    other.save("default", LOGIN | {"user_id": "usr_bob"})
    assert scene.profiles.load("default") == LOGIN

    path = Path(store_dir(str(scene.root), "vault")) / "profiles" / "default.yaml"
    assert "\nstore: vault\n" in path.read_text()
    path.write_text(path.read_text().replace("store: vault", "store: other"))
    assert scene.profiles.load("default") is None


@pytest.mark.parametrize("name", ["a/../b", "..", "", "é", "x" * 500, "\ud800", "CON", "a b"])
def test_the_directory_of_any_store_is_in_ours(name: str) -> None:
    if name:
        parent, last = os.path.split(store_dir("/c", name))
        assert parent == os.path.join("/c", "promptvm-oauth", "unshared")
        assert last not in {"", ".", ".."}
        assert last.isascii()
        assert len(last) < 60
    assert store_dir("/c", "") == "/c"


def test_a_name_is_that_of_one_profile_of_a_client(scene: Scene) -> None:
    other = {"name": "work", "base_url": "https://id.example.test", "issuer": "https://id.example.test"}
    scene.profiles.save("work", other)
    with pytest.raises(ProfileError, match="choose another name"):
        scene.profiles.save("work", LOGIN | {"name": "work"})
    for profiles in (scene.profiles, scene.go):
        profiles.save("vm", LOGIN | {"name": "vm"})
        with pytest.raises(ProfileError, match="choose another name"):
            scene.profiles.save("vm", other | {"name": "vm"})


class People:
    """A PromptVM on fakes whose clients keep their profiles on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.promptvm = FakePromptVM()

    def client(self, secrets: Any, **more: Any) -> OAuthClient:
        ports: dict[str, Any] = {**self.promptvm.ports()}
        del ports["profiles"]
        arguments: dict[str, Any] = {**ports, "secrets": secrets, "config_dir": str(self.root), **more}
        return OAuthClient(**arguments)

    def files(self) -> set[str]:
        found = (path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".lock")
        return {path.relative_to(self.root).as_posix() for path in found}


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    backend = MemoryKeyring()

    def own_keychain(service: str) -> KeyringStore:
        return KeyringStore(service, backend=backend)

    monkeypatch.setattr(stores, "own_keychain", own_keychain)
    monkeypatch.setattr("promptvm_oauth.adapters.keyring.keychain.own_keychain", own_keychain)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return People(tmp_path / "promptvm")


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a system whose keychain is not shared."""
    monkeypatch.setattr("promptvm_oauth.adapters.keyring.keychain.is_shared", lambda: False)


STORES: dict[str, Callable[[], Any]] = {
    "custom": OwnStore,
    "python-keyring": lambda: "python-keyring",
    "keyring elsewhere": lambda: "keyring",
    "auto elsewhere": lambda: "auto",
}


@pytest.mark.parametrize("store", STORES)
def test_a_login_in_a_store_that_the_go_tool_cannot_see_touches_none_of_its_files(
    people: People, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    if "elsewhere" in store:
        elsewhere(monkeypatch)
    go = YamlProfiles(people.root)
    go.save("default", LOGIN)
    go.activate("default")
    before = {name: (people.root / name).read_bytes() for name in people.files()}
    secrets = STORES[store]()

    with people.client(secrets) as client:
        assert client.status().state is State.SIGNED_OUT
        client.login()
        client.refresh()
        assert client.status().user == client.status("default").user
        client.login("work")
        client.logout("default")
        client.remove_profile("work")
        with pytest.raises(NoActiveProfile):
            client.access_token()

    assert {name: (people.root / name).read_bytes() for name in before} == before
    assert all(name.startswith("promptvm-oauth/unshared/") for name in people.files() - set(before))


def test_the_file_of_auto_is_its_own_where_the_keychain_is_not_shared(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch)

    def refuse(_: object) -> None:
        raise StoreAbsent("there is none", store="keyring")

    monkeypatch.setattr(KeyringStore, "probe", refuse)
    with people.client("auto") as client:
        assert client.login().store == "file"
        assert client.access_token()
    assert "promptvm-oauth/unshared/promptvm-oauth/tokens/default.enc" in people.files()
    assert not any(name.startswith("tokens/") for name in people.files())


def test_the_file_store_is_shared_on_every_system(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch)
    with people.client("file") as client:
        client.login()
    assert {"config.yaml", "profiles/default.yaml", "tokens/default.enc"} <= people.files()


@pytest.mark.parametrize("secrets", ["auto", "file", "keyring", "custom"])
def test_a_client_for_many_users_reads_and_writes_no_file_of_the_go_tool(people: People, secrets: str) -> None:
    for damaged in ("config.yaml", "profiles/visitor.yaml", "profiles/other.yaml", "tokens/visitor.enc"):
        path = people.root / damaged
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[")
    before = {name: (people.root / name).read_bytes() for name in people.files()}

    with people.client(OwnStore() if secrets == "custom" else secrets, default_profile=None) as client:
        client.login("visitor")
        renewed = client.refresh("visitor")
        assert client.access_token("visitor") == renewed
        assert [each.name for each in client.list_profiles()] == ["visitor"]
        client.logout("visitor")

    assert {name: (people.root / name).read_bytes() for name in before} == before
    new = people.files() - set(before)
    assert all(name.startswith("promptvm-oauth/") for name in new)
    assert not any(name.endswith("config.yaml") for name in new)


def test_a_store_in_memory_leaves_nothing_on_disk(people: People) -> None:
    with people.client("memory", default_profile=None) as client:
        client.login("session-cookie")
        assert client.access_token("session-cookie")
    assert people.files() == set()


def test_a_store_that_cannot_be_asked_hides_no_profile_of_its_own(scene: Scene) -> None:
    scene.profiles.save("default", LOGIN)
    scene.go.save("default", LOGIN | {"user_id": "usr_bob"})
    scene.written("default", 4_000_000_000)
    scene.store = Unasked(StoreLocked("no answer", store="vault"))

    assert scene.of("vault").load("default") == LOGIN


class LockedKeyring(KeyringStore):
    """A keychain that is locked until somebody unlocks it."""

    opens = True

    def __init__(self, service: str, backend: MemoryKeyring) -> None:
        super().__init__(service, backend=backend)
        self.asked = 0
        self.locked = True

    def load(self, profile: str) -> dict[str, str] | None:
        self._check()
        return super().load(profile)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        self._check()
        super().save(profile, fields)

    def probe(self) -> None:
        self._check()

    def unlock(self, profile: str, waiting: Callable[[float, float], None]) -> None:
        self.asked += 1
        self.locked = not self.opens
        self._check()

    def _check(self) -> None:
        if self.locked:
            raise StoreLocked("nobody unlocked it", store=self.name)


@pytest.fixture
def locked(people: People, monkeypatch: pytest.MonkeyPatch) -> LockedKeyring:
    """Returns the locked keychain of a system that shares none, beside a login of an earlier release."""
    elsewhere(monkeypatch)
    keyring = LockedKeyring("promptvm-oauth", MemoryKeyring())

    def keychain(users: Users) -> tuple[LockedKeyring, str]:
        assert users is Users.ONE
        return keyring, "promptvm-oauth"

    monkeypatch.setattr(stores, "keychain", keychain)
    YamlProfiles(people.root).save("default", LOGIN)
    YamlProfiles(people.root).activate("default")
    return keyring


@pytest.mark.parametrize("name", [None, "default"])
def test_a_login_asks_for_a_locked_keychain_first(people: People, locked: LockedKeyring, name: str | None) -> None:
    with people.client("auto") as client:
        assert client.login(name).store == "keyring"
        assert client.access_token(name)
    assert locked.asked


@pytest.mark.parametrize("name", [None, "default"])
def test_a_login_goes_to_the_file_if_nobody_unlocks_the_keychain(
    people: People, locked: LockedKeyring, name: str | None
) -> None:
    locked.opens = False
    with people.client("auto") as client:
        result = client.login(name)
        assert (result.profile, result.store) == ("default", "file")
        assert client.access_token(name)
    with people.client("auto") as client:
        assert client.access_token(name)


def test_a_token_call_asks_for_the_keychain_that_must_tell_whose_a_profile_is(
    people: People, locked: LockedKeyring
) -> None:
    KeyringStore.save(locked, "default", Binding("https://api.promptvm.ai", user_id="usr_ada").bound(TOKENS))
    with people.client("auto", base_url=None) as client:
        assert client.access_token() == "access-1"
    assert locked.asked == 1


def test_a_profile_that_is_being_copied_does_not_undo_a_login(scene: Scene) -> None:
    newer = LOGIN | {"user_id": "usr_bob"}

    def describes_late(profile: Mapping[str, str], tokens: Mapping[str, str]) -> bool:
        scene.of("vault").save("default", newer)
        return describes(profile, tokens)

    scene.go.save("default", LOGIN)
    scene.store.save("default", TOKENS)
    unshared = Unshared("vault", (scene.store,), describes_late, Users.ONE)

    assert (
        profiles_on_disk(str(scene.root), lambda problem: pytest.fail(str(problem)), unshared).load("default") == newer
    )
    assert scene.of("vault").load("default") == newer


def test_a_profile_that_another_program_is_writing_is_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptvm_oauth.adapters.profiles.unshared_profiles.PROFILE_WRITE", 0.0)
    with (
        held(store_dir(str(scene.root), "vault"), "default", 0.0),
        pytest.raises(ProfileError, match=r"'default' cannot be written: another program holds .*default\.lock"),
    ):
        scene.profiles.save("default", LOGIN)
    scene.profiles.save("default", LOGIN)
