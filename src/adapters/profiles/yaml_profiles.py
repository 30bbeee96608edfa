"""Profiles in the YAML files that the Go tool shares: `config.yaml` and `profiles/<name>.yaml`."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...ports.errors import ProfileError
from ...ports.profile_name import PROFILE_NAME, shown
from .profile_fields import ALWAYS_WRITTEN, FIELDS, check_stored_name, fields_to_store, loaded_fields
from .yaml_file import document_text, is_file, new_document, profile_error, read_document, write_document

if TYPE_CHECKING:
    from ...ports.events import ProblemNoticed
    from .yaml_file import Document

_ACTIVE = "active_profile"
_ENDING = ".yaml"


class YamlProfiles:
    """A `ProfileStore` in one directory. Files are replaced as a whole, with mode 0600; unknown keys in them are kept.

    Args:
        directory: the shared configuration directory, which is created on the first save.
        on_problem: called once per profile, in the thread of the call, when an API key pair could not be rewritten.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        on_problem: Callable[["ProblemNoticed"], object] | None = None,
    ) -> None:
        self._config = os.path.join(os.path.abspath(directory), "config.yaml")
        self._profiles = os.path.join(os.path.dirname(self._config), "profiles")
        self._on_problem = on_problem
        self._noticed: set[str] = set()

    def active(self) -> str:
        """Returns the name of the active profile; empty if none is active, `default` if none was ever activated.

        Raises:
            ProfileError: `config.yaml` cannot be read, or its profile name is invalid.
        """
        document = read_document(self._config)
        name = None if document is None else document_text(document, _ACTIVE, self._config)
        if name is None:
            return "default"
        if name and not PROFILE_NAME.fullmatch(name):
            raise ProfileError(f"{self._config}: {_ACTIVE} {shown(name)} is not a valid profile name")
        return name

    def activate(self, name: str) -> None:
        """Makes a profile the active one; the empty text means that none is active.

        Raises:
            ProfileError: the name is invalid, or `config.yaml` cannot be read or written.
        """
        if name:
            check_stored_name(name)
        document = read_document(self._config) or new_document()
        document.put_first({_ACTIVE: name}, instead_of=frozenset())
        write_document(self._config, document)

    def load(self, name: str) -> Mapping[str, str] | None:
        """Returns the fields of a profile that are not empty, or None if there is no such profile.

        A legacy `api_key: pk_…:sk_…` is returned as `public_key` and `secret_key`, and the file is rewritten; if that
        fails, `on_problem` is called.

        Raises:
            ProfileError: the file cannot be read, or the name in it is another one.
        """
        path = self._path(name)
        document = _read_profile(path, name)
        if document is None:
            return None
        stored = {key: text for key in FIELDS if (text := document_text(document, key, path))}
        fields = loaded_fields(stored)
        if "api_key" in stored and "api_key" not in fields:
            self._rewrite(name, fields)
        return fields

    def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Saves the fields of a profile, replacing its previous fields; unknown keys of the file are kept.

        Raises:
            ProfileError: the name or a field is invalid, the existing file cannot be read or has another name in it, or
                the file cannot be written.
        """
        path = self._path(name)
        stored = fields_to_store(name, fields)
        texts = {key: stored.get(key, "") for key in FIELDS if key in stored or key in ALWAYS_WRITTEN}
        document = _read_profile(path, name) or new_document()
        document.put_first(texts, instead_of=frozenset(FIELDS))
        write_document(path, document)

    def delete(self, name: str) -> None:
        """Deletes the file of a profile and what killed writers of it have left; there need be none.

        Raises:
            ProfileError: the file could not be deleted.
        """
        from ..files.durable_write import sync_directory
        from ..files.remains import leftovers

        path = self._path(name)
        if _differs_by_case(path, name):
            return
        try:
            for left in leftovers(path):
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
        return swapped == name or not is_file(self._path(swapped)) or not _differs_by_case(path, name)

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


def _read_profile(path: str, name: str) -> "Document | None":
    """Returns the document of a profile, after checking that the name in it is that of the file."""
    document = read_document(path)
    if document is not None:
        inner = document_text(document, "name", path)
        if inner != name:
            raise ProfileError(
                f"{path}: its name is {shown(inner or '')}, but must be {name} as in the name of the file"
            )
    return document


def _differs_by_case(path: str, name: str) -> bool:
    """Returns whether a file belongs to a profile whose name differs by case only."""
    try:
        document = read_document(path)
        inner = None if document is None else document_text(document, "name", path)
    except ProfileError:
        return False  # a file that cannot be read can still be deleted
    return inner is not None and inner != name and inner.lower() == name.lower()
