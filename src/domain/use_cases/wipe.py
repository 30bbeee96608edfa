"""Removes every login and everything else that this package wrote on this machine, then ends the sessions."""

from attrs import frozen

from ...ports.profiles import AwaitedProfileStore
from ...ports.secrets import AwaitedSecretStore
from ...ports.traces import AwaitedTraces, Removed
from ..configuration import Configuration
from .client_ports import PortFactory, StoredPorts
from .logout import Logout, LogoutResult
from .removal import Removal, has_keys_only
from .resolver import Resolver


@frozen
class WipeResult:
    """The result of `wipe`.

    Attributes:
        logouts: one result for each profile that was removed, or should have been.
        removed: the paths of the further files and directories that were removed.
        left: what was left on this machine, each with the reason.
    """

    logouts: tuple[LogoutResult, ...]
    removed: tuple[str, ...]
    left: tuple[str, ...]


@frozen
class Wipe:
    """Wipes what one client may have written."""

    configuration: Configuration
    profiles: AwaitedProfileStore
    places: tuple[AwaitedSecretStore, ...]
    traces: AwaitedTraces
    resolver: Resolver
    logout: Logout

    @classmethod
    def of_ports(cls, ports: StoredPorts, factory: PortFactory, resolver: Resolver, logout: Logout) -> "Wipe":
        """Returns the wipe of one client."""
        places = tuple(dict.fromkeys((ports.shared_secrets, factory.own_secrets())))
        return cls(ports.configuration, ports.profiles, places, factory.traces(), resolver, logout)

    async def run(self, *, revoke: bool) -> WipeResult:
        """Removes the logins with their profiles, then the other files, and only then asks the servers.

        Args:
            revoke: whether to end the sessions at their servers.

        Raises:
            ProfileError: the configuration or its directory cannot be read; nothing was removed.
        """
        recorded = await self.profiles.names()
        keys = [name for name in recorded if await has_keys_only(self.profiles, name)]
        names = sorted({*recorded, *await self.traces.names()}.difference(keys))
        removals = [await self._removal(name) for name in names]
        others: list[Removed] = []

        async def remove_others() -> None:
            others.append(await self.traces.remove())

        logouts = await self.logout.run_all(removals, revoke=revoke, then=remove_others)
        kept = [f"profile {name}: it has an API key, which cannot be read again once it is removed" for name in keys]
        left = [line for each in others for line in each.left]
        return WipeResult(logouts, tuple(path for each in others for path in each.removed), (*kept, *left))

    async def _removal(self, name: str) -> Removal:
        removal = await Removal.of_profile(name, self.resolver, self.configuration, whole=True)
        removal.besides = tuple(place for place in self.places if place not in removal.places)
        return removal
