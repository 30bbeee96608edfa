"""Profiles that live as long as the process: for tests, for notebooks, and for `secrets="memory"`."""

from collections.abc import Mapping, Sequence
from threading import Lock as ThreadLock

from .profile_fields import check_stored_name, fields_to_store, loaded_fields


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
            check_stored_name(name)
        self._active = name

    def load(self, name: str) -> Mapping[str, str] | None:
        """Give a copy of a profile's fields, those that are not empty, or None if there is no such profile.

        Raises:
            ProfileError: the name cannot be that of a profile.
        """
        check_stored_name(name)
        with self._guard:
            fields = self._profiles.get(name)
        return None if fields is None else loaded_fields(fields)

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replace a profile's fields; empty ones are left out.

        Raises:
            ProfileError: the name or a field cannot be stored.
        """
        check_stored_name(name)
        stored = fields_to_store(name, fields)
        with self._guard:
            self._profiles[name] = stored

    def delete(self, name: str) -> None:
        """Remove a profile; removing what is not there is no error.

        Raises:
            ProfileError: the name cannot be that of a profile.
        """
        check_stored_name(name)
        with self._guard:
            self._profiles.pop(name, None)

    def has(self, name: str) -> bool:
        """Returns whether there is a profile of this name."""
        with self._guard:
            return name in self._profiles

    def names(self) -> Sequence[str]:
        """Give the names of all profiles, sorted."""
        with self._guard:
            return tuple(sorted(self._profiles))
