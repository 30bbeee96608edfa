"""Two profile stores as one: profiles of PromptVM, shared with the Go tool, and of other servers, hidden from it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ...ports.errors import ProfileCorrupt, ProfileError
from ...ports.profiles import ProfileStore
from .yaml_file import BadDocument, Document, new_document, read_document, write_document

_DEFAULTS, _WORKSPACE = "defaults", "workspace"

ISSUER = "issuer"
"""The field that only profiles of other servers have."""

NOBODY = "no-profile-is-active"
"""What the configuration of the other servers' profiles calls active after one of them was signed out or removed.

The empty name says that the shared one counts; so does a name without a profile to releases that do not know this one.
"""


class FoundProfiles(ProfileStore, Protocol):
    """A `ProfileStore` that can check whether a profile exists without listing all of them."""

    def has(self, name: str) -> bool:
        """Returns whether a profile exists."""
        ...

    @property
    def config_file(self) -> str:
        """The path of the Go tool's `config.yaml`; empty if it is not shared."""
        ...


class SplitProfiles:
    """A `ProfileStore` over two stores. Each name belongs to one of them: the other cannot have a profile of this name.

    Args:
        shared: the profiles of PromptVM.
        own: the profiles of other servers. While one of them is active, that of `shared` does not change.
    """

    def __init__(self, shared: FoundProfiles, own: FoundProfiles) -> None:
        self._shared = shared
        self._own = own

    def is_own(self, name: str) -> bool:
        """Returns whether a profile belongs to another server than PromptVM."""
        return self._own.has(name)

    def active(self) -> str:
        """Returns the name of the active profile: the one that was activated last, of either kind.

        It is empty after that one was signed out or removed; then no other profile takes its place.
        """
        name = self._own.active()
        if name == NOBODY:
            return ""
        return name if self.is_own(name) else self._shared.active()

    def activate(self, name: str) -> None:
        """Makes a profile the active one; the empty text means that none is active. A damaged file is mended."""
        try:
            own_active = self._own.active()
        except ProfileError:
            own_active = NOBODY  # writing it keeps a damaged one aside
        if self.is_own(name):
            self._own.activate(name)
        elif name:
            self._shared.activate(name)
            if own_active == NOBODY or self.is_own(own_active):
                self._own.activate("")
        elif own_active == NOBODY or self.is_own(own_active):
            self._own.activate(NOBODY)
        else:
            self._shared.activate("")

    def lacks_workspace(self, name: str) -> bool:
        """Returns whether a profile is shared with the Go tool, whose `config.yaml` names no default workspace.

        Raises:
            ProfileError: `config.yaml` cannot be read, or its defaults are not a mapping.
        """
        if self.is_own(name) or not self._shared.config_file:
            return False
        return not self._defaults(read_document(self._shared.config_file)).text(_WORKSPACE)

    def save_workspace(self, workspace: str) -> None:
        """Saves the default workspace of the Go tool, unless there is one by now.

        Raises:
            ProfileError: `config.yaml` cannot be read or written.
        """
        document = read_document(self._shared.config_file) or new_document()
        defaults = self._defaults(document)
        if not defaults.text(_WORKSPACE):
            defaults.put_first({_WORKSPACE: workspace}, instead_of=frozenset())
            write_document(self._shared.config_file, document)

    def load(self, name: str) -> Mapping[str, str] | None:
        """Returns the fields of a profile, or None.

        Raises:
            ProfileCorrupt: the file is damaged; where it lies tells whether it is another server's.
            ProfileError: the profile cannot be read.
        """
        try:
            return self._of(name).load(name)
        except ProfileCorrupt as error:
            error.standard = self.is_own(name)
            raise

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile.

        Raises:
            ProfileError: the other store has a profile of this name, or the profile could not be written.
        """
        store, other = (self._own, self._shared) if fields.get(ISSUER) else (self._shared, self._own)
        if other.has(name):
            raise ProfileError(f"the profile {name!r} belongs to another server: choose another name")
        store.save(name, fields)

    def delete(self, name: str) -> None:
        """Deletes a profile. If it is the active one of another server, none is active then."""
        if self.is_own(name) and self._own.active() == name:
            self._own.activate(NOBODY)
        self._of(name).delete(name)

    def names(self) -> Sequence[str]:
        """Returns the names of all profiles of both stores, sorted."""
        return tuple(sorted({*self._shared.names(), *self._own.names()}))

    def _of(self, name: str) -> ProfileStore:
        return self._own if self.is_own(name) else self._shared

    def _defaults(self, document: Document | None) -> Document:
        try:
            return (document or new_document()).inner(_DEFAULTS)
        except BadDocument as error:
            raise ProfileError(f"{self._shared.config_file}: {error}") from error
