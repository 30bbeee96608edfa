"""The login-flows port: the preferred login flow of each profile. It holds no secrets."""

from typing import Literal, Protocol

Flow = Literal["auto", "browser", "device", "paste"]
"""The ways to sign in; `auto` chooses one of the others."""


class LoginFlowStore(Protocol):
    """Stores the preferred login flow per profile; it may lose it at any time."""

    async def load(self, profile: str) -> str:
        """Returns the flow of a profile: `browser`, `device`, `paste`, or the empty text. Never raises."""
        ...

    async def save(self, profile: str, flow: str) -> None:
        """Saves the flow of a profile; the empty text removes it.

        Raises:
            OSError: the flow could not be written.
        """
        ...
