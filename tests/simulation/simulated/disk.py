"""What is stored: token files, a keychain entry by entry, and profiles; and our own adapters of them, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from promptvm_oauth.adapters.secret_service.items import ENTRIES, REMOVAL, decode, encode
from promptvm_oauth.ports.errors import StoreCorrupt
from promptvm_oauth.ports.secrets import Placement, StoredFields

from . import judge
from .faults import FILE, KEYCHAIN
from .steps import Step, nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .processes import Process
    from .world import World

Fields = tuple[tuple[str, str], ...]
"""The fields of a file, sorted."""

TORN: Final[Fields] = ()
"""The content of a file between the truncation and the write of a program that writes in place."""

REREADS = (0.01, 0.03, 0.1)
"""The pauses before an unreadable file is read again, in seconds."""


class Disk:
    """What is stored. No content is changed in place.

    Attributes:
        files: the fields of each profile's token file.
        items: the secrets of the keychain, by profile and entry.
        profiles: the fields of each profile.
        active: the name of the active profile.
    """

    __slots__ = ("active", "files", "items", "profiles")

    def __init__(self) -> None:
        self.files: dict[str, Fields] = {}
        self.items: dict[tuple[str, str], bytes] = {}
        self.profiles: dict[str, Fields] = {}
        self.active = ""

    def copy(self) -> Disk:
        """Returns the same, stored elsewhere."""
        other = Disk()
        other.files, other.items = self.files.copy(), self.items.copy()
        other.profiles, other.active = self.profiles.copy(), self.active
        return other

    def state(self) -> tuple[object, ...]:
        """Returns all of it as a value."""
        return (
            tuple(sorted(self.files.items())),
            tuple(sorted(self.items.items())),
            tuple(sorted(self.profiles.items())),
            self.active,
        )

    def refresh_tokens(self) -> set[str]:
        """Returns the refresh tokens in all stores."""
        found = {dict(fields).get("refresh_token", "") for fields in self.files.values()}
        return found | {secret.decode() for (_, entry), secret in self.items.items() if entry == "refresh"}


def fields_of(fields: Mapping[str, str]) -> Fields:
    """Returns fields as a file holds them."""
    return tuple(sorted(fields.items()))


def write_file(world: World, profile: str, fields: Fields | None) -> None:
    """Replaces a token file; None removes it."""
    if fields is None:
        world.disk.files.pop(profile, None)
        return
    world.disk.files[profile] = fields
    judge.token_stored(world, dict(fields).get("refresh_token"))


def write_item(world: World, profile: str, entry: str, secret: bytes | None) -> None:
    """Replaces an entry of the keychain; None removes it."""
    if secret is None:
        world.disk.items.pop((profile, entry), None)
        return
    world.disk.items[profile, entry] = secret
    if entry == "refresh":
        judge.token_stored(world, secret.decode())


def write_profile(world: World, profile: str, fields: Fields | None) -> None:
    """Replaces a profile; None removes it."""
    if fields is None:
        world.disk.profiles.pop(profile, None)
        return
    world.disk.profiles[profile] = fields
    if fields:
        judge.profile_written(world, profile, dict(fields).get("user_id", ""))


class FileStore:
    """Our token file, which is replaced whole."""

    name = FILE

    def __init__(self, process: Process) -> None:
        self._process = process

    async def load(self, profile: str) -> StoredFields | None:
        """Returns the fields; a file that another program is writing is read again."""
        fields = await _read(self._process, _reading_file(profile))
        if fields == TORN:
            raise StoreCorrupt("the file is damaged", store=FILE)
        return None if fields is None else StoredFields(fields)

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Saves the tokens of a login."""
        await self.save(profile, fields)
        return Placement(FILE, "")

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Tries the place of the file."""
        await self._process.do(Step("file.rehearse", nothing))

    async def unlock(self, profile: str, *, everywhere: bool = False) -> bool:
        """Returns false: a file has no lock."""
        return False

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Replaces the file."""
        await self._write("file.save", profile, fields_of(fields))

    async def delete(self, profile: str) -> None:
        """Removes the file."""
        await self._write("file.delete", profile, None)

    async def location(self, profile: str) -> Placement:
        """Returns this store."""
        return Placement(FILE, "")

    async def probe(self) -> None:
        """Does nothing: the file is usable."""

    async def _write(self, name: str, profile: str, fields: Fields | None) -> None:
        def act(world: World, _process: int) -> None:
            write_file(world, profile, fields)

        await self._process.do(Step(name, act, writes=(f"file {profile}",)))


class KeychainStore:
    """The keychain, which is read at once and written entry by entry."""

    name = KEYCHAIN

    def __init__(self, process: Process) -> None:
        self._process = process

    async def load(self, profile: str) -> StoredFields | None:
        """Returns the fields that the entries hold at this moment."""

        def act(world: World, _process: int) -> tuple[tuple[str, bytes], ...]:
            items = world.disk.items
            return tuple((entry, items[profile, entry]) for entry in ENTRIES if (profile, entry) in items)

        reads = tuple(f"item {profile} {entry}" for entry in ENTRIES)
        contents = dict(await self._process.do(Step("keychain.load", act, reads=reads)))
        if "access" not in contents and "refresh" not in contents:
            return None
        return StoredFields(decode(contents))

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Saves the tokens of a login."""
        await self.save(profile, fields)
        return Placement(KEYCHAIN, "")

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Does nothing: a keychain that was read can be written."""

    async def unlock(self, profile: str, *, everywhere: bool = False) -> bool:
        """Unlocks the keychain."""
        await self._process.do(Step("keychain.unlock", nothing))
        return True

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Writes each entry."""
        contents = encode(fields)
        for entry in ENTRIES:
            await self._write("keychain.save", profile, entry, contents.get(entry))

    async def delete(self, profile: str) -> None:
        """Removes each entry."""
        for entry in REMOVAL:
            await self._write("keychain.delete", profile, entry, None)

    async def location(self, profile: str) -> Placement:
        """Returns this store."""
        return Placement(KEYCHAIN, "")

    async def probe(self) -> None:
        """Checks that the keychain is there."""
        await self._process.do(Step("keychain.probe", nothing))

    async def _write(self, name: str, profile: str, entry: str, secret: bytes | None) -> None:
        def act(world: World, _process: int) -> None:
            write_item(world, profile, entry, secret)

        await self._process.do(Step(name, act, writes=(f"item {profile} {entry}",)))


class Profiles:
    """Our adapter of the profile files."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def active(self) -> str:
        """Returns the name of the active profile."""
        name: str = await self._process.do(
            Step("profiles.active", lambda world, _: world.disk.active, reads=("active",))
        )
        return name

    async def activate(self, name: str) -> None:
        """Makes a profile the active one."""

        def act(world: World, _process: int) -> None:
            world.disk.active = name

        await self._process.do(Step("profiles.activate", act, writes=("active",)))

    async def load(self, name: str) -> StoredFields | None:
        """Returns the fields of a profile; a file that another program is writing is read again."""
        fields = await _read(self._process, _reading_profile(name))
        return StoredFields(fields) if fields else None  # an empty profile means no record

    async def save(self, name: str, fields: Mapping[str, str]) -> None:
        """Replaces the file of a profile."""
        await self._write("profiles.save", name, fields_of(fields))

    async def delete(self, name: str) -> None:
        """Removes the file of a profile."""
        await self._write("profiles.delete", name, None)

    async def lacks_workspace(self, name: str) -> bool:
        """Returns false: there is no default workspace here."""
        return False

    async def save_workspace(self, workspace: str) -> None:
        """Is not called."""

    async def names(self) -> Sequence[str]:
        """Returns the names of all profiles."""
        names: tuple[str, ...] = await self._process.do(
            Step("profiles.names", lambda world, _: tuple(sorted(world.disk.profiles)))
        )
        return names

    async def _write(self, call: str, name: str, fields: Fields | None) -> None:
        def act(world: World, _process: int) -> None:
            write_profile(world, name, fields)

        await self._process.do(Step(call, act, writes=(f"profile {name}",)))


async def _read(process: Process, reading: Callable[[], Step]) -> Fields | None:
    """Reads a file, and again after each pause while it is torn."""
    fields: Fields | None = await process.do(reading())
    for pause in REREADS:
        if fields != TORN:
            break
        await process.do(Step("clock.reread", nothing, until=process.now + pause))
        fields = await process.do(reading())
    return fields


def _reading_file(profile: str) -> Callable[[], Step]:
    def act(world: World, _process: int) -> Fields | None:
        return world.disk.files.get(profile)

    return lambda: Step("file.load", act, reads=(f"file {profile}",))


def _reading_profile(name: str) -> Callable[[], Step]:
    def act(world: World, _process: int) -> Fields | None:
        return world.disk.profiles.get(name)

    return lambda: Step("profiles.load", act, reads=(f"profile {name}",))
