"""A profile as a value: its two shapes, and the fields that a profile store keeps."""

from hashlib import sha256

import pytest
from promptvm_oauth.domain.profile import Profile, check_name
from promptvm_oauth.ports.secret import Secret

LOGIN = {
    "name": "work",
    "base_url": "https://api.promptvm.ai",
    "environment": "live",
    "organization": "org1",
    "auth_type": "oauth",
    "token_ref": "promptvm-cli:work",
    "expires_at": "2030-01-01T00:00:00Z",
    "user_id": "u1",
    "user_email": "ada@example.test",
}
OTHER = {
    "name": "work",
    "base_url": "https://id.example.test",
    "environment": "live",
    "auth_type": "oauth",
    "issuer": "https://id.example.test",
    "client_id": "me",
    "scope": "read",
}
PAIR = {"name": "work", "auth_type": "api_key", "public_key": "pk_a", "secret_key": "sk_a"}


@pytest.mark.parametrize("name", ["default", "a", "A.b_c-9", "..a", "a..", "-", "x" * 200])
def test_a_profile_name_is_letters_digits_dot_underscore_and_hyphen(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("fields", [LOGIN, OTHER, PAIR, {"name": "work", "api_key": "legacy"}, {"name": "work"}])
def test_what_is_read_is_written_again(fields: dict[str, str]) -> None:
    assert Profile.of_fields("work", fields).fields() == fields


def test_fields_that_this_version_does_not_know_are_kept() -> None:
    newer = LOGIN | {"shape": "round"}
    assert Profile.of_fields("work", newer)._replace(user_id="u2").fields() == newer | {"user_id": "u2"}


def test_a_legacy_pair_becomes_its_two_fields_and_half_a_pair_is_kept_as_it_is() -> None:
    legacy = Profile.of_fields("work", {"api_key": "pk_a:sk_a"})
    assert (legacy.public_key, legacy.secret_key, legacy.api_key) == ("pk_a", Secret("sk_a"), Secret(""))
    for key in ("pk_a:sk_b:c", "pk_a:sk_b:", "pk_a"):
        other = Profile.of_fields("work", {"api_key": key})
        assert (other.public_key, other.secret_key, other.api_key) == ("", Secret(""), Secret(key))
    login = Profile.of_fields("work", LOGIN | {"api_key": "pk_a:sk_a"})
    assert (login.public_key, login.api_key) == ("", Secret("pk_a:sk_a"))
    half = {"name": "work", "public_key": "pk_a", "api_key": "legacy"}
    assert Profile.of_fields("work", half).fields() == half
    both = {"name": "work", "public_key": "pk_a", "api_key": "pk_b:sk_b"}
    assert Profile.of_fields("work", both).fields() == {"name": "work", "public_key": "pk_b", "secret_key": "sk_b"}


def test_the_name_of_a_profile_is_no_field_that_is_not_known() -> None:
    assert Profile.of_fields("work", LOGIN | {"shape": "round"}).others == {"shape": "round"}


def test_what_is_not_said_of_a_login_is_not_recorded() -> None:
    standard = Profile.of_standard_login("work", "https://id.example.test", "me")
    assert (standard.scope, standard.expires_at) == ("", "")
    assert Profile.of_promptvm_login("work", "https://api.promptvm.ai").expires_at == ""


def test_a_profile_that_is_not_there_says_so() -> None:
    absent = Profile.of_fields("work", None)
    assert absent == Profile.absent("work")
    assert not absent.recorded
    assert absent.shown_base_url == "https://api.promptvm.ai"
    assert (absent.kind, absent.user, absent.is_login, absent.has_keys) == ("", "", False, False)


def test_no_profile_shows_its_keys() -> None:
    shown = repr(
        Profile.of_fields("work", PAIR | {"api_key": "marker-1", "secret_key": "marker-2", "more": "marker-3"})
    )
    assert "marker" not in shown


def test_the_kind_of_a_profile_is_how_it_signs_in() -> None:
    assert Profile.of_fields("work", LOGIN).kind == "oauth"
    assert Profile.of_fields("work", PAIR).kind == "api_key"
    assert Profile.of_fields("work", {"public_key": "pk_a"}).kind == "api_key"
    assert Profile.of_fields("work", {"api_key": "legacy"}).kind == "api_key"


def test_the_user_is_shown_by_e_mail_address_and_without_one_by_id() -> None:
    assert Profile.of_fields("work", LOGIN).user == "ada@example.test"
    assert Profile.of_fields("work", LOGIN | {"user_email": ""}).user == "u1"


def test_a_logout_takes_keys_and_expiry_and_leaves_the_rest() -> None:
    left = Profile.of_fields("work", LOGIN | PAIR | {"api_key": "legacy", "auth_type": "oauth"}).signed_out().fields()
    assert left == {name: text for name, text in LOGIN.items() if name not in {"expires_at", "token_ref"}}


@pytest.mark.parametrize(
    ("older", "change", "another"),
    [
        (LOGIN, {}, False),
        (LOGIN, {"expires_at": "2031-01-01T00:00:00Z", "user_email": "new@example.test"}, False),
        (LOGIN, {"base_url": "https://api.promptvm.ai/v2"}, False),
        (LOGIN, {"base_url": "https://staging-api.promptvm.ai"}, True),
        (LOGIN, {"user_id": "u2"}, True),
        (LOGIN, {"user_id": ""}, True),
        (OTHER, {"scope": "write"}, False),
        (OTHER, {"issuer": "https://other.example.test"}, True),
        (OTHER, {"client_id": "another"}, True),
    ],
)
def test_another_server_client_or_user_is_another_login(
    older: dict[str, str], change: dict[str, str], another: bool
) -> None:
    newer = Profile.of_fields("work", older | change)
    assert Profile.of_fields("work", older).is_another_login(newer) is another
    assert not Profile.absent("work").is_another_login(newer)


def test_a_recorded_login_without_a_server_belongs_to_the_one_that_it_is_renewed_at() -> None:
    older = Profile.of_fields("work", LOGIN | {"base_url": ""})
    assert not older.is_another_login(Profile.of_fields("work", LOGIN))


def test_each_shape_of_a_login_records_what_it_is_told() -> None:
    standard = Profile.of_standard_login("work", "https://h", "me", scope="read", expires_at="2030-01-01T00:00:00Z")
    assert standard.fields() == {
        "name": "work",
        "base_url": "https://h",
        "environment": "live",
        "auth_type": "oauth",
        "expires_at": "2030-01-01T00:00:00Z",
        "issuer": "https://h",
        "client_id": "me",
        "scope": "read",
    }
    promptvm = Profile.of_promptvm_login("work", "https://staging-api.h", expires_at="2030-01-01T00:00:00Z")
    assert promptvm.fields() == {
        "name": "work",
        "base_url": "https://staging-api.h",
        "environment": "staging",
        "auth_type": "oauth",
        "token_ref": "promptvm-cli:work",
        "expires_at": "2030-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("fields", "signed_in"),
    [
        ({"auth_type": "oauth", "token_ref": "promptvm-cli:work", "expires_at": "2030-12-31T23:59:59Z"}, True),
        ({"auth_type": "oauth", "expires_at": "2030-12-31T23:59:59Z"}, True),
        ({"auth_type": "oauth", "token_ref": "promptvm-cli:work"}, None),
        ({"auth_type": "oauth", "issuer": "https://id.example.test"}, None),
        ({"auth_type": "oauth"}, False),
        ({"auth_type": "oauth", "api_key": "ignored"}, False),
        ({"api_key": "used"}, True),
        ({"public_key": "pk_1", "secret_key": "sk_1", "auth_type": "api_key"}, True),
        ({"auth_type": "api_key"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_profile_says_whether_somebody_is_signed_in(fields: dict[str, str] | None, signed_in: bool | None) -> None:
    assert Profile.of_fields("work", fields).signed_in is signed_in


def test_the_digest_of_a_profile_is_of_what_it_says_of_its_login_and_stays_as_it_is_on_disk() -> None:
    login = Profile("work", base_url="https://h", auth_type="oauth", user_id="ada", expires_at="2030-01-01T00:00:00Z")
    said = "https://h\n\nada\n2030-01-01T00:00:00Z"

    assert login.digest == sha256(said.encode()).hexdigest()
    assert login._replace(organization="acme").digest == login.digest
    others = [login._replace(base_url="x"), login._replace(user_id="x"), login._replace(client_id="x")]
    assert len({profile.digest for profile in [login, *others, login._replace(expires_at="x")]}) == 5
    assert Profile.absent("work").digest == ""
