import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.oauth.pkce import METHOD, challenge, generate_verifier, new_state
from promptvm_oauth.ports.secret import Secret

UNRESERVED = set(string.ascii_letters + string.digits + "-._~")
# RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
OCTETS = bytes([
    116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186,
    22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
])  # fmt: skip


def test_the_example_of_the_rfc_comes_out() -> None:
    assert generate_verifier(lambda count: OCTETS[:count]) == VERIFIER
    assert challenge(VERIFIER) == CHALLENGE


def test_a_challenge_takes_a_secret_as_well_as_text() -> None:
    any_challenge: Any = challenge
    assert any_challenge(Secret(VERIFIER)) == CHALLENGE


def test_only_s256_is_offered() -> None:
    assert METHOD == "S256"


def test_each_verifier_and_each_state_is_fresh_and_carries_256_bits() -> None:
    asked: list[int] = []

    def random_bytes(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    generate_verifier(random_bytes)
    new_state(random_bytes)
    assert min(asked) * 8 >= 256
    assert generate_verifier() != generate_verifier()
    assert new_state() != new_state()


@given(st.binary(min_size=32, max_size=32))
def test_any_randomness_gives_a_valid_verifier_and_a_state_that_needs_no_escape(random: bytes) -> None:
    verifier = generate_verifier(lambda _: random)
    assert 43 <= len(verifier) <= 128
    assert set(verifier) <= UNRESERVED
    assert len(challenge(verifier)) == 43
    assert set(new_state(lambda _: random)) <= UNRESERVED


@pytest.mark.parametrize(
    ("verifier", "valid"),
    [
        ("a" * 42, False),
        ("a" * 43, True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("-._~" * 11, True),
        ("", False),
        ("a" * 42 + "=", False),
        ("a" * 42 + "+", False),
        ("a" * 42 + " ", False),
        ("a" * 42 + "\n", False),
        ("a" * 42 + "é", False),
        ("a" * 42 + "٣", False),
    ],
)
def test_a_verifier_is_43_to_128_unreserved_characters(verifier: str, *, valid: bool) -> None:
    if valid:
        assert challenge(verifier)
    else:
        with pytest.raises(ValueError, match="43 to 128"):
            challenge(verifier)
