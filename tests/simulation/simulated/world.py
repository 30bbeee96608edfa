"""The world of one run: time, what is stored, what was granted, and how far each process is. It is copied at will."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import judge
from .disk import Disk
from .programs import Program
from .server import Grant
from .steps import Order, Step
from .times import LIFETIME, START

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .processes import Process
    from .programs import Local


class World:
    """Everything that a run changes.

    Attributes:
        revokes_families: whether a refresh token that is presented twice ends its session.
        programs: the programs, by the index of their process.
        locals: how far each process is.
        now: the time, in seconds since 1970-01-01 UTC.
        taken: the number of steps that were taken.
        order: the steps that were taken, up to those that commute.
        disk: what is stored.
        holders: the index of the process that holds each lock.
        grants: all granted pairs, by number.
        successors: the pair that was granted for the refresh token of another, by numbers.
        saved: the numbers of the pairs whose refresh token was stored at any time.
        refused: the numbers of the pairs whose access token a server refused though it had not expired.
        revoked: the sessions that were ended.
        presented: for each pair the processes of ours that presented its refresh token.
        faults: for each process the faults that it met, each with the number of the step.
        called: for each process the number of the step at which its running call began.
        named: for each profile whom it named, and since which step.
        signs_out: whether a program signs out here.
        falls_back: whether tokens that the keychain does not take go to the file.
        late: whether a request arrives whose sender no longer waits for the answer.
        ended_by: how a refresh token came to be used again, after which its session ended; empty if none was.
        violations: what happened and must not, each as the invariant and a text.
    """

    def __init__(self, *, revokes_families: bool) -> None:
        self.revokes_families = revokes_families
        self.programs: list[Program] = []
        self.locals: list[Local] = []
        self.now = START
        self.taken = 0
        self.order = Order()
        self.disk = Disk()
        self.holders: dict[str, int] = {}
        self.grants: list[Grant] = []
        self.successors: dict[int, int] = {}
        self.saved: frozenset[int] = frozenset()
        self.refused: frozenset[int] = frozenset()
        self.revoked: frozenset[str] = frozenset()
        self.presented: dict[int, tuple[int, ...]] = {}
        self.faults: dict[int, tuple[tuple[int, str], ...]] = {}
        self.called: dict[int, int] = {}
        self.named: dict[str, tuple[tuple[int, str], ...]] = {}
        self.signs_out = False
        self.falls_back = False
        self.late = False
        self.ended_by = ""
        self.violations: tuple[tuple[str, str], ...] = ()

    def copy(self) -> World:
        """Returns the same world, which goes on apart from this one."""
        other = World.__new__(World)
        other.__dict__.update(self.__dict__)
        other.programs = self.programs.copy()
        other.locals = self.locals.copy()
        other.order = self.order.copy()
        other.disk = self.disk.copy()
        other.holders = self.holders.copy()
        other.grants = self.grants.copy()
        other.successors = self.successors.copy()
        other.presented = self.presented.copy()
        other.faults = self.faults.copy()
        other.called = self.called.copy()
        other.named = self.named.copy()
        return other

    def add(self, program: Program) -> None:
        """Starts a process."""
        assert program.index == len(self.programs), "its index is its place"
        self.programs.append(program)
        self.locals.append(program.begin)
        self.heed(program.index, program.begin)

    def close(self) -> None:
        """Ends all processes that still run, in this world and in its copies."""
        for program in self.programs:
            program.begin.close()

    def heed(self, process: int, local: Local) -> None:
        """Takes notice of what a process did since its last step."""
        for kind, *rest in local.notes:
            if kind == "released":
                self.released(process, tuple(rest))
            else:
                judge.heed(self, process, kind, rest)

    def released(self, process: int, locks: tuple[str, ...]) -> None:
        """Releases locks of a process."""
        for lock in locks:
            del self.holders[lock]
        self.order.add(process, self.order.number(process, "released", (), locks), (), locks)

    def locks_of(self, process: int) -> tuple[str, ...]:
        """Returns the locks that a process holds."""
        return tuple(lock for lock, holder in self.holders.items() if holder == process)

    def grant(self, origin: str, user: str, family: str, process: int) -> Grant:
        """Grants a new pair."""
        granted = Grant(len(self.grants), origin, user, family, self.now + LIFETIME, process, self.taken)
        self.grants.append(granted)
        return granted

    def grant_of(self, token: str) -> Grant | None:
        """Returns the pair that an access or refresh token is of, or None."""
        kind, _, rest = token.partition("-")
        number = rest[:4]
        if not number.isdecimal() or int(number) >= len(self.grants):
            return None
        found = self.grants[int(number)]
        return found if token == (found.access if kind == "at" else found.refresh) else None

    def deliver_late(self, step: Step, sender: int) -> None:
        """Has a request reach its server when the scheduler says so, whatever became of its sender."""

        def arrive(world: World, _process: int) -> None:
            world.late = True
            step.act(world, sender)
            world.late = False

        async def deliver(process: Process) -> None:
            await process.do(Step("http.arrive", arrive, writes=step.writes))

        def main(process: Process) -> Coroutine[Any, Any, None]:
            return deliver(process)

        name = f"a request of {self.programs[sender].name}"
        self.add(Program(name, len(self.programs), main, ours=False))
