"""A program beside a client: it takes no lock, binds nothing, and writes the tokens first and the profile last."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from promptvm_oauth.ports.rfc3339 import format_time

if TYPE_CHECKING:
    from .conftest import Rig

HOUR = 3600.0
TOKENS = ("access_token", "refresh_token", "expires_at")


class Acting:
    """The clock of a client, on which the other program acts once the client has slept for some time."""

    def __init__(self, rig: "Rig", after: float | None, act: Callable[[], object]) -> None:
        self.rig, self.after, self.act, self.slept = rig, after, act, 0.0

    def now(self) -> float:
        return self.rig.clock.now()

    def monotonic(self) -> float:
        return self.rig.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        before, self.slept = self.slept, self.slept + seconds
        await self.rig.clock.sleep(seconds)
        if self.after is not None and before < self.after <= self.slept:
            self.act()


def refreshes(rig: "Rig") -> int:
    """Returns how many refreshes the server was asked for."""
    return rig.server.count("token", grant_type="refresh_token")


def unbound(rig: "Rig") -> dict[str, str]:
    """Returns the stored tokens as the Go tool writes them."""
    return {field: text for field, text in rig.fields().items() if field in TOKENS}


def later(rig: "Rig", seconds: float = HOUR) -> str:
    """Returns a later time as a store has it."""
    return format_time(rig.clock.now() + seconds)


def write(rig: "Rig", tokens: Mapping[str, str], **profile: str) -> None:
    """Writes tokens, and the profile last."""
    rig.store.save("default", tokens)
    write_profile(rig, tokens["expires_at"], **profile)


def write_profile(rig: "Rig", expires_at: str, **profile: str) -> None:
    """Writes fields of the profile."""
    rig.profiles.save("default", {**(rig.profiles.load("default") or {}), "expires_at": expires_at, **profile})
