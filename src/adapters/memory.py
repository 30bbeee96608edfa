"""Stores and locks that live as long as the process: for tests, for notebooks, and for `secrets="memory"`."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from threading import TIMEOUT_MAX
from threading import Lock as ThreadLock
from types import TracebackType

from ..ports.errors import LockTimeout
from .lock_polling import acquired_in_time
from .profile_fields import check_name, fields_to_store, loaded_fields


class MemoryLocks:
    """The locks of one place, one a profile; those who share it exclude each other."""

    def __init__(self) -> None:
        self._guard = ThreadLock()
        self._locks: dict[str, ThreadLock] = {}

    def of(self, profile: str) -> ThreadLock:
        """Give the lock of a profile, always the same one."""
        with self._guard:
            return self._locks.setdefault(profile, ThreadLock())


class MemoryStore:
    """A `SecretStore` that forgets everything with the process.

    Attributes:
        locks: the locks of this store, for `BlockingMemoryLock` and `AsyncMemoryLock`.
    """

    name = "memory"

    def __init__(self) -> None:
        self.locks = MemoryLocks()
        self._guard = ThreadLock()
        self._profiles: dict[str, dict[str, str]] = {}

    def __repr__(self) -> str:
        return f"MemoryStore({', '.join(sorted(self._profiles))})"

    def load(self, profile: str) -> Mapping[str, str] | None:
        """Give a copy of all fields of a profile, or None if it has none."""
        with self._guard:
            fields = self._profiles.get(profile)
            return None if fields is None else dict(fields)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Replace all fields of a profile by a copy of these."""
        with self._guard:
            self._profiles[profile] = dict(fields)

    def delete(self, profile: str) -> None:
        """Remove all fields of a profile; deleting what is not there is no error."""
        with self._guard:
            self._profiles.pop(profile, None)


class MemoryProfiles:
    """A `ProfileStore` that forgets everything with the process; it takes and refuses what the files do."""

    def __init__(self) -> None:
        self._guard = ThreadLock()
        self._active = "default"
        self._profiles: dict[str, dict[str, str]] = {}

    def active(self) -> str:
        """Give the active profile's name; empty if none is, `default` if nothing was ever configured."""
        return self._active

    def activate(self, name: str) -> None:
        """Make a profile the active one; the empty name means none.

        Raises:
            ProfileError: the name cannot be that of a profile.
        """
        if name:
            check_name(name)
        self._active = name

    def load(self, name: str) -> Mapping[str, str] | None:
        """Give a copy of a profile's fields, those that are not empty, or None if there is no such profile.

        Raises:
            ProfileError: the name cannot be that of a profile.
        """
        check_name(name)
        with self._guard:
            fields = self._profiles.get(name)
        return None if fields is None else loaded_fields(fields)

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replace a profile's fields; empty ones are left out.

        Raises:
            ProfileError: the name or a field cannot be stored.
        """
        check_name(name)
        stored = fields_to_store(name, fields)
        with self._guard:
            self._profiles[name] = stored

    def delete(self, name: str) -> None:
        """Remove a profile; removing what is not there is no error.

        Raises:
            ProfileError: the name cannot be that of a profile.
        """
        check_name(name)
        with self._guard:
            self._profiles.pop(name, None)

    def names(self) -> Sequence[str]:
        """Give the names of all profiles, sorted."""
        with self._guard:
            return tuple(sorted(self._profiles))


class BlockingMemoryLock:
    """A `Lock` within this process that blocks its thread while it waits.

    Args:
        locks: what is shared with others, usually `MemoryStore.locks`; locks of its own if left out.
    """

    def __init__(self, locks: MemoryLocks | None = None) -> None:
        self._locks = locks or MemoryLocks()

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
        """
        return _BlockingHold(self._locks.of(profile), profile, timeout)


class AsyncMemoryLock:
    """A `Lock` within this process that lets the event loop go on while it waits; loops and threads may share it.

    Args:
        locks: what is shared with others, usually `MemoryStore.locks`; locks of its own if left out.
    """

    def __init__(self, locks: MemoryLocks | None = None) -> None:
        self._locks = locks or MemoryLocks()

    def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a profile; see `ports.lock.Lock`.

        Raises:
            LockTimeout: another holder kept it for `timeout` seconds.
        """
        return _AsyncHold(self._locks.of(profile), profile, timeout)


class _Hold:
    """One hold of one lock."""

    def __init__(self, lock: ThreadLock, profile: str, timeout: float) -> None:
        self._lock = lock
        self._profile = profile
        self._timeout = min(max(0.0, timeout), TIMEOUT_MAX)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def _settle(self, *, acquired: bool) -> None:
        if not acquired:
            raise LockTimeout(
                f"another holder kept the lock of {self._profile} for more than {self._timeout:g} seconds"
            )


class _BlockingHold(_Hold):
    async def __aenter__(self) -> None:
        self._settle(acquired=self._lock.acquire(timeout=self._timeout))


class _AsyncHold(_Hold):
    async def __aenter__(self) -> None:
        self._settle(
            acquired=await acquired_in_time(lambda: self._lock.acquire(blocking=False), timeout=self._timeout),
        )
