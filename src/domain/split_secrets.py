"""The secrets of two kinds of profiles: PromptVM's, in places that the Go tool shares, and those of other servers."""

from collections.abc import Awaitable, Callable, Mapping

from ..ports.secrets import AwaitedSecretStore, Placement, StoredFields


class SplitSecrets:
    """An `AwaitedSecretStore` over two; which one has a profile is what its profile says."""

    def __init__(
        self,
        shared: AwaitedSecretStore,
        make_own: Callable[[], AwaitedSecretStore],
        is_own: Callable[[str], Awaitable[bool]],
    ) -> None:
        """Take the stores, the second as what makes it, and what tells whether a profile is one of another server."""
        self._shared = shared
        self._make_own = make_own
        self._own: AwaitedSecretStore | None = None
        self._is_own = is_own

    async def load(self, profile: str) -> StoredFields | None:
        """Give all fields of a profile, or None."""
        return await (await self._of(profile)).load(profile)

    async def place(self, profile: str, fields: Mapping[str, str]) -> Placement:
        """Save the tokens of a login."""
        return await (await self._of(profile)).place(profile, fields)

    async def save(self, profile: str, fields: Mapping[str, str]) -> None:
        """Save where they were loaded from."""
        await (await self._of(profile)).save(profile, fields)

    async def rehearse(self, profile: str, fields: Mapping[str, str]) -> None:
        """Check that a save would be possible."""
        await (await self._of(profile)).rehearse(profile, fields)

    async def delete(self, profile: str) -> None:
        """Remove the fields."""
        await (await self._of(profile)).delete(profile)

    async def location(self, profile: str) -> Placement:
        """Say where the fields are, or would be."""
        return await (await self._of(profile)).location(profile)

    async def _of(self, profile: str) -> AwaitedSecretStore:
        if not await self._is_own(profile):
            return self._shared
        if self._own is None:
            self._own = self._make_own()
        return self._own
