"""The ports of one process: real code above, the simulated world below."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NoReturn

from promptvm_oauth.adapters.locks.several import SeveralLocks
from promptvm_oauth.adapters.single_flight.tasks import TaskSingleFlight
from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight
from promptvm_oauth.domain.configuration import Configuration
from promptvm_oauth.domain.freshness import DEFAULT_POLICY
from promptvm_oauth.domain.stores.keychain_first import KeychainFirst
from promptvm_oauth.domain.use_cases.client import Client
from promptvm_oauth.domain.use_cases.client_ports import LoginPorts, OnlinePorts, StoredPorts
from promptvm_oauth.ports.cancellation import RunningLogins
from promptvm_oauth.ports.errors import LockTimeout

from .disk import FileStore, KeychainStore, Profiles
from .faults import FILE, KEYCHAIN
from .messages import Answer, Received
from .processes import AsyncProcess
from .server import handle
from .steps import Step, nothing
from .times import START

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from promptvm_oauth.ports.events import Event
    from promptvm_oauth.ports.http import HttpRequest, HttpResponse
    from promptvm_oauth.ports.lock import Lock
    from promptvm_oauth.ports.metadata import AwaitedMetadataStore
    from promptvm_oauth.ports.secrets import AwaitedSecretStore
    from promptvm_oauth.ports.single_flight import SingleFlight
    from promptvm_oauth.ports.traces import AwaitedTraces

    from .processes import Process
    from .world import World

Change = Callable[[OnlinePorts], OnlinePorts]


class SimulatedHttp:
    """Requests in two steps: the server commits, then the answer arrives."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Sends a request."""
        received = Received.of(request)

        def act(world: World, process: int) -> Answer:
            return handle(world, received, process)

        answer: Answer = await self._process.do(Step("http.request", act, writes=(received.origin,)))
        await self._process.do(Step("http.answer", nothing))
        return answer.response()

    async def close(self) -> None:
        """Does nothing."""


class SimulatedClock:
    """The time of the world when the process last went on."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def now(self) -> float:
        """Returns the wall clock."""
        return self._process.now

    def monotonic(self) -> float:
        """Returns seconds since the start."""
        return self._process.now - START

    async def sleep(self, seconds: float) -> None:
        """Waits until the scheduler lets this much time pass."""
        await self._process.do(Step("clock.sleep", nothing, until=self._process.now + max(0.0, seconds)))


class SimulatedEntropy:
    """Bytes that are the same in every run."""

    def __init__(self, process: Process) -> None:
        self._count = 256 * (process.index + 1)

    def random_bytes(self, count: int) -> bytes:
        """Returns bytes that are new in this world."""
        self._count += 1
        return self._count.to_bytes(count, "big")

    def jitter(self) -> float:
        """Returns no jitter."""
        return 0.0


class SimulatedLock:
    """The lock of one place, which ends with the process of its holder."""

    def __init__(self, process: Process, place: str) -> None:
        self._process = process
        self._place = place

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Returns a context manager that holds the lock of a profile."""
        return self._held(f"lock {self._place} {profile}", timeout)

    @asynccontextmanager
    async def _held(self, name: str, timeout: float) -> AsyncGenerator[None]:
        def act(world: World, process: int) -> bool:
            return world.holders.setdefault(name, process) == process

        def ready(world: World) -> bool:
            return name not in world.holders

        process = self._process
        call = "lock.hold" if timeout > 0 else "lock.try"
        step = Step(call, act, writes=(name,), ready=ready if timeout > 0 else None)
        if not await process.do(step):
            raise LockTimeout("another holder has it")
        try:
            yield
        finally:
            process.notes.append(("released", name))  # by closing a file, which nothing interrupts


class SimulatedPorts:
    """The `PortFactory` of one process.

    Args:
        process: the process.
        store: `file`, `keychain` or `auto`.
        base_url: the server that the client is configured for; None means the profile's.
        change: puts a fault into the online ports, that the simulation must find.

    Attributes:
        made: the client over these ports.
    """

    def __init__(self, process: Process, store: str, base_url: str | None = None, change: Change | None = None) -> None:
        self.process = process
        self.events: list[Event] = []
        profiles = Profiles(process)
        single_flight: SingleFlight = TaskSingleFlight() if isinstance(process, AsyncProcess) else ThreadSingleFlight()
        self.stored = StoredPorts(
            Configuration({}, base_url, base_url),
            DEFAULT_POLICY,
            SimulatedClock(process),
            profiles,
            _store(process, store, profiles, self.events.append),
        )
        online = OnlinePorts(
            SimulatedHttp(process),
            SimulatedEntropy(process),
            _lock(process, store),
            single_flight,
            self.events.append,
            lambda: "simulated",
        )
        self._online = online if change is None else change(online)
        self._running = RunningLogins()
        self.made = Client(self.stored, self)

    def own_secrets(self) -> AwaitedSecretStore:
        """Returns the store."""
        return self.stored.shared_secrets

    def metadata(self) -> AwaitedMetadataStore:
        """Is not called: no server here is a standard server."""
        return _missing()

    def running_logins(self) -> RunningLogins:
        """Returns the logins that are running."""
        return self._running

    def traces(self) -> AwaitedTraces:
        """Is not called: nothing here is wiped."""
        return _missing()

    def online(self) -> OnlinePorts:
        """Returns the ports for requests."""
        return self._online

    def login(self) -> tuple[OnlinePorts, LoginPorts]:
        """Is not called: logins here are in two calls."""
        return _missing()

    async def close(self) -> None:
        """Waits for running work."""
        await self._online.single_flight.close()


def _store(process: Process, store: str, profiles: Profiles, emit: Callable[[Event], None]) -> AwaitedSecretStore:
    if store == FILE:
        return FileStore(process)
    if store == KEYCHAIN:
        return KeychainStore(process)
    return KeychainFirst(KeychainStore(process), FileStore(process), profiles, SimulatedClock(process), emit)


def _missing() -> NoReturn:
    raise AssertionError("the simulation has no such port")


def _lock(process: Process, store: str) -> Lock:
    if store in {FILE, KEYCHAIN}:
        return SimulatedLock(process, store)
    return SeveralLocks([SimulatedLock(process, KEYCHAIN), SimulatedLock(process, FILE)])
