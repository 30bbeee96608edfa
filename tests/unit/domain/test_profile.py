from collections.abc import Mapping, Sequence

import pytest
from promptvm_oauth.domain.errors import (
    ConfigurationError,
    IncompleteKeyPair,
    InvalidProfileName,
    InvalidUrl,
    PromptVMAuthError,
    WrongServer,
)
from promptvm_oauth.domain.profile import (
    Configuration,
    Credential,
    check_name,
    named_or_active,
    of_profile,
    resolve,
)
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.ports.secrets import StoredFields

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


def found(profiles: Profiles, configuration: Configuration | None = None, profile: str | None = None) -> Credential:
    return run_blocking(resolve(profiles, configuration or Configuration({}), profile))


def bound(base_url: str | None, *, argument: str | None = None, environ: str | None = None) -> Credential:
    recorded = StoredFields(LOGIN if base_url is None else LOGIN | {"base_url": base_url})
    variables = {} if environ is None else {"PROMPTVM_BASE_URL": environ}
    return of_profile("work", recorded, Configuration(variables, argument))


@pytest.mark.parametrize("name", ["default", "a", "A.b_c-9", "..a", "a..", "-", "x" * 200])
def test_a_profile_name_is_letters_digits_dot_underscore_and_hyphen(name: str) -> None:
    assert check_name(name) == name


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
def test_row_92_any_other_profile_name_is_refused_before_anything_is_asked(name: str) -> None:
    with pytest.raises(InvalidProfileName):
        check_name(name)
    profiles = Profiles()
    with pytest.raises(InvalidProfileName):
        found(profiles, profile=name)
    assert profiles.asked == []


def test_row_92_a_hostile_active_name_in_the_configuration_is_refused_too() -> None:
    profiles = Profiles(active="../../x")
    with pytest.raises(InvalidProfileName):
        found(profiles)
    assert profiles.asked == []


@pytest.mark.parametrize(
    ("named", "active", "name"),
    [("work", "home", "work"), (None, "home", "home"), (None, "", "default"), (None, "default", "default")],
)
def test_the_named_profile_comes_before_the_active_one_and_default_comes_last(
    named: str | None, active: str, name: str
) -> None:
    assert run_blocking(named_or_active(Profiles(active=active), named)) == name


def test_an_oauth_profile_has_no_key() -> None:
    credential = found(Profiles(active="work", work=LOGIN))
    assert (credential.profile, credential.base_url, credential.key) == ("work", PRODUCTION, None)
    assert credential.recorded == LOGIN


def test_a_profile_that_does_not_exist_is_an_empty_one_of_the_default_server() -> None:
    assert found(Profiles(), profile="new") == Credential("new", PRODUCTION, StoredFields())


def test_the_key_pair_of_the_environment_comes_before_all_profiles() -> None:
    profiles = Profiles(active="work", work=LOGIN)
    credential = found(profiles, Configuration(PAIR | KEY))
    assert credential.key == Secret("pk_env:sk_env")
    assert (credential.profile, credential.public_key, credential.secret_key) == ("", "pk_env", Secret("sk_env"))
    assert credential.recorded == {}
    assert profiles.asked == []


def test_the_api_key_of_the_environment_comes_before_the_active_profile() -> None:
    credential = found(Profiles(active="work", work=LOGIN), Configuration(KEY))
    assert credential.key == Secret("pk_one:sk_one")
    assert (credential.public_key, credential.secret_key, credential.api_key) == ("pk_one", Secret("sk_one"), None)


@pytest.mark.parametrize("key", ["legacy", "pk_one", "pk_one:", "a:b", "pk_one:one", "one:sk_one", ":sk_one"])
def test_a_key_of_the_environment_that_is_no_pair_is_one_bearer_key(key: str) -> None:
    credential = found(Profiles(), Configuration({"PROMPTVM_API_KEY": key}))
    assert credential.api_key == credential.key == Secret(key)
    assert credential.secret_key is None


def test_a_named_profile_comes_before_the_keys_of_the_environment() -> None:
    credential = found(Profiles(work=LOGIN), Configuration(PAIR | KEY), "work")
    assert (credential.profile, credential.key) == ("work", None)


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
        found(Profiles(active="work", work=LOGIN), Configuration(environ))
    assert "marker" not in str(error.value)


@pytest.mark.parametrize(
    "environ", [{}, {"PROMPTVM_API_KEY": ""}, {"PROMPTVM_PUBLIC_KEY": "", "PROMPTVM_SECRET_KEY": ""}]
)
def test_empty_variables_are_as_good_as_none(environ: dict[str, str]) -> None:
    assert found(Profiles(active="work", work=LOGIN), Configuration(environ)).profile == "work"


def test_a_key_of_the_environment_goes_to_the_configured_server() -> None:
    assert found(Profiles(), Configuration(PAIR)).base_url == PRODUCTION
    assert found(Profiles(), Configuration(PAIR | {"PROMPTVM_BASE_URL": STAGING})).base_url == STAGING
    with pytest.raises(InvalidUrl):
        found(Profiles(), Configuration(PAIR, "http://h.example.test"))


@pytest.mark.parametrize("character", ["\n", "\r\nX-Evil: 1", "\0", "é", "\x7f"])
@pytest.mark.parametrize("name", ["PROMPTVM_API_KEY", "PROMPTVM_PUBLIC_KEY", "PROMPTVM_SECRET_KEY"])
def test_a_key_of_the_environment_that_no_header_can_carry_is_a_configuration_error(name: str, character: str) -> None:
    environ = PAIR if name != "PROMPTVM_API_KEY" else KEY
    with pytest.raises(ConfigurationError, match=name) as error:
        found(Profiles(), Configuration(environ | {name: f"pk_marker{character}:sk_marker"}))
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
    credential = found(Profiles(work={"auth_type": auth_type} | fields), profile="work")
    assert credential.public_key == public_key
    assert credential.secret_key == (Secret(secret_key) if secret_key else None)
    assert credential.api_key == (Secret(api_key) if api_key else None)


def test_an_oauth_profile_does_not_use_a_key_that_lies_beside_it() -> None:
    keys = {"api_key": "legacy", "public_key": "pk_a", "secret_key": "sk_a"}
    assert found(Profiles(work=LOGIN | keys), profile="work").key is None


def test_the_base_url_is_the_argument_then_the_variable_then_the_profile() -> None:
    assert bound(STAGING).base_url == STAGING
    assert Configuration({"PROMPTVM_BASE_URL": STAGING}, PRODUCTION).chosen_base_url() == PRODUCTION
    assert Configuration({"PROMPTVM_BASE_URL": f"{STAGING}/"}).chosen_base_url() == STAGING
    assert Configuration({"PROMPTVM_BASE_URL": ""}).chosen_base_url() is None


def test_the_app_url_is_the_argument_then_the_variable() -> None:
    environ = {"PROMPTVM_APP_URL": "https://app.example.test"}
    assert Configuration(environ, None, "https://other.example.test").chosen_app_url() == "https://other.example.test"
    assert Configuration(environ).chosen_app_url() == "https://app.example.test"
    assert Configuration({"PROMPTVM_APP_URL": ""}).chosen_app_url() is None


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
    assert bound(PRODUCTION, argument=argument).profile == "work"


def test_a_login_without_a_recorded_server_belongs_to_the_default_one() -> None:
    assert of_profile("work", StoredFields(auth_type="oauth"), Configuration({})).base_url == PRODUCTION
    with pytest.raises(WrongServer):
        of_profile("work", StoredFields(auth_type="oauth"), Configuration({}, STAGING))


def test_a_new_profile_takes_the_configured_server() -> None:
    assert of_profile("new", StoredFields(), Configuration({}, STAGING)).base_url == STAGING


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
