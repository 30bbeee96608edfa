"""Profiles of PromptVM, shared with the Go tool, and of other servers, which it must never see: two stores as one."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ...ports.errors import ProfileError
from ...ports.profiles import ProfileStore

ISSUER = "issuer"
"""The field that only profiles of other servers have."""


class FoundProfiles(ProfileStore, Protocol):
    """A `ProfileStore` that can tell whether a profile is there without listing all of them."""

    def has(self, name: str) -> bool:
        """Returns whether there is a profile of this name."""
        ...


class SplitProfiles:
    """A `ProfileStore` over two. A name is that of one profile: the other kind cannot be saved under it.

    Args:
        shared: the profiles of PromptVM.
        own: the profiles of other servers. While one of them is active, what `shared` calls active is left alone.
    """

    def __init__(self, shared: FoundProfiles, own: FoundProfiles) -> None:
        self._shared = shared
        self._own = own

    def is_own(self, name: str) -> bool:
        """Returns whether a profile is one of another server than PromptVM."""
        return self._own.has(name)

    def active(self) -> str:
        """Give the active profile's name: that of another server if one was activated last, else the shared one."""
        return self._own_active() or self._shared.active()

    def activate(self, name: str) -> None:
        """Make a profile the active one; the empty name ends that of whichever was."""
        own_active = self._own_active()
        if self.is_own(name):
            self._own.activate(name)
            return
        if own_active:
            self._own.activate("")
        if name or not own_active:
            self._shared.activate(name)

    def load(self, name: str) -> Mapping[str, str] | None:
        """Give a profile's fields, or None."""
        return self._of(name).load(name)

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replace a profile's fields.

        Raises:
            ProfileError: a profile of the other kind has this name, or the store could not be written.
        """
        store, other = (self._own, self._shared) if fields.get(ISSUER) else (self._shared, self._own)
        if other.has(name):
            raise ProfileError(f"the profile {name!r} belongs to another kind of server: choose another name")
        store.save(name, fields)

    def delete(self, name: str) -> None:
        """Remove a profile."""
        self._of(name).delete(name)

    def names(self) -> Sequence[str]:
        """Give the names of all profiles of both kinds, sorted."""
        return tuple(sorted({*self._shared.names(), *self._own.names()}))

    def _of(self, name: str) -> ProfileStore:
        return self._own if self.is_own(name) else self._shared

    def _own_active(self) -> str:
        name = self._own.active()
        return name if self.is_own(name) else ""
