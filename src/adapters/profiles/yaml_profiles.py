"""Profiles in the YAML files that the Go tool shares: `config.yaml` and `profiles/<name>.yaml`."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ...ports.errors import ProfileCorrupt, ProfileError
from ...ports.profile_name import PROFILE_NAME, shown
from ..files.reading import check_deciding_directory, check_parent
from .profile_fields import ALWAYS_WRITTEN, FIELDS, check_stored_name, fields_to_store, loaded_fields
from .yaml_file import (
    ASIDE,
    BadDocument,
    EmptyDocument,
    is_file,
    new_document,
    profile_error,
    read_document,
    write_document,
)

if TYPE_CHECKING:
    from ...ports.events import ProblemNoticed
    from ..files.looking_again import Sleep
    from .yaml_file import Document

_ACTIVE = "active_profile"
_STORE = "store"
_ENDING = ".yaml"


class YamlProfiles:
    """A `ProfileStore` in one directory. Files are replaced as a whole, with mode 0600; unknown keys in them are kept.

    The files decide where tokens go. They must belong to the user or root, and other users must not be able to change
    them. A damaged file is kept aside when it is replaced.

    Args:
        directory: the shared configuration directory, which is created on the first save.
        on_problem: called once per profile, in the thread of the call, when an API key pair could not be rewritten.
        sleep: waits for a number of seconds before a damaged file is read again; None means `time.sleep`.
        rewrites: whether the file of a legacy API key pair is rewritten.
        store: the secret store whose profiles these are, as a field of each says; empty if none says so.
        within: the configuration directory that `directory` is in; empty if it is that itself.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        on_problem: Callable[["ProblemNoticed"], object] | None = None,
        sleep: "Sleep | None" = None,
        rewrites: bool = True,
        store: str = "",
        within: str = "",
    ) -> None:
        self.directory = os.path.abspath(directory)
        self._checked = [self.directory]
        while within and self._checked[-1].startswith(f"{os.path.abspath(within)}{os.sep}"):
            self._checked.append(os.path.dirname(self._checked[-1]))
        self.config_file = self._config = os.path.join(self.directory, "config.yaml")
        self._profiles = os.path.join(self.directory, "profiles")
        self._on_problem = on_problem
        self._sleep = sleep
        self._rewrites = rewrites
        self._kind = {_STORE: store} if store else {}
        self._noticed: set[str] = set()

    def active(self) -> str:
        """Returns the name of the active profile.

        Returns:
            The name; empty if none is active or `config.yaml` is empty, `default` if none was ever activated.

        Raises:
            ProfileError: `config.yaml` cannot be read, is damaged, or its profile name is invalid.
        """
        name = self.activated()
        return "default" if name is None else name

    def activated(self) -> str | None:
        """Returns the name of the active profile; empty if none is active, None if none was ever activated.

        Raises:
            ProfileError: as `active` does.
        """
        try:
            document = self._read(self._config)
            name = None if document is None else document.text(_ACTIVE)
        except EmptyDocument:
            return ""
        except BadDocument as error:
            problem = str(error)
        else:
            if not name or PROFILE_NAME.fullmatch(name):
                return name
            problem = f"has an {_ACTIVE} that is not a valid profile name: {shown(name)}"
        raise ProfileError(
            f"{self._config} {problem}; choose the active profile again (promptvm-auth profiles --use NAME), which "
            f"keeps the file as config.yaml{ASIDE}"
        )

    def activate(self, name: str) -> None:
        """Makes a profile the active one; the empty text means that none is active.

        A damaged `config.yaml` is kept as `config.yaml.corrupt`.

        Raises:
            ProfileError: the name is invalid, or `config.yaml` cannot be read or written.
        """
        if name:
            check_stored_name(name)
        damaged = False
        try:
            document = self._read(self._config) or new_document()
        except BadDocument as error:
            document, damaged = new_document(), not isinstance(error, EmptyDocument)
        document.put_first({_ACTIVE: name}, instead_of=frozenset())
        write_document(self._config, document, aside=damaged)

    def load(self, name: str) -> Mapping[str, str] | None:
        """Returns the fields of a profile that are not empty, or None if there is no such profile.

        A legacy `api_key: pk_…:sk_…` is returned as `public_key` and `secret_key`, and the file is rewritten; if that
        fails, `on_problem` is called.

        An empty file is no profile.

        Raises:
            ProfileCorrupt: the file is damaged, or the name in it is another one.
            ProfileError: the file cannot be read, or belongs to a profile whose name differs by case only.
        """
        document = self._profile(name)
        if document is None:
            return None
        try:
            if any(document.text(key) != text for key, text in self._kind.items()):
                return None
            stored = {key: text for key in FIELDS if (text := document.text(key))}
        except BadDocument as error:
            problem = str(error)
        else:
            fields = loaded_fields(stored)
            if self._rewrites and "api_key" in stored and "api_key" not in fields:
                self._rewrite(name, fields)
            return fields
        raise self._corrupt(name, f": {problem}")

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile, replacing its previous fields; unknown keys of the file are kept.

        A damaged file is kept as `<name>.yaml.corrupt`.

        Raises:
            ProfileError: the name or a field is invalid, the file belongs to a profile whose name differs by case only,
                or it cannot be read or written.
        """
        path = self._path(name)
        stored = fields_to_store(name, fields)
        texts = {key: stored.get(key, "") for key in FIELDS if key in stored or key in ALWAYS_WRITTEN}
        damaged = False
        try:
            document = self._profile(name) or new_document()
        except ProfileCorrupt:
            document, damaged = new_document(), True
        document.put_first(texts | self._kind, instead_of=frozenset(FIELDS))
        write_document(path, document, aside=damaged)

    def delete(self, name: str) -> None:
        """Deletes the file of a profile, its damaged copy and what killed writers have left; there need be none.

        Raises:
            ProfileError: the file could not be deleted.
        """
        from ..files.durable_write import sync_directory
        from ..files.remains import leftovers

        path = self._path(name)
        if self._differs_by_case(name):
            return
        try:
            for left in (f"{path}{ASIDE}", *leftovers(path)):
                with suppress(FileNotFoundError):
                    os.unlink(left)
            os.unlink(path)
            sync_directory(self._profiles)
        except FileNotFoundError:
            return
        except OSError as error:
            raise profile_error(path, error) from error

    def names(self) -> Sequence[str]:
        """Returns the names of all profiles, sorted; files with invalid names are ignored.

        Raises:
            ProfileError: the directory cannot be read.
        """
        try:
            with os.scandir(self._profiles) as entries:
                files = [entry.name for entry in entries if entry.name.endswith(_ENDING) and entry.is_file()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise profile_error(self._profiles, error) from error
        return tuple(sorted(name for file in files if PROFILE_NAME.fullmatch(name := file.removesuffix(_ENDING))))

    def has(self, name: str) -> bool:
        """Returns whether a profile exists, without listing the directory.

        Raises:
            ProfileError: the operating system failed.
        """
        if not PROFILE_NAME.fullmatch(name):
            return False
        path = self._path(name)
        if not is_file(path):
            return False
        swapped = name.swapcase()
        # On a case-insensitive file system the file may be that of another profile; the name in it shows which.
        return swapped == name or not is_file(self._path(swapped)) or not self._differs_by_case(name)

    def written_at(self, name: str) -> int:
        """Returns when a profile was written, in nanoseconds since 1970-01-01 UTC; 0 if there is none.

        Raises:
            ProfileError: the name is invalid, or the operating system failed.
        """
        path = self._path(name)
        try:
            return os.stat(path).st_mtime_ns
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise profile_error(path, error) from error

    def _path(self, name: str) -> str:
        check_stored_name(name)
        return os.path.join(self._profiles, f"{name}{_ENDING}")

    def _rewrite(self, name: str, fields: Mapping[str, str]) -> None:
        try:
            self.save(name, fields)
        except ProfileError as error:
            if self._on_problem is not None and name not in self._noticed:
                from ...ports.events import ProblemNoticed

                self._noticed.add(name)
                self._on_problem(ProblemNoticed(name, f"the API key pair is still stored in its old form: {error}"))

    def _profile(self, name: str) -> "Document | None":
        """Returns the document of a profile, after checking that the name in it is that of the file."""
        path = self._path(name)
        try:
            document = self._read(path)
            if document is None or document.is_empty:
                return None
            inner = document.text("name") or ""
        except EmptyDocument:
            return None
        except BadDocument as error:
            problem = str(error)
        else:
            if inner == name:
                return document
            if inner.lower() == name.lower():
                raise ProfileError(f"{path}: its name is {shown(inner)}, which differs by case; choose another name")
            problem = f"has the name {shown(inner)} in it, but must have {name} as in the name of the file"
        raise self._corrupt(name, f" {problem}")

    def _read(self, path: str) -> "Document | None":
        """Returns the document of a file, after checking who can change its directories."""
        try:
            if not all(check_parent(directory) for directory in self._checked):
                return None
            if path != self._config and not check_deciding_directory(self._profiles):
                return None
        except OSError as error:
            raise profile_error(path, error) from error
        return read_document(path, self._sleep)

    def _corrupt(self, name: str, problem: str) -> ProfileCorrupt:
        path = self._path(name)
        return ProfileCorrupt(
            f"{path}{problem}; log in again (promptvm-auth login --profile {name}), which keeps the file as "
            f"{os.path.basename(path)}{ASIDE}",
            profile=name,
        )

    def _differs_by_case(self, name: str) -> bool:
        """Returns whether a file belongs to a profile whose name differs by case only."""
        try:
            document = self._read(self._path(name))
            inner = None if document is None else document.text("name")
        except (ProfileError, BadDocument):
            return False  # a file that cannot be read can still be deleted
        return inner is not None and inner != name and inner.lower() == name.lower()
