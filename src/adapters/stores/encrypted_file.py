"""Secrets in encrypted files that the Go tool shares: `tokens/.master` and one `tokens/<profile>.enc` a profile.

The key lies beside the data. That protects a file which was copied alone, from a backup for instance, and not against
somebody who can read the whole directory.
"""

import os
from typing import TYPE_CHECKING

from ...ports.errors import StoreCorrupt, StoreFailed, StoreRefused
from ...ports.profile_name import PROFILE_NAME, shown
from ..files.reading import TooLarge, check_parent, check_private_directory, file_store_error, read_private
from .sealed_tokens import KEY_BYTES, PROFILE, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 1024 * 1024
"""Bytes of one encrypted file, at the most: 1 MiB."""

_STORE = "file"
_KEY_ATTEMPTS = 5


class EncryptedFileStore:
    """A `SecretStore` in one directory; any number of instances, threads and processes may share it.

    Args:
        directory: the shared configuration directory, in which `tokens` is kept. It is made when something is saved.
    """

    name = _STORE

    def __init__(self, directory: "str | os.PathLike[str]") -> None:
        self._directory: str = os.path.abspath(directory)
        self._tokens = os.path.join(self._directory, "tokens")
        self._master = os.path.join(self._tokens, ".master")

    def load(self, profile: str) -> dict[str, str] | None:
        """Give all fields of a profile, or None if it has none. Writes nothing, but closes to others what was open.

        Raises:
            StoreCorrupt: the file or the key is damaged, or the file is that of another profile; both stay as they are.
            StoreRefused: a path is a symbolic link, belongs to another user or cannot be read.
            StoreFailed: the disk failed.
        """
        path = self._path(profile)
        try:
            fields = self._read(path)
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error
        if fields is not None and fields.pop(PROFILE, profile) != profile:
            raise StoreCorrupt(f"{path} holds the tokens of another profile; log in again", store=_STORE)
        return fields

    def save(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Replace all fields of a profile; an unreadable file of before is kept as `<profile>.enc.corrupt`.

        Raises:
            StoreRefused: a path is a symbolic link, belongs to another user or cannot be written, the file is that of
                a profile whose name differs by case alone, or the fields are larger than 1 MiB.
            StoreFailed: the disk is full or failed. What was stored before is still there.
        """
        from ..files.durable_write import replace_durably

        path = self._path(profile)
        try:
            sealed = seal(self._key_for_writing(), profile, fields)
            if len(sealed) > MAX_BYTES:
                raise StoreRefused(f"the fields are larger than {MAX_BYTES} bytes", store=_STORE)
            self._make_way(profile, path)
            replace_durably(path, sealed)
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error

    def rehearse(self, profile: str, fields: "Mapping[str, str]") -> None:
        """Do all that `save` does but the last step, so that its errors come before something is spent; see there."""
        from ..files.durable_write import try_durably

        path = self._path(profile)
        try:
            try_durably(path, seal(self._key_for_writing(), profile, fields))
        except OSError as error:
            raise file_store_error(error, store=_STORE) from error

    def delete(self, profile: str) -> None:
        """Remove a profile's file, the one kept aside and what killed writers left; none of them need be there.

        Raises:
            StoreRefused: the directory is a symbolic link, belongs to another user or cannot be written.
            StoreFailed: the disk failed.
        """
        from ..files.durable_write import leftovers, sync_directory

        path = self._path(profile)
        try:
            if not self._is_there() or self._is_of_a_namesake(profile, path):
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
            raise StoreRefused(f"{shown(profile)} cannot be the name of a profile", store=_STORE)
        return os.path.join(self._tokens, f"{profile}.enc")

    def _is_there(self) -> bool:
        """Check both directories and say whether they are there."""
        return check_parent(self._directory, store=_STORE) and check_private_directory(self._tokens, store=_STORE)

    def _read(self, path: str) -> dict[str, str] | None:
        """Give what a file holds, its own profile name included."""
        if not self._is_there():
            return None
        try:
            sealed = read_private(path, MAX_BYTES, store=_STORE)
            if sealed is None:
                return None
            key = self._read_key()
        except TooLarge as error:
            raise StoreCorrupt(f"{error}; log in again", store=_STORE) from error
        if key is None:
            raise StoreCorrupt(f"{self._master} is missing or damaged, and {path} with it; log in again", store=_STORE)
        fields = unseal(key, sealed)
        if fields is None:
            raise StoreCorrupt(f"{path} is damaged or was encrypted with another key; log in again", store=_STORE)
        return fields

    def _read_key(self, path: str | None = None) -> bytes | None:
        """Give the key; None if there is none, or none that can be one."""
        try:
            key = read_private(path or self._master, KEY_BYTES, store=_STORE)
        except TooLarge:
            return None
        return key if key is not None and len(key) == KEY_BYTES else None

    def _key_for_writing(self) -> bytes:
        """Give the key, making directories and key where missing; a damaged key is kept as `.master.corrupt`."""
        from ..files.durable_write import create_durably, make_private_directory

        if not self._is_there():
            make_private_directory(self._tokens)
            self._is_there()
        for _ in range(_KEY_ATTEMPTS):
            key = self._read_key()
            if key is not None:
                return key
            # A file that is there is damaged, unless another process has just made it: then it is read again.
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
            create_durably(self._master, moved)  # another process had put a good key there just before

    def _holder(self, path: str) -> str | None:
        """Name the profile that a file says it is of; None if it says nothing, and empty if it cannot be read."""
        try:
            fields = self._read(path)
        except StoreCorrupt:
            return ""
        return fields.get(PROFILE) if fields is not None else None

    def _make_way(self, profile: str, path: str) -> None:
        """Keep a file aside that cannot be read as this profile's; refuse to replace that of a namesake."""
        from ..files.durable_write import keep_aside

        holder = self._holder(path)
        if holder is None or holder == profile:
            return
        if _differ_by_case(holder, profile):
            raise StoreRefused(f"{path} is that of the profile {shown(holder)}; choose another name", store=_STORE)
        keep_aside(path, _aside(path))

    def _is_of_a_namesake(self, profile: str, path: str) -> bool:
        """Say whether a file is known to be that of another profile, on a file system that is blind to case."""
        try:
            holder = self._holder(path)
        except (OSError, StoreRefused):
            return False  # what cannot be read can still be removed
        return holder is not None and _differ_by_case(holder, profile)


def _differ_by_case(one: str, other: str) -> bool:
    return one != other and one.lower() == other.lower()


def _aside(path: str) -> str:
    return f"{path}.corrupt"
