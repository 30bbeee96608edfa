"""The other client that shares stores and profiles: no lock, files truncated and then written, entries one by one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptvm_oauth.ports.rfc3339 import format_time, parse_time

from .disk import TORN, Fields, fields_of, write_file, write_item, write_profile
from .faults import FILE
from .messages import Received
from .programs import Program
from .server import handle
from .steps import Step, nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from .messages import Answer
    from .processes import Process
    from .world import World

EARLY = 60.0
"""How long before its expiry it renews a token, in seconds."""

HOME = "https://api.promptvm.ai"


@dataclass(frozen=True)
class OtherClient:
    """A program that uses the other client once.

    Attributes:
        name: the name of its process.
        store: `keychain`, or `file` where it finds no keychain.
        profile: the profile that it uses.
        signs_in: the user who signs in with it; empty if it asks for a token.
    """

    name: str
    store: str
    profile: str = "work"
    signs_in: str = ""

    def program(self, index: int) -> Program:
        """Returns it as a program."""
        return Program(self.name, index, self._main, ours=False)

    def _main(self, process: Process) -> Coroutine[Any, Any, None]:
        run = _Run(process, self.store, self.profile)
        return run.sign_in(self.signs_in) if self.signs_in else run.ask()


class _Run:
    def __init__(self, process: Process, store: str, profile: str) -> None:
        self._process = process
        self._store = store
        self._profile = profile

    async def ask(self) -> None:
        """Asks for a token and makes a request; it gives up where anything fails."""
        profile: dict[str, str] = dict(
            await self._do("other.profile", self._reading("profiles"), reads=(f"profile {self._profile}",)) or ()
        )
        if not profile:
            return
        tokens = await self._load()
        if not tokens.get("access_token"):
            return
        expires_at = parse_time(profile.get("expires_at") or tokens.get("expires_at")) or 0.0
        if self._process.now + EARLY >= expires_at:
            granted = await self._token(
                {"grant_type": "refresh_token", "refresh_token": tokens.get("refresh_token", "")}
            )
            if granted is None:
                return
            await self._save(granted)
            await self._write_profile(profile | {"expires_at": granted["expires_at"]})

    async def sign_in(self, user: str) -> None:
        """Signs a user in."""
        granted = await self._token({"grant_type": "authorization_code", "code": f"code-{user}"})
        if granted is None:
            return
        await self._save(granted)
        profile = {
            "name": self._profile,
            "base_url": HOME,
            "environment": "live",
            "organization": f"org-{user}",
            "auth_type": "oauth",
            "token_ref": f"promptvm-cli:{self._profile}",
            "expires_at": granted["expires_at"],
            "user_id": user,
            "user_email": f"{user}@example.com",
        }
        await self._write_profile(profile)

    async def _token(self, parameters: dict[str, str]) -> dict[str, str] | None:
        received = Received(HOME, "POST", "/api/v1/auth/cli/token", "", "", parameters)

        def act(world: World, process: int) -> Answer:
            return handle(world, received, process)

        answer: Answer = await self._do("other.request", act, writes=(HOME,))
        await self._do("other.answer", nothing)
        members = json.loads(answer.body)
        if answer.status != 200:
            return None
        expires_at = format_time(int(self._process.now + members["expires_in"]))
        return {
            "access_token": members["access_token"],
            "refresh_token": members["refresh_token"],
            "expires_at": expires_at,
        }

    async def _load(self) -> Mapping[str, str]:
        if self._store == FILE:
            return dict(await self._do("other.load", self._reading("files"), reads=(f"file {self._profile}",)) or ())
        found: dict[str, str] = {}
        for entry, field in _ENTRIES:
            secret = await self._do("other.load", self._reading_item(entry), reads=(f"item {self._profile} {entry}",))
            if secret is not None:
                found[field] = secret.decode()
        return found

    async def _save(self, granted: Mapping[str, str]) -> None:
        if self._store == FILE:
            await self._in_place("other.save", f"file {self._profile}", self._writing_file, fields_of(granted))
            return
        for entry, field in _ENTRIES:
            await self._do(
                "other.save",
                self._writing_item(entry, granted[field].encode()),
                writes=(f"item {self._profile} {entry}",),
            )

    async def _write_profile(self, profile: Mapping[str, str]) -> None:
        await self._in_place("other.profile", f"profile {self._profile}", self._writing_profile, fields_of(profile))

    async def _in_place(
        self, name: str, thing: str, writing: Callable[[Fields], Callable[[World, int], None]], fields: Fields
    ) -> None:
        await self._do(f"{name} truncates", writing(TORN), writes=(thing,))
        await self._do(f"{name} writes", writing(fields), writes=(thing,))

    async def _do(self, name: str, act: Callable[[World, int], object], **touched: tuple[str, ...]) -> Any:
        return await self._process.do(Step(name, act, **touched))  # type: ignore[arg-type] # reads and writes alone

    def _reading(self, kind: str) -> Callable[[World, int], Fields | None]:
        def act(world: World, _process: int) -> Fields | None:
            contents = world.disk.files if kind == "files" else world.disk.profiles
            return contents.get(self._profile)

        return act

    def _reading_item(self, entry: str) -> Callable[[World, int], bytes | None]:
        return lambda world, _: world.disk.items.get((self._profile, entry))

    def _writing_item(self, entry: str, secret: bytes) -> Callable[[World, int], None]:
        return lambda world, _: write_item(world, self._profile, entry, secret)

    def _writing_file(self, fields: Fields) -> Callable[[World, int], None]:
        return lambda world, _: write_file(world, self._profile, fields)

    def _writing_profile(self, fields: Fields) -> Callable[[World, int], None]:
        return lambda world, _: write_profile(world, self._profile, fields)


_ENTRIES = (("access", "access_token"), ("refresh", "refresh_token"), ("expires", "expires_at"))
"""The entries in the order in which it reads and writes them, and the fields that they hold."""
