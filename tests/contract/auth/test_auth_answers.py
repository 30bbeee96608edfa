"""What an API may answer instead of a plain success, for every client of every library and an auth of either face."""

import io
import json
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from promptvm_oauth import RefreshRejected

if TYPE_CHECKING:
    from promptvm_oauth.devserver.exchange import Reply
    from promptvm_oauth.devserver.faults import Act

    from .conftest import Rig

FILES = "https://files.promptvm.test"
ELSEWHERE = "https://elsewhere.test"
PROTECTED = "/api/v1/protected"
INVALID = 'Bearer realm="api", error="invalid_token"'
SCOPE = 'Bearer error="insufficient_scope", scope="admin"'


class SameToken:
    """The server processes a refresh and answers with the access token that is in force already."""

    def __init__(self, rig: "Rig") -> None:
        self.token = rig.promptvm.fields()["access_token"]

    def strike(self, act: "Act") -> "Reply":
        reply = act()
        return evolve(reply, body=json.dumps(json.loads(reply.body) | {"access_token": self.token}).encode())


def make_key_pair(rig: "Rig") -> None:
    fields = {"base_url": "https://api.promptvm.test", "auth_type": "api_key"}
    rig.promptvm.profiles.save("default", {**fields, "public_key": "pk_1", "secret_key": "sk_1"})
    rig.auth = rig.client.auth("default")


def test_a_second_401_is_returned_as_it_is_after_two_sends_and_one_refresh(rig: "Rig") -> None:
    rig.refuse(401, INVALID, times=3)

    assert rig.send().status == 401
    assert len(rig.api.seen) == 2
    assert rig.refreshes == 1
    assert rig.tokens[1] == rig.stored != rig.tokens[0]


def test_where_the_server_grants_the_same_token_again_one_401_costs_one_refresh_and_no_useless_request(
    rig: "Rig",
) -> None:
    rig.refuse(401, INVALID, times=2)
    rig.promptvm.server.queue_fault("token", *[SameToken(rig)] * 2)

    assert rig.send().status == 401
    assert (len(rig.api.seen), rig.refreshes) == (1, 1)


def test_a_body_in_memory_is_sent_again_whole(rig: "Rig") -> None:
    rig.revoke_early()

    assert rig.send("POST", body=b"some bytes").status == 200
    assert [seen.body for seen in rig.api.seen] == [b"some bytes", b"some bytes"]


def test_a_streaming_body_is_not_sent_again_and_the_new_token_serves_the_next_request(rig: "Rig") -> None:
    rig.revoke_early()

    assert rig.send("POST", body=rig.stream(b"1", b"2")).status == 401
    assert (len(rig.api.seen), rig.refreshes) == (1, 1)
    assert rig.send("POST", body=rig.stream(b"1", b"2")).status == 200
    assert rig.tokens[1] == rig.stored
    assert rig.refreshes == 1


def test_a_file_is_wound_back_by_requests_and_not_sent_again_by_the_others(rig: "Rig") -> None:
    rig.revoke_early()
    file = io.BytesIO(b"skipped, sent")
    file.seek(9)
    winds_back = rig.kind == "requests.Session"
    body = file if rig.blocking else rig.stream(file.read())

    assert rig.send("POST", body=body).status == (200 if winds_back else 401)
    assert [seen.body for seen in rig.api.seen] == [b"sent"] * (2 if winds_back else 1)


@pytest.mark.parametrize(("status", "challenge"), [(401, SCOPE), (403, SCOPE), (403, "")])
def test_what_a_new_token_would_not_cure_is_reported_and_not_refreshed(rig: "Rig", status: int, challenge: str) -> None:
    rig.refuse(status, challenge)

    assert rig.send().status == status
    assert (len(rig.api.seen), rig.refreshes) == (1, 0)
    assert [(event.profile, event.status, event.scope) for event in rig.steps_up] == [
        ("default", status, "admin" if challenge else "")
    ]


def test_other_refusals_stand_and_report_nothing(rig: "Rig") -> None:
    rig.refuse(401, 'Bearer error="invalid_request"')

    assert rig.send().status == 401
    assert (len(rig.api.seen), rig.refreshes, rig.steps_up) == (1, 0, [])


def test_twenty_parallel_401s_make_one_refresh_and_all_go_on_with_the_new_token(rig: "Rig") -> None:
    rig.send()
    stale = rig.stored
    rig.api.seen.clear()
    rig.revoke_early()
    rig.gate = 20

    answers = rig.send_all(20)

    assert [answer.status for answer in answers] == [200] * 20
    assert rig.refreshes == 1
    assert sorted(map(str, rig.tokens)) == sorted([stale] * 20 + [rig.stored] * 20)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_takes_the_token_away(rig: "Rig", status: int) -> None:
    rig.api.redirects["/away"] = (status, f"{ELSEWHERE}/landing")

    assert rig.send(url="/away").body == b"landed"
    assert rig.tokens == [rig.stored, None]
    assert rig.organizations == [rig.organization, None]


@pytest.mark.parametrize("status", [302, 307])
def test_the_organization_goes_where_the_token_goes_and_nowhere_else(rig: "Rig", status: int) -> None:
    rig.auth = rig.client.auth(origins=[FILES])
    rig.api.redirects |= {
        "/near": (status, PROTECTED),
        "/far": (status, f"{FILES}/away"),
        "/away": (status, f"{ELSEWHERE}/landing"),
    }
    assert rig.send(url="/near").status == 200
    assert rig.organizations == [rig.organization] * 2

    rig.revoke_early()
    assert rig.send(url="/near").status == 200
    assert rig.organizations[2:] == [rig.organization] * 3

    rig.api.seen.clear()
    assert rig.send(url="/far").body == b"landed"
    assert rig.organizations[0] == rig.organization
    assert (rig.api.seen[-1].origin, rig.tokens[-1], rig.organizations[-1]) == (ELSEWHERE, None, None)


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_to_another_origin_takes_the_keys_away(rig: "Rig", status: int) -> None:
    make_key_pair(rig)
    rig.api.redirects["/away"] = (status, f"{ELSEWHERE}/landing")

    assert rig.send(url="/away").body == b"landed"
    here, there = rig.api.seen
    assert (here.headers["x-promptvm-public-key"], here.headers["x-promptvm-secret-key"]) == ("pk_1", "sk_1")
    assert not {name for name in there.headers if "promptvm" in name or name == "authorization"}


def test_a_redirect_after_a_retry_takes_the_token_away_as_well(rig: "Rig") -> None:
    rig.revoke_early()
    rig.api.redirects["/away"] = (307, f"{ELSEWHERE}/landing")
    rig.api.redirects["/near"] = (307, PROTECTED)
    assert rig.send(url="/near").status == 200

    assert rig.send(url="/away").body == b"landed"
    assert rig.api.seen[-1].token is None
    assert "sk_1" not in str(rig.api.seen)


def test_a_request_to_a_stranger_gets_no_token_and_its_401_causes_no_refresh(rig: "Rig") -> None:
    rig.api.stranger = (401, b"who are you")
    strange = f"{ELSEWHERE}/", f"{FILES}{PROTECTED}", "https://api.promptvm.test:8443/", "http://api.promptvm.test/"

    assert rig.send(url=strange[0]).status == 401
    assert rig.send().status == 200
    rig.api.seen.clear()
    for url in strange:
        assert rig.send(url=url).status == 401
    assert rig.tokens == [None] * len(strange)
    assert rig.refreshes == 0
    assert not any("x-org-id" in seen.headers for seen in rig.api.seen)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_behind_a_redirect_to_a_stranger_causes_nothing(rig: "Rig", status: int) -> None:
    rig.api.redirects["/away"] = (302, f"{ELSEWHERE}/landing")
    rig.api.stranger = (status, b"who are you")

    assert rig.send(url="/away").status == status
    assert (len(rig.api.seen), rig.refreshes, rig.steps_up) == (2, 0, [])


def test_a_redirect_within_the_api_keeps_the_token_and_a_refused_one_is_renewed_where_it_was_refused(
    rig: "Rig",
) -> None:
    rig.api.redirects["/near"] = (307, PROTECTED)
    assert rig.send(url="/near").status == 200
    assert rig.tokens == [rig.stored, rig.stored]

    rig.api.seen.clear()
    rig.revoke_early()
    assert rig.send("POST", url="/near", body=b"body").status == 200
    assert [seen.path for seen in rig.api.seen] == ["/near", PROTECTED, PROTECTED]
    assert rig.api.seen[-1].body == b"body"
    assert rig.refreshes == 1


def test_an_origin_that_the_embedder_names_gets_the_token_also_behind_a_redirect(rig: "Rig") -> None:
    rig.auth = rig.client.auth(origins=[FILES])
    assert rig.send(url=f"{FILES}{PROTECTED}").status == 200
    rig.api.redirects["/files"] = (302, f"{FILES}{PROTECTED}")

    assert rig.send(url="/files").status == 200
    assert rig.api.seen[-1].token == rig.stored
    assert rig.refreshes == 0


def test_a_key_pair_travels_in_headers_of_its_own_also_behind_a_redirect_within_the_api(rig: "Rig") -> None:
    make_key_pair(rig)
    rig.api.needs = "x-promptvm-secret-key"
    rig.api.redirects["/near"] = (307, PROTECTED)

    assert rig.send(url="/near").status == 200
    assert rig.send().status == 200
    assert rig.api.seen[-1].headers["x-promptvm-public-key"] == "pk_1"
    assert not any("authorization" in seen.headers or "x-org-id" in seen.headers for seen in rig.api.seen)


def test_a_refused_key_is_not_sent_again(rig: "Rig") -> None:
    make_key_pair(rig)
    rig.refuse(401, INVALID)

    assert rig.send().status == 401
    assert (len(rig.api.seen), rig.refreshes) == (1, 0)


def test_a_login_that_is_over_raises_from_the_request(rig: "Rig") -> None:
    rig.revoke_early()
    rig.promptvm.end_sessions()

    with pytest.raises(RefreshRejected):
        rig.send()
    assert len(rig.api.seen) == 1
