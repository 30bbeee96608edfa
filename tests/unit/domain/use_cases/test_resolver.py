from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from promptvm_oauth.adapters.stores.awaited import AwaitedStore, run_inline
from promptvm_oauth.domain.account import Account
from promptvm_oauth.domain.configuration import Configuration
from promptvm_oauth.domain.errors import (
    ConfigurationError,
    IncompleteKeyPair,
    InvalidProfileName,
    InvalidUrl,
    NoActiveProfile,
    ProfileError,
    PromptVMAuthError,
    WrongServer,
)
from promptvm_oauth.domain.freshness import DEFAULT_POLICY
from promptvm_oauth.domain.profile import Profile
from promptvm_oauth.domain.use_cases.client_ports import StoredPorts
from promptvm_oauth.domain.use_cases.issuer_profiles import named_after
from promptvm_oauth.domain.use_cases.resolver import Resolver, bound_base_url
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.ports.secrets import StoredFields
from promptvm_oauth.testing import FakeClock, MemoryStore

PRODUCTION = "https://api.promptvm.ai"
STAGING = "https://staging-api.promptvm.ai"
PAIR = {"PROMPTVM_PUBLIC_KEY": "pk_env", "PROMPTVM_SECRET_KEY": "sk_env"}
KEY = {"PROMPTVM_API_KEY": "pk_one:sk_one"}
LOGIN = {"name": "work", "base_url": PRODUCTION, "environment": "live", "auth_type": "oauth", "organization": "org1"}


class Profiles:
    def __init__(self, active: str = "default", **profiles: Mapping[str, str]) -> None:
        self._active = active
        self._profiles = {name: StoredFields(fields) for name, fields in profiles.items()}
        self.asked: list[str] = []

    async def active(self) -> str:
        return self._active

    async def activate(self, name: str) -> None:
        raise AssertionError(name)

    async def load(self, name: str) -> StoredFields | None:
        self.asked.append(name)
        return self._profiles.get(name)

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        raise AssertionError(name)

    async def delete(self, name: str) -> None:
        raise AssertionError(name)

    async def names(self) -> Sequence[str]:
        return sorted(self._profiles)

    async def lacks_workspace(self, name: str) -> bool:
        raise AssertionError(name)

    async def save_workspace(self, workspace: str) -> None:
        raise AssertionError(workspace)


SHARED = AwaitedStore(MemoryStore(), run_inline, "shared")
OWN = AwaitedStore(MemoryStore(), run_inline, "own")


def resolver(profiles: Profiles, configuration: Configuration | None = None) -> Resolver:
    """Make a resolver that needs no request."""
    factory: Any = SimpleNamespace(own_secrets=lambda: OWN)
    ports = StoredPorts(configuration or Configuration.read({}), DEFAULT_POLICY, FakeClock(), profiles, SHARED)
    return Resolver(ports, factory, pytest.fail)


def found(profiles: Profiles, configuration: Configuration | None = None, profile: str | None = None) -> Account:
    return run_blocking(resolver(profiles, configuration).account(profile))


def bound(base_url: str | None, *, argument: str | None = None, environ: str | None = None) -> str:
    recorded = LOGIN if base_url is None else LOGIN | {"base_url": base_url}
    variables = {} if environ is None else {"PROMPTVM_BASE_URL": environ}
    return bound_base_url(Profile.of_fields("work", recorded), Configuration.read(variables, argument))


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "..",
        ".",
        "a/b",
        "a\\b",
        "a\0b",
        "\0",
        "x" * 201,
        "",
        " ",
        "a b",
        "a\n",
        "\na",
        "é",
        "a:b",
        "٣",
        "~",
        "a%2fb",
    ],
)
def test_any_other_profile_name_is_refused_before_anything_is_asked(name: str) -> None:
    profiles = Profiles()
    with pytest.raises(InvalidProfileName):
        found(profiles, profile=name)
    assert profiles.asked == []


def test_a_hostile_active_name_in_the_configuration_is_refused_too() -> None:
    profiles = Profiles(active="../../x")
    with pytest.raises(InvalidProfileName):
        found(profiles)
    assert profiles.asked == []


@pytest.mark.parametrize(
    ("named", "active", "name"),
    [("work", "home", "work"), (None, "home", "home"), ("work", "", "work"), (None, "default", "default")],
)
def test_the_named_profile_comes_before_the_active_one(named: str | None, active: str, name: str) -> None:
    assert found(Profiles(active=active), profile=named).name == name


def test_no_profile_stands_in_for_an_active_one_but_default_for_a_login() -> None:
    resolving = resolver(Profiles(active="", work=LOGIN))
    with pytest.raises(NoActiveProfile, match="name work, or log in"):
        run_blocking(resolving.account(None))
    assert run_blocking(resolving.for_login(None)).name == "default"


def test_an_oauth_profile_has_no_key() -> None:
    account = found(Profiles(active="work", work=LOGIN))
    assert (account.name, account.base_url, account.credential.key) == ("work", PRODUCTION, None)
    assert account.profile == Profile.of_fields("work", LOGIN)


def test_a_profile_that_does_not_exist_is_an_empty_one_of_the_default_server() -> None:
    account = found(Profiles(), profile="new")
    assert (account.profile, account.base_url, account.credential.key) == (Profile.absent("new"), PRODUCTION, None)


def test_the_key_pair_of_the_environment_comes_before_all_profiles() -> None:
    profiles = Profiles(active="work", work=LOGIN)
    account = found(profiles, Configuration.read(PAIR | KEY))
    assert account.credential.key == Secret("pk_env:sk_env")
    assert (account.credential.public_key, account.credential.secret_key) == ("pk_env", Secret("sk_env"))
    assert account.profile == Profile.absent("")
    assert profiles.asked == []


def test_the_api_key_of_the_environment_comes_before_the_active_profile() -> None:
    credential = found(Profiles(active="work", work=LOGIN), Configuration.read(KEY)).credential
    assert credential.key == Secret("pk_one:sk_one")
    assert (credential.public_key, credential.secret_key) == ("pk_one", Secret("sk_one"))


@pytest.mark.parametrize("key", ["legacy", "pk_one", "pk_one:", "a:b", "pk_one:one", "one:sk_one", ":sk_one"])
def test_a_key_of_the_environment_that_is_no_pair_is_one_bearer_key(key: str) -> None:
    credential = found(Profiles(), Configuration.read({"PROMPTVM_API_KEY": key})).credential
    assert credential.key == Secret(key)
    assert credential.secret_key is None


def test_a_named_profile_comes_before_the_keys_of_the_environment() -> None:
    account = found(Profiles(work=LOGIN), Configuration.read(PAIR | KEY), "work")
    assert (account.name, account.credential.key) == ("work", None)


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"PROMPTVM_PUBLIC_KEY": "pk_env"}, "PROMPTVM_SECRET_KEY"),
        ({"PROMPTVM_SECRET_KEY": "marker-secret"}, "PROMPTVM_PUBLIC_KEY"),
        ({"PROMPTVM_SECRET_KEY": "marker-secret", "PROMPTVM_PUBLIC_KEY": ""}, "PROMPTVM_PUBLIC_KEY"),
        ({"PROMPTVM_PUBLIC_KEY": "pk_env"} | KEY, "PROMPTVM_SECRET_KEY"),
    ],
)
def test_half_a_key_pair_is_an_error_and_never_a_fall_through(environ: dict[str, str], missing: str) -> None:
    with pytest.raises(IncompleteKeyPair, match=missing) as error:
        found(Profiles(active="work", work=LOGIN), Configuration.read(environ))
    assert "marker" not in str(error.value)


@pytest.mark.parametrize(
    "environ", [{}, {"PROMPTVM_API_KEY": ""}, {"PROMPTVM_PUBLIC_KEY": "", "PROMPTVM_SECRET_KEY": ""}]
)
def test_empty_variables_count_as_unset(environ: dict[str, str]) -> None:
    assert found(Profiles(active="work", work=LOGIN), Configuration.read(environ)).name == "work"


def test_a_key_of_the_environment_goes_to_the_configured_server() -> None:
    assert found(Profiles(), Configuration.read(PAIR)).base_url == PRODUCTION
    assert found(Profiles(), Configuration.read(PAIR | {"PROMPTVM_BASE_URL": STAGING})).base_url == STAGING
    with pytest.raises(InvalidUrl):
        found(Profiles(), Configuration.read(PAIR, "http://h.example.test"))


@pytest.mark.parametrize("character", ["\n", "\r\nX-Evil: 1", "\0", "é", "\x7f"])
@pytest.mark.parametrize("name", ["PROMPTVM_API_KEY", "PROMPTVM_PUBLIC_KEY", "PROMPTVM_SECRET_KEY"])
def test_a_key_of_the_environment_that_no_header_can_carry_is_a_configuration_error(name: str, character: str) -> None:
    environ = PAIR if name != "PROMPTVM_API_KEY" else KEY
    with pytest.raises(ConfigurationError, match=name) as error:
        found(Profiles(), Configuration.read(environ | {name: f"pk_marker{character}:sk_marker"}))
    assert "marker" not in str(error.value)


@pytest.mark.parametrize(
    ("fields", "public_key", "secret_key", "api_key"),
    [
        ({"public_key": "pk_a", "secret_key": "sk_a"}, "pk_a", "sk_a", None),
        ({"public_key": "pk_a", "secret_key": "sk_a", "api_key": "old"}, "pk_a", "sk_a", None),
        ({"api_key": "legacy"}, "", None, "legacy"),
        ({"api_key": "pk_a:sk_a"}, "pk_a", "sk_a", None),
        ({}, "", None, None),
    ],
)
@pytest.mark.parametrize("auth_type", ["api_key", ""])
def test_an_api_key_profile_gives_its_pair_or_its_bearer_key(
    auth_type: str, fields: dict[str, str], public_key: str, secret_key: str | None, api_key: str | None
) -> None:
    credential = found(Profiles(work={"auth_type": auth_type} | fields), profile="work").credential
    assert credential.public_key == public_key
    assert credential.secret_key == (Secret(secret_key) if secret_key else None)
    whole = api_key or (f"{public_key}:{secret_key}" if secret_key else None)
    assert credential.key == (Secret(whole) if whole else None)


def test_an_oauth_profile_does_not_use_a_key_that_lies_beside_it() -> None:
    keys = {"api_key": "legacy", "public_key": "pk_a", "secret_key": "sk_a"}
    assert found(Profiles(work=LOGIN | keys), profile="work").credential.key is None


def test_the_base_url_is_the_argument_then_the_variable_then_the_profile() -> None:
    assert bound(STAGING) == STAGING
    assert Configuration.read({"PROMPTVM_BASE_URL": STAGING}, PRODUCTION).api_url == PRODUCTION
    assert Configuration.read({"PROMPTVM_BASE_URL": f"{STAGING}/"}).api_url == STAGING
    assert Configuration.read({"PROMPTVM_BASE_URL": ""}).api_url is None


def test_the_app_url_is_the_argument_then_the_variable() -> None:
    environ = {"PROMPTVM_APP_URL": "https://app.example.test"}
    assert Configuration.read(environ, None, "https://other.example.test").app_url == "https://other.example.test"
    assert Configuration.read(environ).app_url == "https://app.example.test"
    assert Configuration.read({"PROMPTVM_APP_URL": ""}).app_url is None


@pytest.mark.parametrize(
    ("argument", "environ"),
    [(STAGING, None), (None, STAGING), (STAGING, PRODUCTION), ("https://api.promptvm.ai:8443", None)],
)
def test_a_login_of_another_origin_is_not_used_and_both_are_named(argument: str | None, environ: str | None) -> None:
    with pytest.raises(WrongServer) as error:
        bound(PRODUCTION, argument=argument, environ=environ)
    assert PRODUCTION in str(error.value)
    assert (argument or environ or "?") in str(error.value)


@pytest.mark.parametrize("argument", [PRODUCTION, f"{PRODUCTION}/", "https://API.promptvm.ai:443", f"{PRODUCTION}/v2"])
def test_the_same_origin_is_the_same_login(argument: str) -> None:
    assert bound(PRODUCTION, argument=argument) == argument.rstrip("/").replace("API.", "api.").replace(":443", "")


def test_a_login_without_a_recorded_server_belongs_to_the_default_one() -> None:
    bare = Profile.of_fields("work", {"auth_type": "oauth"})
    assert bound_base_url(bare, Configuration.read({})) == PRODUCTION
    with pytest.raises(WrongServer):
        bound_base_url(bare, Configuration.read({}, STAGING))


def test_a_new_profile_takes_the_configured_server() -> None:
    assert bound_base_url(Profile.absent("new"), Configuration.read({}, STAGING)) == STAGING


@pytest.mark.parametrize("url", ["http://api.promptvm.ai", "ftp://h", "https://u:p@h", "nonsense"])
def test_a_recorded_or_configured_url_that_must_not_be_used_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl, match="work"):
        bound(url)
    with pytest.raises(InvalidUrl):
        bound(PRODUCTION, argument=url)
    with pytest.raises(InvalidUrl):
        bound(PRODUCTION, environ=url)


def test_every_refusal_is_one_of_ours() -> None:
    assert issubclass(ConfigurationError, PromptVMAuthError)
    for kind in (InvalidProfileName, InvalidUrl, IncompleteKeyPair, WrongServer):
        assert issubclass(kind, ConfigurationError)


ISSUER = "https://id.example.test"
OTHERS = {"base_url": ISSUER, "auth_type": "oauth", "issuer": ISSUER, "client_id": "me"}


@pytest.mark.parametrize(
    ("profile", "fields", "issuer", "store"),
    [
        ("work", LOGIN, None, "shared"),
        ("work", OTHERS, None, "own"),
        ("work", OTHERS, ISSUER, "own"),
        ("new", LOGIN, None, "shared"),
        ("new", LOGIN, ISSUER, "own"),
    ],
)
def test_the_account_names_the_store_that_holds_its_tokens(
    profile: str, fields: dict[str, str], issuer: str | None, store: str
) -> None:
    account = found(Profiles(work=fields), Configuration({}, issuer=issuer), profile)
    assert run_blocking(account.secrets.location(profile)).reason == store


def test_a_client_of_an_issuer_takes_its_own_profile_and_never_the_active_one_of_another_server() -> None:
    configuration = Configuration({}, issuer=ISSUER)
    profiles = Profiles(active="work", work=LOGIN, broken=LOGIN, other=OTHERS)

    assert found(profiles, configuration).name == "other"
    assert found(Profiles(active="work", work=LOGIN), configuration).name == "id.example.test"
    named_after = Profiles(active="work", work=LOGIN, other=OTHERS, **{"id.example.test": OTHERS})
    assert found(named_after, configuration).name == "id.example.test"
    assert "other" not in named_after.asked


def test_a_profile_that_cannot_be_read_hides_no_other_one_of_an_issuer() -> None:
    class Damaged(Profiles):
        async def load(self, name: str) -> StoredFields | None:
            if name == "a-damaged":
                raise ProfileError("a-damaged.yaml is not a mapping")
            return await super().load(name)

    profiles = Damaged(active="work", work=LOGIN, other=OTHERS, **{"a-damaged": LOGIN})
    assert found(profiles, Configuration({}, issuer=ISSUER)).name == "other"


def test_where_a_profile_cannot_be_read_its_tokens_may_be_in_either_store() -> None:
    class Damaged(Profiles):
        async def load(self, name: str) -> StoredFields | None:
            raise ProfileError("work.yaml is not a mapping")

    places = run_blocking(resolver(Damaged()).places_of("work"))
    assert [run_blocking(place.location("work")).reason for place in places] == ["shared", "own"]
    assert len(run_blocking(resolver(Profiles(work=OTHERS)).places_of("work"))) == 1


@pytest.mark.parametrize(
    ("recorded", "called", "to_log_in"),
    [
        ((), "id.example.test", "id.example.test"),
        (("work",), "work", "work"),
        (("work", "home"), None, "id.example.test"),
    ],
)
def test_a_client_of_an_issuer_without_an_active_profile_takes_the_only_one_of_its_issuer(
    recorded: tuple[str, ...], called: str | None, to_log_in: str
) -> None:
    profiles = Profiles(active="", default=LOGIN, **{name: OTHERS | {"name": name} for name in recorded})
    resolving = resolver(profiles, Configuration({}, issuer=ISSUER))

    if called is None:
        with pytest.raises(NoActiveProfile):
            run_blocking(resolving.profile(None))
    else:
        assert run_blocking(resolving.profile(None)).name == called
    assert run_blocking(resolving.profile_to_log_in(None)).name == to_log_in


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        ("https://id.example.test/tenant", "id.example.test"),
        ("https://ID.example.test:8443", "ID.example.test-8443"),
        ("https://[::1]:8443", "1-8443"),
        ("http://X", "X"),
        ("https://a_b", "a-b"),
        (f"https://{'a' * 120}", "a" * 100),
        ("https://_", "default"),
    ],
)
def test_a_new_profile_is_named_after_the_host_of_its_issuer(issuer: str, name: str) -> None:
    assert named_after(issuer) == name
