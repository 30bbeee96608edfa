"""Randomness from the operating system."""

import os


class SystemEntropy:
    """Unpredictable bytes, and jitter from the same source, since importing `random` takes time."""

    def random_bytes(self, count: int) -> bytes:
        """Returns `count` unpredictable bytes (RFC 7636 §7.1)."""
        return os.urandom(count)

    def jitter(self) -> float:
        """Returns a number in the range 0 <= x < 1."""
        return (int.from_bytes(os.urandom(7), "big") >> 3) * 2.0**-53
