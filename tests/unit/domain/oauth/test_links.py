"""The opened and the shown link of one login: what each leads to, and when what it leads to is no longer accepted."""

from urllib.parse import parse_qs, urlsplit

import pytest
from promptvm_oauth import AccessDenied, AuthorizationServer
from promptvm_oauth.domain.oauth.authorization import VerifiedCode
from promptvm_oauth.domain.oauth.links import Link, Links
from promptvm_oauth.testing import FakeEntropy

SERVER = AuthorizationServer.promptvm("https://api.promptvm.test", "https://app.promptvm.test")


@pytest.fixture
def links() -> Links:
    return Links(SERVER, FakeEntropy().random_bytes)


def state(link: Link) -> str:
    return parse_qs(urlsplit(link.attempt.authorize_url("http://127.0.0.1:1/callback", "").reveal()).query)["state"][0]


def answer(link: Link, code: str = "c") -> str:
    return f"code={code}&state={state(link)}"


def test_each_link_has_its_own_state_and_verifier_and_is_answered_with_them(links: Links) -> None:
    assert state(links.opened) != state(links.shown)
    assert links.opened.attempt.verifier != links.shown.attempt.verifier
    for link in (links.opened, links.shown):
        found = links.accept(answer(link))
        assert isinstance(found, VerifiedCode)
        assert found.attempt is link.attempt


def test_a_refusal_is_an_answer_of_its_link(links: Links) -> None:
    for link in (links.opened, links.shown):
        assert isinstance(links.accept(f"error=access_denied&state={state(link)}"), AccessDenied)
    assert not links.refused


def test_the_shown_link_may_be_visited_as_often_as_the_user_likes(links: Links) -> None:
    assert [links.shown.admit() for _ in range(3)] == [True] * 3
    assert not links.shown.void
    assert links.accept(answer(links.shown))


def test_the_opened_link_works_once(links: Links) -> None:
    assert links.opened.admit()
    assert links.accept(answer(links.opened))


def test_a_second_visit_of_the_opened_link_ends_what_it_led_to_and_nothing_else(links: Links) -> None:
    assert [links.opened.admit(), links.opened.admit(), links.opened.admit()] == [True, False, False]
    assert links.accept(answer(links.opened)) is None
    assert links.accept(f"error=access_denied&state={state(links.opened)}") is None
    assert links.accept(answer(links.shown))


@pytest.mark.parametrize("use", ["opened", "shown", "refused"])
def test_links_are_unused_until_one_is_visited_or_an_answer_is_refused(links: Links, use: str) -> None:
    assert links.unused
    assert not links.refused
    if use == "refused":
        assert links.accept("code=c&state=guessed") is None
        assert links.refused
    else:
        (links.opened if use == "opened" else links.shown).admit()
    assert not links.unused
