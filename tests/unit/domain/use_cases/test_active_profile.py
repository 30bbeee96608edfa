"""Which profile is the active one after a login, and what is told of it."""

from collections.abc import Mapping

import pytest
from promptvm_oauth.domain.errors import ProfileError
from promptvm_oauth.domain.use_cases.after_login import make_active
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.events import Event, ProfileActivated


class Profiles:
    """Profiles whose configuration may be unreadable, and that keep the active one."""

    def __init__(self, active: str | None, *known: str) -> None:
        self.now = active
        self.known = known

    async def active(self) -> str:
        if self.now is None:
            raise ProfileError("config.yaml is damaged")
        return self.now

    async def load(self, name: str) -> Mapping[str, str] | None:
        return {"name": name} if name in self.known else None

    async def activate(self, name: str) -> None:
        self.now = name


@pytest.mark.parametrize(
    ("active", "known", "told"),
    [
        ("default", ("default",), [ProfileActivated("work", "default")]),
        ("default", (), []),
        ("work", ("work",), []),
        ("", ("default",), []),
        (None, ("default",), []),
    ],
)
def test_a_change_is_told_and_a_first_profile_is_none(
    active: str | None, known: tuple[str, ...], told: list[Event]
) -> None:
    profiles, heard = Profiles(active, *known), list[Event]()
    run_blocking(make_active("work", profiles, heard.append))  # type: ignore[arg-type]  # what the function asks for
    assert heard == told
    assert profiles.now == "work"
