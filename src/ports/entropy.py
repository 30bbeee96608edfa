"""The entropy port: random bytes and jitter, so that tests are deterministic."""

from typing import Protocol


class Entropy(Protocol):
    """Randomness."""

    def random_bytes(self, count: int) -> bytes:
        """Give `count` bytes that nobody can predict (RFC 7636 §7.1)."""
        ...

    def jitter(self) -> float:
        """Give a number from 0 up to but not including 1, for spreading load; not for secrets."""
        ...
