"""The PromptVM profiles of a secret store that the Go tool cannot see, apart from the Go tool's of the same names.

They are `promptvm-oauth/unshared/STORE/profiles/NAME.yaml` in the configuration directory, and the field `store` of
each names its store. Earlier releases keep these profiles in the Go tool's files, and may run beside this one. So a
profile of the Go tool that was written later than this store's own is copied if it describes the tokens in this store.
The Go tool's files are never written.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

from ...ports.errors import LockTimeout, LockUnavailable, ProfileError, PromptVMAuthError, StoreAbsent, StoreError
from ...ports.secrets import SecretStore
from ...ports.timeouts import PROFILE_WRITE
from .yaml_profiles import YamlProfiles

_LOGIN = "oauth"
_DEFAULT = "default"


class UnsharedProfiles:
    """A `ProfileStore` of one unshared store. API-key profiles of the Go tool can be read, under names it has not.

    Args:
        own: the profiles of this store.
        go: the Go tool's profiles; None reads none of them.
        stores: the places where the store may have tokens.
        describes: returns whether the fields of a profile describe stored tokens.
    """

    config_file = ""
    """The Go tool's configuration is never written."""

    def __init__(
        self,
        own: YamlProfiles,
        go: YamlProfiles | None,
        stores: Sequence[SecretStore | None],
        describes: Callable[[Mapping[str, str], Mapping[str, str]], bool],
    ) -> None:
        self._own = own
        self._go = go
        self._stores = stores
        self._describes = describes

    def active(self) -> str:
        """Returns the name of the active profile of this store; empty if none is, `default` if none ever was.

        Before the first one was activated, the Go tool's counts if it is a login of this store or an API key. It also
        counts where none is active any more, if an earlier release has logged in to it since.
        """
        own = self._own.activated()
        if own or self._go is None:
            return _DEFAULT if own is None else own
        name = self._go.active()
        try:
            if name and self._adopt(name):
                return name
        except StoreError:
            return name  # it may be of this store; loading it says why that is not known
        if own is None:
            return name if not name or self._own.has(name) or self._key(name) is not None else _DEFAULT
        return own

    def activate(self, name: str) -> None:
        """Makes a profile the active one of this store; the empty text means that none is active."""
        self._own.activate(name)

    def load(self, name: str) -> Mapping[str, str] | None:
        """Returns the fields of a profile of this store, else of an API-key profile of the Go tool, or None.

        Raises:
            StoreError: there is none of this store, and the store could not tell whether the Go tool's is of it.
            ProfileError: the profile cannot be read.
        """
        try:
            self._adopt(name)
        except StoreError:
            if not self._own.has(name):
                raise
        own = self._own.load(name)
        return self._key(name) if own is None else own

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Saves a profile of this store.

        Raises:
            ProfileError: it is the API-key profile of the Go tool, or could not be written.
        """
        if fields.get("auth_type") != _LOGIN:
            self._check_not_of_go(name)
        with self._copying(name):
            self._own.save(name, fields)

    def delete(self, name: str) -> None:
        """Deletes a profile of this store.

        Raises:
            ProfileError: it is the API-key profile of the Go tool, or could not be deleted.
        """
        self._check_not_of_go(name)
        self._own.delete(name)

    def names(self) -> Sequence[str]:
        """Returns the names of all profiles that `load` finds or that cannot be read, sorted."""
        own = set(self._own.names())
        of_go = () if self._go is None else self._go.names()
        return tuple(sorted(own | {name for name in of_go if name not in own and self._is_visible(name)}))

    def has(self, name: str) -> bool:
        """Returns whether this store or the Go tool has a profile of this name."""
        return self._own.has(name) or (self._go is not None and self._go.has(name))

    def _is_visible(self, name: str) -> bool:
        try:
            return self.load(name) is not None
        except PromptVMAuthError:
            return True

    def _key(self, name: str) -> Mapping[str, str] | None:
        """Returns the fields of an API-key profile of the Go tool, or None."""
        fields = None if self._go is None else self._go.load(name)
        return None if fields is None or fields.get("auth_type") == _LOGIN else fields

    def _check_not_of_go(self, name: str) -> None:
        if not self._own.has(name) and self._key(name) is not None:
            raise ProfileError(
                f"the profile {name!r} has an API key of the tool promptvm, which this store does not share: change it "
                "there, or choose the store 'file'"
            )

    def _adopt(self, name: str) -> bool:
        """Copies a profile of the Go tool if it is newer than this store's own and describes its tokens."""
        go, own = self._go, self._own
        if go is None or not (written := go.written_at(name)) or own.written_at(name) > written:
            return False
        try:
            fields = go.load(name)
        except ProfileError:
            if own.has(name):
                return False
            raise
        if fields is None or fields.get("auth_type") != _LOGIN or not self._holds(name, fields):
            return False
        with self._copying(name):  # a login may have been recorded since, in any process
            if own.written_at(name) > written:
                return False
            own.save(name, fields)
        if not own.activated() and go.active() == name:
            own.activate(name)
        return True

    @contextmanager
    def _copying(self, name: str) -> Generator[None]:
        """Lets one program at a time write a profile of this store: one that copies it must not undo a login.

        It is not the lock of the tokens, which callers may hold, and nothing is waited for within it.
        """
        from ..locks.file import held

        try:
            with held(self._own.directory, name, PROFILE_WRITE):
                yield
        except (LockTimeout, LockUnavailable) as error:
            raise ProfileError(f"the profile {name!r} cannot be written: {error}") from error

    def _holds(self, name: str, profile: Mapping[str, str]) -> bool:
        for store in self._stores:
            try:
                tokens = None if store is None else store.load(name)
            except StoreAbsent:
                continue
            if tokens is not None and self._describes(profile, tokens):
                return True
        return False
