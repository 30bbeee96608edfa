"""The login in two halves, for front ends that receive the redirect themselves."""

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from promptvm_oauth import (
    AccessDenied,
    AuthorizationServer,
    CallbackRejected,
    ConfigurationError,
    InvalidProfileName,
    InvalidUrl,
    LoginTimeout,
    OAuthError,
    PendingLogin,
    TransportError,
)
from promptvm_oauth.devserver.faults import Answer, Drop

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Rig

REDIRECT = "http://127.0.0.1:8000/callback"


def begin(rig: "Rig", profile: str | None = None) -> tuple[PendingLogin, str]:
    """Begin a login and let the person decide; give it, and the URL that the browser came back on."""
    pending = rig.call("begin_login", profile, redirect_uri=REDIRECT)
    return pending, rig.visit(pending.authorize_url)


def test_a_login_in_two_halves_stores_tokens_as_any_other(rig: "Rig") -> None:
    pending, came_back_on = begin(rig, "work")
    assert not rig.fields("work")

    result = rig.call("finish_login", pending, came_back_on)

    assert (result.profile, result.flow, result.store) == ("work", "browser", "memory")
    assert result.user.email == "ada@example.com"
    assert rig.call("access_token") == rig.fields("work")["access_token"]
    assert rig.profiles.active() == "work"
    assert rig.heard() == ["LoggedIn"]


def test_the_person_is_sent_away_with_pkce_state_and_the_exact_redirect_uri(rig: "Rig") -> None:
    pending: PendingLogin = rig.call("begin_login", redirect_uri=REDIRECT, device_name="the web shop")
    query = parse_qs(urlsplit(pending.authorize_url).query, strict_parsing=True)

    assert pending.authorize_url.startswith("https://app.promptvm.test/cli/authorize?")
    assert query["redirect_uri"] == [REDIRECT]
    assert query["state"] == [pending.state.reveal()]
    assert query["code_challenge_method"] == ["S256"]
    assert query["device_name"] == ["the web shop"]
    assert rig.server.log == ()


def test_a_pending_login_survives_a_restart_as_json(rig: "Rig") -> None:
    pending, came_back_on = begin(rig)
    imported = PendingLogin.from_json(pending.to_json())

    assert imported == pending
    assert rig.call("finish_login", imported, came_back_on, client=rig.make()).user.id == "usr_dev"


def test_a_pending_login_works_once(rig: "Rig") -> None:
    pending, came_back_on = begin(rig)
    rig.call("finish_login", pending, came_back_on)

    with pytest.raises(CallbackRejected, match="already finished"):
        rig.call("finish_login", pending, came_back_on)
    with pytest.raises(CallbackRejected, match="already finished"):
        rig.call("finish_login", PendingLogin.from_json(pending.to_json()), came_back_on)

    assert rig.server.count("token") == 1


def test_a_login_whose_exchange_failed_is_not_finished_again(rig: "Rig") -> None:
    pending, came_back_on = begin(rig)
    rig.server.queue_fault("token", Drop(acted=True))

    with pytest.raises(TransportError):
        rig.call("finish_login", pending, came_back_on)
    with pytest.raises(CallbackRejected, match="begin a new one"):
        rig.call("finish_login", pending, came_back_on)

    assert rig.server.count("token") == 1


@pytest.mark.parametrize(("age", "in_time"), [(600, True), (601, False), (-1, False)])
def test_a_pending_login_must_be_finished_within_ten_minutes(rig: "Rig", age: float, in_time: bool) -> None:
    rig.server.settings.code_lifetime = 3600
    pending, came_back_on = begin(rig)
    rig.clock.advance(age)

    if in_time:
        assert rig.call("finish_login", pending, came_back_on).user.id == "usr_dev"
    else:
        with pytest.raises(LoginTimeout):
            rig.call("finish_login", pending, came_back_on)
        assert rig.server.count("token") == 0


TAMPERED: "dict[str, Callable[[str], str]]" = {
    "another state": lambda url: url.replace("state=", "state=x"),
    "no state": lambda url: url.partition("state=")[0],
    "two states": lambda url: url + "&state=again",
    "two codes": lambda url: url + "&code=again",
    "broken encoding": lambda url: url.replace("code=", "code=%zz"),
    "another host": lambda url: url.replace("127.0.0.1", "localhost"),
    "another port": lambda url: url.replace(":8000", ":8001"),
    "another path": lambda url: url.replace("/callback", "/callback/"),
    "another scheme": lambda url: url.replace("http:", "https:"),
    "a fragment": lambda url: url.replace("?", "#"),
    "no query": lambda url: url.partition("?")[0],
    "the query alone": lambda url: url.partition("?")[2],
    "no code": lambda url: url.replace("code=", "co="),
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_a_callback_that_does_not_answer_the_login_is_rejected_and_the_real_one_still_lands(
    rig: "Rig", tamper: "Callable[[str], str]"
) -> None:
    pending, came_back_on = begin(rig)

    with pytest.raises(CallbackRejected) as caught:
        rig.call("finish_login", pending, tamper(came_back_on))

    assert pending.state.reveal() not in str(caught.value)
    assert rig.server.count("token") == 0
    assert rig.call("finish_login", pending, came_back_on).user.id == "usr_dev"


def test_a_person_who_denies_ends_it(rig: "Rig") -> None:
    rig.deny()
    pending, came_back_on = begin(rig)

    with pytest.raises(AccessDenied):
        rig.call("finish_login", pending, came_back_on)
    with pytest.raises(CallbackRejected):
        rig.call("finish_login", pending, came_back_on)

    assert not rig.fields()


def test_two_logins_at_once_do_not_take_each_others_callback(rig: "Rig") -> None:
    first, first_url = begin(rig, "first")
    second, second_url = begin(rig, "second")

    with pytest.raises(CallbackRejected):
        rig.call("finish_login", first, second_url)

    assert rig.call("finish_login", second, second_url).profile == "second"
    assert rig.call("finish_login", first, first_url).profile == "first"


def test_the_code_goes_only_to_the_server_that_both_the_login_and_the_client_belong_to(rig: "Rig") -> None:
    pending, came_back_on = begin(rig)
    members = json.loads(pending.to_json()) | {"base_url": "https://api.elsewhere.test"}

    with pytest.raises(CallbackRejected, match=r"api\.elsewhere\.test"):
        rig.call("finish_login", PendingLogin.from_json(json.dumps(members)), came_back_on)
    with pytest.raises(CallbackRejected, match=r"api\.elsewhere\.test"):
        rig.call("finish_login", pending, came_back_on, client=rig.make(base_url="https://api.elsewhere.test"))

    assert rig.server.count("token") == 0


def test_a_client_without_a_server_of_its_own_finishes_where_the_login_was_begun(rig: "Rig") -> None:
    pending, came_back_on = begin(rig)

    assert rig.call("finish_login", pending, came_back_on, client=rig.make(base_url=None)).user.id == "usr_dev"


def test_a_refused_code_is_an_error_of_the_server(rig: "Rig") -> None:
    pending, came_back_on = begin(rig)
    rig.server.queue_fault("token", Answer(400, {"error": "invalid_grant"}))

    with pytest.raises(OAuthError, match="invalid_grant"):
        rig.call("finish_login", pending, came_back_on)


@pytest.mark.parametrize(
    ("redirect_uri", "error"),
    [
        ("http://shop.example/callback", InvalidUrl),
        ("https://ada@shop.example/callback", InvalidUrl),
        ("javascript:alert(1)", InvalidUrl),
        ("/callback", InvalidUrl),
        ("", InvalidUrl),
        ("https://shop.example/callback?next=/", ConfigurationError),
        ("https://shop.example/callback#top", ConfigurationError),
    ],
)
def test_a_redirect_uri_that_must_not_be_used_begins_nothing(
    rig: "Rig", redirect_uri: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        rig.call("begin_login", redirect_uri=redirect_uri)


OWN_URI = "https://shop.example/promptvm/callback"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        OWN_URI,
        "http://127.0.0.1:8000/cb",
        "http://127.0.0.1:8000/callback/",
        "http://localhost:8000/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:0800/callback",
        "https://127.0.0.1:8000/callback",
    ],
)
def test_what_promptvms_server_would_refuse_is_refused_before_anybody_is_asked(rig: "Rig", redirect_uri: str) -> None:
    with pytest.raises(ConfigurationError, match=r"http://127\.0\.0\.1:PORT/callback.*redirect_uris=") as caught:
        rig.call("begin_login", redirect_uri=redirect_uri)

    assert redirect_uri in str(caught.value)
    pending: PendingLogin = rig.call("begin_login", redirect_uri=REDIRECT)
    elsewhere = pending.authorize_url.replace(quote(REDIRECT, safe=""), quote(redirect_uri, safe=""))
    with pytest.raises(ValueError, match="400"):
        rig.visit(elsewhere)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_redirect_uri_on_loopback_may_have_any_port(rig: "Rig", host: str) -> None:
    for port in (1, 65535):
        pending = rig.call("begin_login", redirect_uri=f"http://{host}:{port}/callback")
        assert rig.visit(pending.authorize_url).startswith(f"http://{host}:{port}/callback?code=")


def test_a_web_back_end_uses_the_redirect_uri_that_is_registered_for_it(rig: "Rig") -> None:
    rig.server.settings.redirect_uris = (OWN_URI,)
    client = rig.make()

    pending = rig.call("begin_login", "visitor", redirect_uri=OWN_URI, client=client)
    came_back_on = rig.visit(pending.authorize_url)
    assert came_back_on.startswith(f"{OWN_URI}?code=")
    assert rig.call("finish_login", pending, came_back_on, client=client).profile == "visitor"
    assert rig.call("access_token", "visitor", client=client) == rig.fields("visitor")["access_token"]

    with pytest.raises(ConfigurationError):
        rig.call("begin_login", redirect_uri=f"{OWN_URI}/", client=client)


def test_what_a_standard_server_has_registered_is_not_known(rig: "Rig") -> None:
    server = AuthorizationServer.standard(
        "https://id.example.test", "me", authorization_endpoint="https://id.example.test/a"
    )

    pending = rig.call("begin_login", redirect_uri=OWN_URI, client=rig.make(server=server))

    assert pending.redirect_uri == OWN_URI


def test_an_invalid_profile_name_begins_nothing(rig: "Rig") -> None:
    with pytest.raises(InvalidProfileName):
        rig.call("begin_login", "../x", redirect_uri=REDIRECT)


def exported(rig: "Rig") -> dict[str, object]:
    members: dict[str, object] = json.loads(rig.call("begin_login", redirect_uri=REDIRECT).to_json())
    return members


def test_json_that_is_not_an_export_is_refused_without_being_repeated(rig: "Rig") -> None:
    members = exported(rig)
    without = [{name: value for name, value in members.items() if name != left_out} for left_out in members]
    wrong: list[object] = [None, ["text"], {"a": 1}]
    changed = [members | {name: value} for name in members for value in [*wrong, "1" if name == "begun_at" else 1]]
    broken = ["", "null", "[]", "7", '"text"', "{", json.dumps(members)[:-1], "[" * 100_000]

    for text in [*broken, *map(json.dumps, without + changed)]:
        with pytest.raises(ConfigurationError) as caught:
            PendingLogin.from_json(text)
        assert str(members["verifier"]) not in str(caught.value)


@pytest.mark.parametrize("begun_at", ["NaN", "Infinity", "-Infinity", "1e999", "true"])
def test_an_export_whose_age_is_not_known_is_not_finished(rig: "Rig", begun_at: str) -> None:
    pending, came_back_on = begin(rig)
    text = pending.to_json().replace(str(pending.begun_at), begun_at)
    assert text != pending.to_json()

    with pytest.raises((ConfigurationError, LoginTimeout)):
        rig.call("finish_login", PendingLogin.from_json(text), came_back_on)

    assert rig.server.count("token") == 0


@pytest.mark.parametrize("profile", ["../../x", "a/b", "x" * 300])
def test_a_profile_name_that_was_tampered_with_reaches_no_store(rig: "Rig", profile: str) -> None:
    pending, came_back_on = begin(rig)
    members = json.loads(pending.to_json()) | {"profile": profile}

    with pytest.raises((ConfigurationError, InvalidProfileName)):
        rig.call("finish_login", PendingLogin.from_json(json.dumps(members)), came_back_on)

    assert rig.server.count("token") == 0


def test_its_repr_shows_neither_state_nor_verifier_nor_url(rig: "Rig") -> None:
    pending, _ = begin(rig)

    for secret in (pending.state.reveal(), pending.verifier.reveal()):
        assert secret not in repr(pending)
        assert secret in pending.to_json()
