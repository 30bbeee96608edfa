"""Randomness that is the same in every run."""

from hashlib import shake_256


class FakeEntropy:
    """Bytes that differ from call to call and repeat from run to run.

    Args:
        seed: each seed has its own sequence of bytes.
        jitter: what `jitter` returns.
    """

    def __init__(self, seed: int = 0, *, jitter: float = 0.0) -> None:
        self._seed = seed
        self._jitter = jitter
        self._calls = 0

    def random_bytes(self, count: int) -> bytes:
        """Returns the next `count` bytes."""
        self._calls += 1
        return shake_256(f"{self._seed}:{self._calls}".encode()).digest(count)

    def jitter(self) -> float:
        """Returns the same number at each call."""
        return self._jitter
