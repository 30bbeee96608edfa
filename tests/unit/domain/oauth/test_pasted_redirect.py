"""What a person may paste, as far as it is text."""

import pytest
from promptvm_oauth.domain.oauth.pasted_redirect import MAX_PASTE, read_paste
from promptvm_oauth.ports.secret import Secret

REDIRECT_URI = "http://127.0.0.1:49152/callback"
QUERY = "code=pvm_code_" + "a" * 60 + "&state=kY3_-x~." + "b" * 30
URL = f"{REDIRECT_URI}?{QUERY}"


def wrapped(text: str, width: int, left: str = "", right: str = "") -> str:
    return "\n".join(f"{left}{text[i : i + width]:<{width}}{right}" for i in range(0, len(text), width))


@pytest.mark.parametrize("code", ["pvm_code_abc", "code=pvm_code_abc", "code=a&state=b", "?code=a&state=b", "pvm code"])
def test_a_bare_code_is_refused_and_the_whole_address_asked_for(code: str) -> None:
    pasted = read_paste(code, REDIRECT_URI)
    assert not pasted.query
    assert "whole address" in pasted.problem
    assert "pvm_code" not in pasted.problem


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:49152/callback",
        "http://127.0.0.2:49152/callback",
        "http://evil.test/callback",
        "http://127.0.0.1:49152@evil.test/callback",
        "http://127.0.0.1:49153/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:49152/callback/",
        "http://127.0.0.1:49152/CALLBACK",
        "http://127.0.0.1:49152/",
        "http://127.0.0.1:49152//callback",
        "https://127.0.0.1:49152/callback",
        "HTTP://127.0.0.1:49152/callback",
    ],
)
def test_another_host_port_path_or_scheme_is_refused(address: str) -> None:
    pasted = read_paste(f"{address}?{QUERY}", REDIRECT_URI)
    assert not pasted.query
    assert REDIRECT_URI in pasted.problem
    assert "pvm_code" not in pasted.problem


@pytest.mark.parametrize(
    "text",
    [
        URL,
        f"{URL}\n",
        f"  {URL}  \r\n",
        f"\ufeff{URL}",
        f"<{URL}>",
        f'"{URL}"',
        f"'{URL}'",
        f"`{URL}`",
        f"\u201c{URL}\u201d",
        f"\u00ab{URL}\u00bb",
        f"{URL}#",
        f"{URL}#_=_",
        f"{URL}\u200b",
        wrapped(URL, 20),
        wrapped(URL, 20).replace("\n", "\r\n"),
        wrapped(URL, 20, left="> "),
        wrapped(URL, 20, left="| ", right=" |"),
        wrapped(URL, 20, left="\u2502 ", right=" \u2502"),
        "\u256d" + "\u2500" * 22 + "\u256e\n" + wrapped(URL, 20, left="\u2502 ", right=" \u2502"),
        f"+{'-' * 22}+\n{wrapped(URL, 20, left='| ', right=' |')}\n+{'-' * 22}+",
        f"\x1b[200~{URL}\x1b[201~\n",
    ],
)
def test_what_terminals_and_chats_add_is_taken_away(text: str) -> None:
    pasted = read_paste(text, REDIRECT_URI)
    assert (pasted.query.reveal(), pasted.problem) == (QUERY, "")


def test_a_last_line_of_dashes_belongs_to_the_address() -> None:
    assert read_paste(f"{URL}\n--_-", REDIRECT_URI).query.reveal() == f"{QUERY}--_-"


@pytest.mark.parametrize("text", ["pvm_code_abc#kY3state", "http://pvm_code_abc#kY3state"])
def test_a_code_with_its_state_behind_a_number_sign_is_not_taken(text: str) -> None:
    pasted = read_paste(text, REDIRECT_URI)
    assert not pasted.query
    assert pasted.problem
    assert "pvm_code" not in pasted.problem


def test_escape_sequences_are_dropped_and_never_repeated() -> None:
    hostile = f"\x1b[2J\x1b]0;title\x07\x1b]8;;http://evil.test\x1b\\{URL}\x1bc\n"
    assert read_paste(hostile, REDIRECT_URI).query.reveal() == QUERY
    assert "\x1b" not in read_paste("\x1b[31mrm -rf ~\x1b]0;x", REDIRECT_URI).problem


def test_a_paste_is_capped() -> None:
    pasted = read_paste(f"{REDIRECT_URI}?code={'x' * MAX_PASTE}", REDIRECT_URI)
    assert not pasted.query
    assert str(MAX_PASTE) in pasted.problem


@pytest.mark.parametrize("text", ["", "\n", " \r\n", "\x1b[A", "\ufeff"])
def test_nothing_at_all_is_no_problem(text: str) -> None:
    assert read_paste(text, REDIRECT_URI) == (Secret(""), "")


@pytest.mark.parametrize("text", [REDIRECT_URI, f"{REDIRECT_URI}?", f"{REDIRECT_URI}?#code=a"])
def test_an_address_without_its_query_was_cut_off(text: str) -> None:
    pasted = read_paste(text, REDIRECT_URI)
    assert not pasted.query
    assert "incomplete" in pasted.problem


def test_letters_that_no_address_has_are_refused() -> None:
    assert read_paste(f"{REDIRECT_URI}?code=\u0441&state=x", REDIRECT_URI).problem.endswith("not allowed in an address")


def test_the_last_letter_of_an_address_is_kept() -> None:
    for letter in "Xx'":
        assert read_paste(f"'{URL}{letter}'", REDIRECT_URI).query.reveal() == f"{QUERY}{letter.strip(chr(39))}"


@pytest.mark.parametrize("character", ["\u0301", "\u0663", "é"])
def test_a_mark_or_a_digit_of_another_script_is_not_passed_over(character: str) -> None:
    pasted = read_paste(f"{URL}{character}", REDIRECT_URI)
    assert not pasted.query
    assert pasted.problem == "the address has characters that are not allowed in an address"


def test_nothing_shows_what_was_pasted() -> None:
    assert "pvm_code" not in repr(read_paste(Secret(URL), REDIRECT_URI))
