"""A secret store in memory: for tests, for notebooks, and for `secrets="memory"`."""

from collections.abc import Mapping
from threading import Lock as ThreadLock

from ..locks.memory import MemoryLocks


class MemoryStore:
    """A `SecretStore` that ends with the process.

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
        """Returns a copy of all fields of a profile, or None if it has none."""
        with self._guard:
            fields = self._profiles.get(profile)
            return None if fields is None else dict(fields)

    def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Saves a copy of all fields of a profile."""
        with self._guard:
            self._profiles[profile] = dict(fields)

    def delete(self, profile: str) -> None:
        """Deletes all fields of a profile."""
        with self._guard:
            self._profiles.pop(profile, None)
