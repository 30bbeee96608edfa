"""A login at a standard server is repeated and renewed as it was made, without naming anything again."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve
from promptvm_oauth import AuthorizationServer, InvalidUrl
from promptvm_oauth.testing.http import json_response

from .test_standard_login import GRANT, ISSUER, StandardRig

if TYPE_CHECKING:
    from .conftest import Rig

ELSEWHERE = "https://elsewhere.test"


@pytest.fixture
def standard(rig: "Rig") -> StandardRig:
    return StandardRig(rig)


def later(standard: StandardRig) -> Any:
    """Returns a client as a later process has it, which names neither server nor options."""
    return standard.fakes.make(http=standard.server, base_url=None, app_url=None)


def asked(standard: StandardRig, client: Any) -> dict[str, list[str]]:
    pending = standard.call("begin_login", "work", redirect_uri="http://127.0.0.1:5000/callback", client=client)
    return parse_qs(urlsplit(str(pending.authorize_url)).query)


def test_trusted_origins_are_remembered_for_refresh_logout_and_the_next_login(standard: StandardRig) -> None:
    standard.server.metadata["userinfo_endpoint"] = f"{ELSEWHERE}/userinfo"
    standard.client = standard.make(trusted_origins=[ELSEWHERE])
    standard.login("work")
    recorded = standard.fakes.profiles.load("work") or {}
    assert recorded["trusted_origins"] == ELSEWHERE

    standard.fakes.clock.advance(2 * 3600)
    standard.server.token = json_response(200, GRANT | {"access_token": "access-2"})
    assert standard.call("access_token", "work", client=later(standard)) == "access-2"
    assert asked(standard, later(standard))["client_id"] == ["app"]
    result = standard.call("logout", "work", client=later(standard))
    assert (result.revoked, result.reason) == (True, "")


def test_origins_that_are_named_replace_the_remembered_ones(standard: StandardRig) -> None:
    standard.client = standard.make(trusted_origins=[ELSEWHERE])
    standard.login("work")
    standard.client = standard.make(trusted_origins=["https://other.test"])
    standard.login("work")

    assert (standard.fakes.profiles.load("work") or {})["trusted_origins"] == "https://other.test"


def test_a_remembered_origin_that_must_not_be_trusted_is_refused(standard: StandardRig) -> None:
    standard.login("work")
    fields = dict(standard.fakes.profiles.load("work") or {})
    standard.fakes.profiles.save("work", fields | {"trusted_origins": "http://evil.test"})

    with pytest.raises(InvalidUrl):
        standard.call("refresh", "work", client=later(standard))


def test_what_was_asked_is_asked_again_and_not_what_was_granted(standard: StandardRig) -> None:
    standard.client = standard.make(scope="read offline_access")
    standard.login("work", scope="dummy")
    recorded = standard.fakes.profiles.load("work") or {}
    assert (recorded["scope"], recorded["asked_scope"]) == ("dummy", "read offline_access")

    assert asked(standard, later(standard))["scope"] == ["read offline_access"]
    assert asked(standard, standard.make(scope="write"))["scope"] == ["write"]


def test_a_profile_without_the_asked_scope_asks_for_the_granted_one(standard: StandardRig) -> None:
    standard.login("work")
    fields = dict(standard.fakes.profiles.load("work") or {})
    del fields["asked_scope"]
    standard.fakes.profiles.save("work", fields)

    assert asked(standard, later(standard))["scope"] == ["read"]


def test_prompt_and_parameters_are_asked_again_unless_a_login_names_others(standard: StandardRig) -> None:
    fakes = standard.fakes
    fakes.profiles.save(
        "work",
        {"issuer": ISSUER, "client_id": "app", "auth_type": "oauth", "prompt": "consent"}
        | {"authorize_parameters": "access_type=offline&audience=https%3A%2F%2Fapi.test&empty="},
    )

    query = asked(standard, later(standard))
    assert (query["prompt"], query["access_type"], query["audience"]) == (
        ["consent"],
        ["offline"],
        ["https://api.test"],
    )
    pending = standard.call(
        "begin_login",
        "work",
        redirect_uri="http://127.0.0.1:5000/callback",
        prompt="login",
        authorize_parameters={"audience": "b"},
        client=later(standard),
    )
    query = parse_qs(urlsplit(str(pending.authorize_url)).query)
    assert (query["prompt"], query["audience"], query.get("access_type")) == (["login"], ["b"], None)


def test_what_a_login_asked_for_is_recorded(standard: StandardRig) -> None:
    standard.login("work")
    server = AuthorizationServer.standard(
        ISSUER,
        "app",
        authorization_endpoint=f"{ISSUER}/authorize",
        token_endpoint=f"{ISSUER}/token",
        scope="read",
    )
    options: dict[str, Any] = {
        "prompt": "consent",
        "authorize_parameters": {"audience": "https://api.test", "b": "c d"},
    }
    standard.client = standard.make(server=evolve(server, **options), issuer=None, client_id=None, scope=None)
    standard.login("work")

    recorded = standard.fakes.profiles.load("work") or {}
    assert (recorded["prompt"], recorded["asked_scope"]) == ("consent", "read")
    assert recorded["authorize_parameters"] == "audience=https%3A%2F%2Fapi.test&b=c+d"
    assert "trusted_origins" not in recorded
