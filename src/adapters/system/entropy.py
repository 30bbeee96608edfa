"""The randomness of the operating system."""

import os


class SystemEntropy:
    """Random bytes that nobody can predict, and jitter from the same source: `random` would cost an import."""

    def random_bytes(self, count: int) -> bytes:
        """Give `count` unpredictable bytes (RFC 7636 §7.1)."""
        return os.urandom(count)

    def jitter(self) -> float:
        """Give a number from 0 up to but not including 1."""
        return (int.from_bytes(os.urandom(7), "big") >> 3) * 2.0**-53
