"""How long to look again for what another program, which takes no lock, may be writing."""

from collections.abc import Iterator

from ..ports.timeouts import SECOND_LOOK, SECOND_LOOKS


def pauses() -> Iterator[float]:
    """Yields the seconds to wait before each further look, each twice as long as the one before."""
    pause, left = SECOND_LOOK, SECOND_LOOKS
    while left > 0:
        yield min(pause, left)
        pause, left = 2 * pause, left - pause


def pauses_from_now() -> Iterator[float]:
    """Yields the same after a first look at once."""
    yield 0.0
    yield from pauses()
