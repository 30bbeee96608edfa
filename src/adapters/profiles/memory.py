"""Profiles in memory: for tests, for notebooks, and for `secrets="memory"`."""

from collections.abc import Mapping, Sequence
from threading import Lock as ThreadLock

from .profile_fields import check_stored_name, fields_to_store, loaded_fields


class MemoryProfiles:
    """A `ProfileStore` in memory, which accepts and rejects the same profiles as the files."""

    def __init__(self) -> None:
        self._guard = ThreadLock()
        self._active = "default"
        self._profiles: dict[str, dict[str, str]] = {}

    def active(self) -> str:
        """Returns the name of the active profile; empty if none is active, `default` if none was ever activated."""
        return self._active

    def activate(self, name: str) -> None:
        """Makes a profile the active one; the empty text means that none is active.

        Raises:
            ProfileError: the name is invalid.
        """
        if name:
            check_stored_name(name)
        self._active = name

    def load(self, name: str) -> Mapping[str, str] | None:
        """Returns a copy of the fields of a profile, or None if there is no such profile.

        Raises:
            ProfileError: the name is invalid.
        """
        check_stored_name(name)
        with self._guard:
            fields = self._profiles.get(name)
        return None if fields is None else loaded_fields(fields)

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile, replacing all its previous fields; empty ones are left out.

        Raises:
            ProfileError: the name or a field is invalid.
        """
        check_stored_name(name)
        stored = fields_to_store(name, fields)
        with self._guard:
            self._profiles[name] = stored

    def delete(self, name: str) -> None:
        """Deletes a profile. Deleting a profile that does not exist is not an error.

        Raises:
            ProfileError: the name is invalid.
        """
        check_stored_name(name)
        with self._guard:
            self._profiles.pop(name, None)

    def has(self, name: str) -> bool:
        """Returns whether a profile exists."""
        with self._guard:
            return name in self._profiles

    def names(self) -> Sequence[str]:
        """Returns the names of all profiles, sorted."""
        with self._guard:
            return tuple(sorted(self._profiles))
