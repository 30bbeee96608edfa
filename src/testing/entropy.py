"""Randomness that is the same in every run."""

from hashlib import shake_256


class FakeEntropy:
    """Bytes that differ from call to call and repeat from run to run.

    Args:
        seed: another one gives other bytes.
        jitter: what `jitter` gives.
    """

    def __init__(self, seed: int = 0, *, jitter: float = 0.0) -> None:
        self._seed = seed
        self._jitter = jitter
        self._calls = 0

    def random_bytes(self, count: int) -> bytes:
        """Give the next `count` bytes."""
        self._calls += 1
        return shake_256(f"{self._seed}:{self._calls}".encode()).digest(count)

    def jitter(self) -> float:
        """Give the same number each time."""
        return self._jitter
