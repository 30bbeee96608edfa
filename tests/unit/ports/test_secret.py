import copy
import pickle

import pytest
from promptvm_oauth.ports.secret import Secret

TEXT = "marker-secret-text"


def test_a_secret_gives_its_text_only_when_asked() -> None:
    assert Secret(TEXT).reveal() == TEXT


@pytest.mark.parametrize(
    "shown",
    [repr(Secret(TEXT)), str(Secret(TEXT)), f"{Secret(TEXT)}", f"{Secret(TEXT):>40}", f"{Secret(TEXT)!r}"],
    ids=["repr", "str", "format", "format spec", "conversion"],
)
def test_nothing_that_prints_a_secret_shows_it(shown: str) -> None:
    assert TEXT not in shown
    assert "***" in shown


def test_containers_show_only_placeholders() -> None:
    assert TEXT not in repr([Secret(TEXT), {"token": Secret(TEXT)}, (Secret(TEXT),)])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused_without_showing_the_text(protocol: int) -> None:
    with pytest.raises(TypeError) as refused:
        pickle.dumps(Secret(TEXT), protocol)
    assert TEXT not in str(refused.value)


def test_a_secret_of_a_secret_is_the_same_secret() -> None:
    assert Secret(Secret(TEXT)).reveal() == TEXT


def test_secrets_compare_by_their_text_and_never_with_plain_text() -> None:
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret(TEXT + "x")
    assert Secret(TEXT) != TEXT
    assert Secret(TEXT) not in {TEXT, None}


@pytest.mark.parametrize("text", ["", "é", "\N{SNOWMAN}", "\ud800", "\0"])
def test_any_text_can_be_compared(text: str) -> None:
    assert Secret(text) == Secret(text)
    assert Secret(text) != Secret(text + "a")


def test_equal_secrets_hash_alike_and_unlike_their_text() -> None:
    assert hash(Secret(TEXT)) == hash(Secret(TEXT))
    assert hash(Secret(TEXT)) != hash(TEXT)


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("x")


def test_copies_are_the_secret_itself() -> None:
    secret = Secret(TEXT)
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"token": secret})["token"] is secret


def test_a_secret_holds_nothing_that_vars_would_show() -> None:
    with pytest.raises(TypeError):
        vars(Secret(TEXT))
