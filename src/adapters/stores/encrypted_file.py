"""Secrets in encrypted files that the Go tool shares: the key `tokens/.master`, and `tokens/<profile>.enc` per profile.

The key is in the same directory as the data. That protects a file that was copied alone, for instance from a backup,
but not against another program that can read the whole directory.
"""

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ...ports.errors import StoreCorrupt, StoreFailed, StoreRefused
from ...ports.profile_name import PROFILE_NAME, shown
from ..files.reading import TooLarge, check_parent, check_private_directory, file_store_error, read_private
from .sealed_tokens import KEY_BYTES, PROFILE, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..files.looking_again import Sleep

MAX_BYTES = 1024 * 1024
"""The largest encrypted file, in bytes: 1 MiB."""

_STORE = "file"
_KEY_ATTEMPTS = 5


class EncryptedFileStore:
    """A `SecretStore` in one directory; any number of instances, threads and processes may share it.

    Args:
        directory: the shared configuration directory; `tokens` in it is created on the first save.
        sleep: waits for a number of seconds before a damaged file is read again; None means `time.sleep`.
    """

    name = _STORE

    def __init__(self, directory: "str | os.PathLike[str]", *, sleep: "Sleep | None" = None) -> None:
        self._sleep = sleep
        self._directory: str = os.path.abspath(directory)
        self._tokens = os.path.join(self._directory, "tokens")
        self._master = os.path.join(self._tokens, ".master")

    def load(self, profile: str) -> dict[str, str] | None:
        """Returns all fields of a profile, or None if it has none. Access for other users is removed.

        A file that seems damaged is read again, three times within 0.2 s: another program may be writing it.

        Raises:
            StoreCorrupt: the file or the key is damaged, or the file is that of another profile; both are not changed.
            StoreRefused: a path is a link that is not followed, belongs to another user or cannot be read.
            StoreFailed: the disk failed.
        """
        path = self._path(profile)
        try:
            fields = self._read_steadily(path)
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error
        if fields is not None and fields.pop(PROFILE, profile) != profile:
            raise StoreCorrupt(f"{path} holds the tokens of another profile; log in again", store=_STORE)
        return fields

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Saves all fields of a profile; a damaged old file is kept as `<profile>.enc.corrupt`.

        Raises:
            StoreRefused: a path is a symbolic link, belongs to another user or cannot be written, the file is that of
                a profile whose name differs by case only, or the fields are larger than 1 MiB.
            StoreFailed: the disk is full or failed. The previous fields are not lost.
        """
        from ..files.durable_write import replace_durably

        path = self._path(profile)
        try:
            sealed = seal(self._key_for_writing(), profile, fields)
            if len(sealed) > MAX_BYTES:
                raise StoreRefused(f"the fields are larger than {MAX_BYTES} bytes", store=_STORE)
            self._prepare_replacement(profile, path)
            replace_durably(path, sealed)
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error

    def rehearse(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Does the same as `save` without its last step, so that errors are raised before a refresh token is used.

        Nothing is left, and no directory is created.

        Raises:
            StoreRefused, StoreFailed: as `save`, or the file system does not support locks.
        """
        from ..files.durable_write import try_durably

        path = self._path(profile)
        try:
            if self._exists():
                try_durably(path, seal(self._key_for_writing(), profile, fields))
            else:
                from ..files.trying import try_directory

                try_directory(self._tokens, seal(os.urandom(KEY_BYTES), profile, fields))
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error

    def probe(self) -> None:
        """Asks whether tokens could be saved: access, the space on the disk, and locks. Nothing is written or changed.

        Raises:
            StoreRefused, StoreFailed: as `rehearse`.
        """
        from ..files.trying import ask_directory

        try:
            check_parent(self._directory)
            check_private_directory(self._tokens, store=_STORE, mend=False)
            ask_directory(self._tokens, (os.path.basename(self._master),))
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error

    def delete(self, profile: str) -> None:
        """Deletes the file of a profile, its damaged copy and temporary files of killed writers, if they exist.

        Raises:
            StoreRefused: the directory is a symbolic link, belongs to another user or cannot be written.
            StoreFailed: the disk failed.
        """
        from ..files.durable_write import sync_directory
        from ..files.remains import leftovers

        path = self._path(profile)
        try:
            if not self._exists() or self._belongs_to_other_case(profile, path):
                return
            for name in (path, _aside(path), *leftovers(path)):
                try:
                    os.unlink(name)
                except FileNotFoundError:
                    continue
            sync_directory(self._tokens)
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error

    def _path(self, profile: str) -> str:
        if not PROFILE_NAME.fullmatch(profile):
            raise StoreRefused(f"{shown(profile)} is not a valid profile name", store=_STORE)
        return os.path.join(self._tokens, f"{profile}.enc")

    def _exists(self) -> bool:
        """Checks both directories and returns whether they exist."""
        return check_parent(self._directory) and check_private_directory(self._tokens, store=_STORE)

    def _read_steadily(self, path: str) -> dict[str, str] | None:
        """Does the same as `_read`, and reads a damaged file again."""
        with suppress(StoreCorrupt):
            return self._read(path)
        from ..files.looking_again import look_again

        return look_again(lambda: self._read(path), StoreCorrupt, self._sleep)

    def _read(self, path: str) -> dict[str, str] | None:
        """Returns the fields in a file, including the name of its profile; None if there is no such file."""
        if not self._exists():
            return None
        try:
            sealed = read_private(path, MAX_BYTES, store=_STORE)
            if sealed is None:
                return None
            key = self._read_key()
        except TooLarge as error:
            raise StoreCorrupt(f"{error}; log in again", store=_STORE) from error
        if key is None:
            raise StoreCorrupt(
                f"{self._master} is missing or damaged, so {path} cannot be read; log in again", store=_STORE
            )
        fields = unseal(key, sealed)
        if fields is None:
            raise StoreCorrupt(f"{path} is damaged or was encrypted with another key; log in again", store=_STORE)
        return fields

    def _read_key(self, path: str | None = None) -> bytes | None:
        """Returns the key; None if it does not exist or has the wrong size."""
        try:
            key = read_private(path or self._master, KEY_BYTES, store=_STORE)
        except TooLarge:
            return None
        return key if key is not None and len(key) == KEY_BYTES else None

    def _key_for_writing(self) -> bytes:
        """Returns the key, creating it and its directory if missing; a damaged key is kept as `.master.corrupt`."""
        from ..files.durable_write import create_durably, make_private_directory

        if not self._exists():
            make_private_directory(self._tokens)
            self._exists()
        for _ in range(_KEY_ATTEMPTS):
            key = self._read_key()
            if key is not None:
                return key
            # An existing file is damaged, unless another process has just created it: then it is read again.
            if not create_durably(self._master, os.urandom(KEY_BYTES)) and self._read_key() is None:
                self._set_key_aside()
        raise StoreFailed(f"{self._master} keeps changing", store=_STORE)

    def _set_key_aside(self) -> None:
        from ..files.durable_write import create_durably

        aside = _aside(self._master)
        try:
            os.replace(self._master, aside)
        except FileNotFoundError:
            return
        moved = self._read_key(aside)
        if moved is not None:
            create_durably(self._master, moved)  # another process had just created a valid key

    def _holder(self, path: str) -> str | None:
        """Returns the profile name in a file; None if it has no name or does not exist, empty if it is damaged."""
        try:
            fields = self._read(path)
        except StoreCorrupt:
            return ""
        return fields.get(PROFILE) if fields is not None else None

    def _prepare_replacement(self, profile: str, path: str) -> None:
        """Keeps a damaged file under another name; raises if the profile of the file differs by case only."""
        from ..files.remains import keep_aside

        holder = self._holder(path)
        if holder is None or holder == profile:
            return
        if _differ_by_case(holder, profile):
            raise StoreRefused(f"{path} belongs to the profile {shown(holder)}; choose another name", store=_STORE)
        keep_aside(path, _aside(path))

    def _belongs_to_other_case(self, profile: str, path: str) -> bool:
        """Returns whether a file belongs to a profile whose name differs by case only."""
        try:
            holder = self._holder(path)
        except (OSError, StoreRefused):
            return False  # a file that cannot be read can still be deleted
        return holder is not None and _differ_by_case(holder, profile)


def _differ_by_case(one: str, other: str) -> bool:
    return one != other and one.lower() == other.lower()


def _aside(path: str) -> str:
    return f"{path}.corrupt"
