"""Unpredictable text, made from the server's random bytes."""

from base64 import urlsafe_b64encode
from collections.abc import Callable

USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""The letters of user codes (RFC 8628 §6.1): no vowels, so that no words appear, and no digits."""

RANDOM_BYTES = 32


def random_text(random: Callable[[int], bytes]) -> str:
    """Returns 256 random bits as 43 URL-safe characters."""
    return urlsafe_b64encode(random(RANDOM_BYTES)).rstrip(b"=").decode()


def random_hex(random: Callable[[int], bytes], count: int) -> str:
    """Returns `count` random bytes in hexadecimal."""
    return random(count).hex()


def random_user_code(random: Callable[[int], bytes]) -> str:
    """Returns a user code such as `WDJB-MJHT`: eight letters, 34 bits (RFC 8628 §6.1)."""
    number = int.from_bytes(random(RANDOM_BYTES), "big")
    letters: list[str] = []
    for _ in range(8):
        number, choice = divmod(number, len(USER_CODE_LETTERS))
        letters.append(USER_CODE_LETTERS[choice])
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"
