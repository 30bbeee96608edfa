"""The secret stores that were named at a login, in a small file next to the profiles.

The file is `promptvm-oauth/stores.json` in the configuration directory. It holds no secrets. If it is deleted, a store
must be named again at each command.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple, cast

from ...ports.profile_name import PROFILE_NAME
from .yaml_profiles import YamlProfiles

SHARED = frozenset({"auto", "file", "keyring"})
"""The stores whose active profile `config.yaml` names."""

_FILE = os.path.join("promptvm-oauth", "stores.json")
_MAX_BYTES = 256 * 1024
_LONGEST = 200


class _Active(NamedTuple):
    """The store of the active profile, if `config.yaml` does not name that profile.

    Attributes:
        store: the name of the store.
        beside: the profile that `config.yaml` named when this was noted. If it names another one now, that one counts.
    """

    store: str
    beside: str


class StoreNames:
    """The file of store names.

    Args:
        config_dir: the configuration directory.
    """

    def __init__(self, config_dir: str) -> None:
        self._config_dir = config_dir
        self._path = os.path.join(config_dir, _FILE)

    def of(self, profile: str | None) -> str:
        """Returns the store that was named at the last login to a profile; empty if none was.

        Args:
            profile: the name of the profile; None means the active one.

        Raises:
            ProfileError: `config.yaml`, which names the active one, cannot be read.
        """
        stores, active = self._read()
        if profile is None and (stores or active):
            profile = self._activated()
            if active is not None and active.beside == profile:
                return active.store
        return stores.get(profile or "", "")

    def all(self) -> tuple[str, ...]:
        """Returns every store that was named, sorted."""
        return tuple(sorted({*self._read()[0].values()}))

    def file_of(self, profile: str) -> str:
        """Returns the path of a profile's file, the newest one if several stores have the name; empty without one."""
        roots = [self._config_dir]
        with suppress(OSError):
            unshared = os.path.join(self._config_dir, "promptvm-oauth", "unshared")
            roots += [os.path.join(unshared, name) for name in sorted(os.listdir(unshared))]
        found: dict[str, float] = {}
        for root in roots:
            path = os.path.join(root, "profiles", f"{profile}.yaml")
            with suppress(OSError):
                found[path] = os.stat(path).st_mtime
        return max(found, key=found.__getitem__, default="")

    def note(self, profile: str, store: str, *, activates: bool) -> None:
        """Notes the store of a profile.

        Args:
            profile: the name of the profile.
            store: the name of its store; empty if none was named.
            activates: whether the profile is the active one now.

        Raises:
            OSError: the file could not be written.
            ProfileError: `config.yaml` cannot be read.
        """
        from ..files.durable_write import make_private_directory, replace_durably

        before, active = self._read()
        stores = {name: known for name, known in {**before, profile: store}.items() if known}
        after = active
        if activates:
            after = _Active(store, self._activated()) if store and store not in SHARED else None
        if (stores, after) == (before, active):
            return
        members = {"profiles": stores, **({} if after is None else {"active": after._asdict()})}
        make_private_directory(os.path.dirname(self._path))
        replace_durably(self._path, json.dumps(members, indent=2, sort_keys=True).encode() + b"\n")

    def _activated(self) -> str:
        return YamlProfiles(self._config_dir, rewrites=False).active()

    def _read(self) -> tuple[dict[str, str], _Active | None]:
        from ..files.reading import read_bounded

        try:
            members = _mapping(json.loads(read_bounded(self._path, _MAX_BYTES) or b"{}"))
        except (OSError, ValueError, RecursionError):
            return {}, None
        named = {name: _text(store) for name, store in _mapping(members.get("profiles")).items()}
        stores = {name: store for name, store in named.items() if store and PROFILE_NAME.fullmatch(name)}
        active = _mapping(members.get("active"))
        store = _text(active.get("store"))
        return stores, _Active(store, _text(active.get("beside"))) if store else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST and value.isprintable() else ""
