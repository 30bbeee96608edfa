"""Where metadata is looked for, how long it is remembered, and what happens when the server does not answer."""

import json
from pathlib import Path

import pytest
from promptvm_oauth.adapters.files.metadata_cache import AwaitedMetadata, MemoryMetadata, MetadataFiles
from promptvm_oauth.adapters.stores.awaited import run_inline
from promptvm_oauth.domain.errors import InvalidMetadata, ServerUnavailable, TransportError
from promptvm_oauth.domain.use_cases.discovery import CachedMetadata, Discovery
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.testing.clock import FakeClock
from promptvm_oauth.testing.http import Answer, ScriptedHttp, json_response

ISSUER = "https://login.example.test/tenant"
FIRST = "https://login.example.test/.well-known/oauth-authorization-server/tenant"
SECOND = "https://login.example.test/tenant/.well-known/openid-configuration"
MEMBERS = {"issuer": ISSUER, "token_endpoint": "https://login.example.test/token"}
GOOD = json_response(200, MEMBERS, {"etag": '"v1"', "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT"})
NOT_FOUND = HttpResponse(404)


class Rig:
    """The use case on fakes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryMetadata()
        self.http = ScriptedHttp()

    def discover(self, *answers: Answer) -> dict[str, object]:
        self.http = ScriptedHttp(*answers)
        use_case = Discovery(self.http, self.clock, AwaitedMetadata(self.store, run_inline))
        found = run_blocking(use_case.run(ISSUER))
        assert self.http.unused == 0
        return dict(found)

    def asked(self) -> list[str]:
        return [request.url for request in self.http.requests]


def test_the_first_document_of_the_issuer_counts_alone() -> None:
    rig = Rig()
    assert rig.discover(NOT_FOUND, GOOD) == MEMBERS
    assert rig.asked() == [FIRST, SECOND]


def test_a_document_of_another_issuer_is_passed_over_and_nothing_of_it_is_used() -> None:
    other = json_response(200, {"issuer": "https://evil.test", "revocation_endpoint": "https://evil.test/r"})
    assert Rig().discover(other, GOOD) == MEMBERS


def test_if_no_document_is_the_issuers_the_one_that_was_found_is_named() -> None:
    other = json_response(200, {"issuer": f"{ISSUER}/"})
    with pytest.raises(InvalidMetadata, match="identical"):
        Rig().discover(other, NOT_FOUND, NOT_FOUND)


def test_what_is_cached_has_the_version_that_earlier_releases_wrote_and_shows_no_document() -> None:
    cached = CachedMetadata(FIRST, "the document", 1.0)
    assert json.loads(cached.to_json())["version"] == 1
    assert "the document" not in repr(cached)


@pytest.mark.parametrize("text", [None, "", "\ud800", '{"version": 1, "url": "\ud800"}'])
def test_what_is_no_text_of_the_cache_is_as_if_nothing_were_cached(text: str | None) -> None:
    assert CachedMetadata.from_json(text, ISSUER) is None


def test_a_redirect_is_not_followed() -> None:
    rig = Rig()
    redirect = HttpResponse(302, {"location": "https://evil.test/"})
    with pytest.raises(InvalidMetadata, match="HTTP status 302"):
        rig.discover(redirect, redirect, redirect)
    assert all(url.startswith("https://login.example.test/") for url in rig.asked())


def test_what_breaks_a_limit_of_the_connection_ends_it() -> None:
    with pytest.raises(TransportError, match="larger"):
        Rig().discover(TransportError("the answer is larger than it may be", status=200))


def test_a_server_in_trouble_is_for_later() -> None:
    with pytest.raises(ServerUnavailable):
        Rig().discover(NOT_FOUND, HttpResponse(503), NOT_FOUND)


def test_a_server_in_trouble_is_told_with_the_worst_status() -> None:
    with pytest.raises(ServerUnavailable) as caught:
        Rig().discover(HttpResponse(404), HttpResponse(500), HttpResponse(404))
    assert str(caught.value) == f"{ISSUER} cannot serve its metadata now (HTTP status 500)"
    assert (caught.value.code, caught.value.status) == ("", 500)


def test_where_nothing_is_found_the_status_of_the_first_place_is_told() -> None:
    with pytest.raises(InvalidMetadata, match=r"has no metadata: it answered with HTTP status 410$"):
        Rig().discover(HttpResponse(410), HttpResponse(404), HttpResponse(404))


def test_a_document_in_another_encoding_is_used_and_asked_for_again() -> None:
    rig = Rig()
    document = HttpResponse(200, {"content-type": "application/json"}, json.dumps(MEMBERS).encode("utf-16"))
    assert rig.discover(document) == MEMBERS
    assert rig.discover(document) == MEMBERS


def test_a_document_without_validators_is_asked_for_without() -> None:
    rig = Rig()
    rig.discover(json_response(200, MEMBERS, {"cache-control": "no-cache"}))
    rig.discover(json_response(200, MEMBERS), json_response(200, MEMBERS))
    assert not {"If-None-Match", "If-Modified-Since"} & {*rig.http.requests[0].headers}


def test_a_document_with_the_longest_age_is_fresh_at_once() -> None:
    rig = Rig()
    rig.discover(json_response(200, MEMBERS, {"cache-control": "max-age=999999999"}))
    assert rig.discover() == MEMBERS


def test_what_another_version_cached_is_not_used() -> None:
    cached = json.loads(CachedMetadata(FIRST, json.dumps(MEMBERS), 1.0).to_json())
    assert CachedMetadata.from_json(json.dumps(cached), ISSUER) is not None
    assert CachedMetadata.from_json(json.dumps(cached | {"version": 2}), ISSUER) is None


def test_a_fresh_document_is_not_asked_for_again() -> None:
    rig = Rig()
    rig.discover(GOOD)
    rig.clock.advance(3599)
    assert rig.discover() == MEMBERS


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("max-age=60", 60),
        ("public, Max-Age=60, immutable", 60),
        ("max-age=999999999", 86400),
        ("", 3600),
        ("no-cache", 0),
    ],
)
def test_a_document_is_fresh_for_as_long_as_the_server_says_within_a_day(control: str, seconds: int) -> None:
    rig = Rig()
    rig.discover(json_response(200, MEMBERS, {"cache-control": control}))
    if seconds:
        rig.clock.advance(seconds - 1)
        assert rig.discover() == MEMBERS
        rig.clock.advance(1)
    assert rig.discover(json_response(500, {})) == MEMBERS
    assert len(rig.http.requests) == 1


def test_a_document_that_has_changed_replaces_the_old_one() -> None:
    rig = Rig()
    rig.discover(GOOD)
    rig.clock.advance(4000)
    changed = json_response(200, {**MEMBERS, "token_endpoint": "https://login.example.test/new"})
    assert rig.discover(changed, changed)["token_endpoint"] == "https://login.example.test/new"
    assert rig.discover()["token_endpoint"] == "https://login.example.test/new"


def test_a_stale_document_is_asked_for_with_its_validators_and_kept_if_unchanged() -> None:
    rig = Rig()
    rig.discover(NOT_FOUND, GOOD)
    rig.clock.advance(4000)
    assert rig.discover(HttpResponse(304, {"cache-control": "max-age=100"})) == MEMBERS
    (request,) = rig.http.requests
    assert request.url == SECOND
    assert request.headers["If-None-Match"] == '"v1"'
    assert request.headers["If-Modified-Since"] == "Mon, 01 Jan 2024 00:00:00 GMT"
    rig.clock.advance(99)
    assert rig.discover() == MEMBERS


def test_a_stale_document_serves_while_the_server_is_not_reached() -> None:
    rig = Rig()
    rig.discover(GOOD)
    rig.clock.advance(4000)
    assert rig.discover(TransportError("no network")) == MEMBERS


def test_a_clock_that_went_back_does_not_keep_a_document_fresh() -> None:
    rig = Rig()
    rig.discover(GOOD)
    rig.clock.advance(-200_000)
    assert rig.discover(HttpResponse(304)) == MEMBERS


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({"version": 2, "url": FIRST, "document": json.dumps(MEMBERS), "fresh_until": 9e9}),
        json.dumps({"version": 1, "url": "https://evil.test", "document": "{}", "fresh_until": 9e9}),
        json.dumps({"version": 1, "url": FIRST, "document": "{}", "etag": "", "last_modified": "", "fresh_until": 9e9}),
        CachedMetadata(FIRST, json.dumps({**MEMBERS, "issuer": "https://evil.test"}), 9e9).to_json(),
        CachedMetadata(FIRST, json.dumps({**MEMBERS, "token_endpoint": "http://evil.test"}), 9e9).to_json(),
        CachedMetadata(FIRST, json.dumps(MEMBERS), 0.0).to_json().replace("0.0", "NaN"),
    ],
)
def test_what_is_remembered_is_checked_like_an_answer(stored: str) -> None:
    rig = Rig()
    rig.store.save(ISSUER, stored)
    assert rig.discover(GOOD) == MEMBERS
    assert rig.asked() == [FIRST]


def test_a_validator_that_would_break_a_header_is_not_sent() -> None:
    assert CachedMetadata(FIRST, "{}", 0.0, "a\r\nX: 1", "ok").validators() == {"If-Modified-Since": "ok"}


def test_files_remember_between_two_runs_and_forget_what_cannot_be_read(tmp_path: Path) -> None:
    files = MetadataFiles(tmp_path)
    assert files.load(ISSUER) is None
    files.save(ISSUER, "text €")
    assert MetadataFiles(tmp_path).load(ISSUER) == "text €"
    assert files.load("https://other.test") is None
    blocked = MetadataFiles("/dev/null")
    blocked.save(ISSUER, "text")
    assert blocked.load(ISSUER) is None
