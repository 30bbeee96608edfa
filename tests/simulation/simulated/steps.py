"""What a process does to the world, one step at a time, and the order of steps up to those that commute.

A process announces its next step and stops; the scheduler has the step take effect whenever it chooses to. Between two
steps a process sees and changes nothing that others see. Two steps of different processes commute unless one of them
writes what the other reads or writes. The orders that differ only in commuting steps are one trace, which has one
number: the sum of a number for each step, made from the steps before it that it does not commute with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .world import World

_MASK = (1 << 64) - 1


class Step:
    """A step that a process announced. It belongs to no world: `act` gets the one in which it is taken.

    Attributes:
        name: the port call.
        act: takes effect in a world, for the process of this index, and returns the result, which is hashable.
        reads: what it reads of the world.
        writes: what it writes.
        ready: whether it can be taken in a world; None means always.
        until: the time before which it is not taken by itself, or zero.
        thread: the number of the task of the process.
        future: what the task waits for, in an asynchronous process.
    """

    __slots__ = ("act", "future", "name", "reads", "ready", "thread", "until", "writes")

    def __init__(
        self,
        name: str,
        act: Callable[[World, int], object],
        *,
        reads: tuple[str, ...] = (),
        writes: tuple[str, ...] = (),
        ready: Callable[[World], bool] | None = None,
        until: float = 0.0,
    ) -> None:
        self.name = name
        self.act = act
        self.reads = reads
        self.writes = writes
        self.ready = ready
        self.until = until
        self.thread = 0
        self.future: Any = None

    def __await__(self) -> Generator[Step, Any, Any]:
        return (yield self)


def nothing(world: World, process: int) -> None:
    """Takes no effect."""


class Order:
    """The steps that were taken so far, as a number that is the same for all orders of commuting steps.

    Attributes:
        trace: the number.
    """

    __slots__ = ("_barrier", "_last", "_reads", "_writes", "trace")

    def __init__(self) -> None:
        self.trace = 0
        self._barrier = 0
        self._last: dict[int, int] = {}
        self._reads: dict[str, int] = {}
        self._writes: dict[str, int] = {}

    def copy(self) -> Order:
        """Returns the same, which is continued apart."""
        other = Order.__new__(Order)
        other.trace = self.trace
        other._barrier = self._barrier
        other._last = self._last.copy()
        other._reads = self._reads.copy()
        other._writes = self._writes.copy()
        return other

    def number(self, process: int, name: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> int:
        """Returns the number that a step would have if it were taken now."""
        written = self._writes
        before = [self._last.get(process, 0), self._barrier, *[written.get(thing, 0) for thing in reads]]
        for thing in writes:
            before.append(written.get(thing, 0))
            before.append(self._reads.get(thing, 0))
        # The hash of a tuple is too regular to be summed up; this makes each of its bits depend on all (splitmix64).
        mixed = hash((process, name, *before)) & _MASK
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        return mixed ^ mixed >> 31

    def after(self, number: int) -> int:
        """Returns the number of the trace with one more step."""
        return (self.trace + number) & _MASK

    def add(self, process: int, number: int, reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
        """Adds a step."""
        self._last[process] = number
        for thing in reads:
            self._reads[thing] = (self._reads.get(thing, 0) + number) & _MASK
        for thing in writes:
            self._writes[thing] = number
            self._reads[thing] = 0
        self.trace = (self.trace + number) & _MASK

    def time_passed(self) -> None:
        """Separates all steps before from all steps after: every process reads the clock."""
        self._barrier = self.trace
