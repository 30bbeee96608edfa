"""The binding of stored tokens: what it describes, and what contradicts it."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from promptvm_oauth import AuthorizationServer, Secret, UnboundTokens, WrongServer, WrongUser
from promptvm_oauth.adapters.stores.awaited import AwaitedStore, run_inline
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.domain.account import NO_KEY, Account
from promptvm_oauth.domain.binding import BINDING_FIELDS, Binding, binding, digest_of, expiry_of, is_whole
from promptvm_oauth.domain.profile import Profile
from promptvm_oauth.domain.stores.pair_check import check_pair, check_user
from promptvm_oauth.domain.use_cases.stored_tokens import tokens_of_one_login
from promptvm_oauth.ports.rfc3339 import format_time

API = "https://api.example.test"
ISSUER = "https://id.example.test"
PAIR = {"access_token": "a", "refresh_token": "r", "expires_at": "2030-01-01T00:00:00Z"}
ADA = Profile("work", base_url=API, auth_type="oauth", user_id="ada")


def account(profile: Profile = ADA, base_url: str = API) -> Account:
    async def no_server(_: object = None, /) -> Any:
        raise AssertionError

    return Account(profile.name, profile, base_url, NO_KEY, AwaitedStore(MemoryStore(), run_inline, ""), no_server)


def test_what_was_bound_is_read_again() -> None:
    whole = Binding(ISSUER, "me", "ada", 1_700_000_000.0, 3600.0, "0f" * 32)
    fields = whole.bound(PAIR)

    assert Binding.read(fields) == whole
    assert {name: fields[name] for name in PAIR} == PAIR
    assert set(fields) == {*PAIR, *BINDING_FIELDS}
    assert fields["granted_at"] == "2023-11-14T22:13:20Z"
    assert fields["granted_for"] == "3600"


def test_what_is_stored_stays_readable_by_other_releases() -> None:
    fields = Binding(ISSUER, "me", "ada", 0.0, 60.0, "0f").bound({"access_token": "a", "refresh_token": "r"})

    assert fields == {
        "access_token": "a",
        "refresh_token": "r",
        "bound_server": ISSUER,
        "bound_client": "me",
        "bound_user": "ada",
        "granted_at": "1970-01-01T00:00:00Z",
        "granted_for": "60",
        "bound_over": "0f",
        "bound_pair": sha256(b"a\nr").hexdigest(),
        "bound_refresh": sha256(b"\nr").hexdigest(),
    }
    assert digest_of({"access_token": "a"}) == sha256(b"a\n").hexdigest()
    assert digest_of({"refresh_token": "r"}) == sha256(b"\nr").hexdigest()


@pytest.mark.parametrize(("apart", "whole"), [(1.9, True), (-1.9, True), (2.0, False), (-2.0, False)])
def test_an_expiry_may_differ_by_what_rounding_makes(apart: float, whole: bool) -> None:
    expires_at = format_time(1_700_003_600.0 + apart)
    fields = Binding(API, granted_at=1_700_000_000.0, lifetime=3600.0).bound({"access_token": "a"})

    assert is_whole(fields | {"expires_at": expires_at}) is whole


def test_what_is_not_known_is_left_out_and_an_older_binding_goes() -> None:
    fields = Binding(API).bound(Binding(ISSUER, "me", "ada", 0.0, 1.0).bound(PAIR) | {"access_token": "new"})

    assert Binding.read(fields) == Binding(API)
    assert set(fields) == {*PAIR, "bound_server", "bound_pair", "bound_refresh"}


def test_no_field_of_a_binding_is_one_that_older_releases_read() -> None:
    assert not BINDING_FIELDS & {"server", "client_id", "client_secret", "version", "profile", *PAIR}


def test_the_digest_is_of_both_tokens_and_no_token_can_pass_for_two() -> None:
    assert len(digest_of(PAIR)) == 64
    assert (
        len({digest_of(PAIR), digest_of(PAIR | {"access_token": "b"}), digest_of(PAIR | {"refresh_token": "s"})}) == 3
    )
    assert digest_of({"access_token": "ab"}) != digest_of({"access_token": "a", "refresh_token": "b"})
    assert digest_of(PAIR) == digest_of(PAIR | {"expires_at": "2031-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    "changed",
    [
        {"refresh_token": "s"},
        {"refresh_token": "s", "bound_refresh": ""},
        {"refresh_token": "", "bound_refresh": ""},
        {"access_token": "b", "bound_refresh": ""},
        {"bound_server": ""},
        {"bound_pair": ""},
    ],
)
def test_a_binding_of_other_tokens_is_no_binding(changed: dict[str, str]) -> None:
    assert Binding.read(Binding(API, user_id="ada").bound(PAIR) | changed) is None


def test_a_refresh_token_beside_the_access_token_of_another_login_is_bound_alone() -> None:
    whole = Binding(API, user_id="ada", granted_at=1_700_000_000.0, lifetime=3600.0)
    fields = whole.bound(PAIR) | {"access_token": "b"}
    found = Binding.read(fields)

    assert found is not None
    assert found == whole._replace(torn=True)
    assert found.expires_at == expiry_of(fields, found) == 0.0
    assert not is_whole(fields)
    tokens = tokens_of_one_login(fields)
    assert (tokens.access_token, tokens.refresh_token) == (Secret(""), Secret(PAIR["refresh_token"]))
    assert tokens.expires_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_no_refresh_token_is_bound_too_and_a_later_one_is_noticed() -> None:
    fields = Binding(API).bound({"access_token": "a"})

    assert Binding.read(fields) == Binding(API)
    assert Binding.read({**fields, "refresh_token": "of someone else"}) is None


@pytest.mark.parametrize("lifetime", ["", "-1", "1.5", "nan", "1" * 13, "٣"])
def test_a_lifetime_that_is_no_number_of_seconds_is_not_known(lifetime: str) -> None:
    fields = Binding(API, lifetime=5.0).bound(PAIR)

    found = Binding.read({**fields, "granted_for": lifetime, "granted_at": "yesterday"})
    assert found == Binding(API)
    longest = Binding.read({**fields, "granted_for": "1" * 12})
    assert longest is not None
    assert longest.lifetime == 111_111_111_111.0


def test_the_binding_of_a_grant_names_the_client_of_a_standard_server_only() -> None:
    standard = AuthorizationServer.standard(ISSUER, "me", token_endpoint=f"{ISSUER}/token")
    assert Binding.granted(standard, "ada", 1.0, 2.0) == Binding(ISSUER, "me", "ada", 1.0, 2.0)
    promptvm = AuthorizationServer.promptvm(API, "https://app.example.test")
    assert Binding.granted(promptvm, "", 1.0, None) == Binding(API, "", "", 1.0, None)


@pytest.mark.parametrize("server", [API, f"{API}:443", f"{API}/v2"])
def test_bound_tokens_belong_to_their_origin(server: str) -> None:
    found = Binding(server, user_id="ada")
    assert check_pair(account(), found.bound(PAIR)) == found


def test_bound_tokens_of_another_origin_are_refused_with_and_without_a_profile() -> None:
    fields = Binding("https://evil.test", user_id="ada").bound(PAIR)
    for profile in (ADA, Profile.absent("work")):
        with pytest.raises(
            WrongServer,
            match=r"'work' belong to https://evil\.test, not to https://api\.example\.test; nothing was sent\. Use an",
        ) as caught:
            check_pair(account(profile), fields)
        assert not isinstance(caught.value, UnboundTokens)


def test_bound_tokens_of_another_user_are_refused() -> None:
    with pytest.raises(WrongUser, match=r"another user than the profile says; .* log in again") as caught:
        check_pair(account(), Binding(API, user_id="bob").bound(PAIR))
    assert caught.value.needs_login
    assert not caught.value.granted


def test_granted_tokens_of_another_user_are_told_from_stored_ones() -> None:
    with pytest.raises(WrongUser, match="'work'") as caught:
        check_user(account(), "bob")
    assert caught.value.granted


@pytest.mark.parametrize(
    ("profile", "user"), [(ADA, ""), (ADA._replace(user_id=""), "bob"), (Profile.absent("work"), "bob")]
)
def test_a_user_who_is_not_known_is_not_compared(profile: Profile, user: str) -> None:
    found = Binding(API, user_id=user)
    assert check_pair(account(profile), found.bound(PAIR)) == found


def test_unbound_tokens_need_a_profile() -> None:
    assert check_pair(account(), PAIR) is None
    with pytest.raises(
        UnboundTokens, match="no profile of that name says which server issued them; nothing was sent, log in"
    ) as caught:
        check_pair(account(Profile.absent("work")), PAIR)
    assert caught.value.needs_login


def test_tokens_of_a_standard_server_name_it_whatever_their_binding() -> None:
    profile = Profile.of_standard_login("work", ISSUER, "me")
    own = PAIR | binding(ISSUER, "me")
    assert check_pair(account(profile, ISSUER), own) is None
    assert check_pair(account(Profile.absent("work"), ISSUER), own) is None
    for fields in (PAIR, PAIR | binding("https://x.test", "me"), PAIR | binding(ISSUER, "you")):
        with pytest.raises(WrongServer):
            check_pair(account(profile, ISSUER), fields)
    with pytest.raises(WrongServer):
        check_pair(account(), own)


@pytest.mark.parametrize("profile", [Profile.absent("work"), Profile("work", issuer=ISSUER, recorded=True)])
def test_tokens_of_a_standard_server_without_a_client_are_those_of_no_client(profile: Profile) -> None:
    with pytest.raises(WrongServer):
        check_pair(account(profile, ISSUER), PAIR | {"server": ISSUER})


def test_a_binding_is_written_under_the_names_that_earlier_releases_read() -> None:
    fields = Binding(ISSUER, "me", "ada", 1_700_000_000.0, 3600.0, "0f" * 32).bound(PAIR)
    digests = {"bound_pair": digest_of(PAIR), "bound_refresh": digest_of({"refresh_token": "r"})}
    assert fields == {
        **PAIR,
        **digests,
        "bound_server": ISSUER,
        "bound_client": "me",
        "bound_user": "ada",
        "granted_at": "2023-11-14T22:13:20Z",
        "granted_for": "3600",
        "bound_over": "0f" * 32,
    }


def test_a_missing_token_counts_as_an_empty_one_in_the_digest() -> None:
    assert digest_of({}) == sha256(b"\n").hexdigest()
    assert digest_of({"access_token": "a"}) == sha256(b"a\n").hexdigest()
    assert digest_of({"refresh_token": "r"}) == sha256(b"\nr").hexdigest()
