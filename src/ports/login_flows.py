"""The login-flows port: which login flow each profile was told to take. Nothing in it is secret."""

from typing import Protocol


class LoginFlowStore(Protocol):
    """Remembers a flow per profile; it may forget at any time."""

    async def load(self, profile: str) -> str:
        """Returns the flow of a profile: `browser`, `device` or `paste`, or the empty text. Never raises."""
        ...

    async def save(self, profile: str, flow: str) -> None:
        """Keeps the flow of a profile; the empty text forgets it.

        Raises:
            OSError: it could not be written.
        """
        ...
