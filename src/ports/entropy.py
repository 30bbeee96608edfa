"""The entropy port: random bytes and jitter, so that tests are deterministic."""

from typing import Protocol


class Entropy(Protocol):
    """A source of randomness."""

    def random_bytes(self, count: int) -> bytes:
        """Returns `count` unpredictable bytes, fit for secrets (RFC 7636 §7.1)."""
        ...

    def jitter(self) -> float:
        """Returns a number in the range 0 <= x < 1, for spreading load; not for secrets."""
        ...
