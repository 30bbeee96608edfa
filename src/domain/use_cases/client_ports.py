"""What the use cases of one client may ask for. The composition root provides it; tests may provide fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...ports.browser import Browser
    from ...ports.callback import CallbackPort
    from ...ports.clock import Clock
    from ...ports.entropy import Entropy
    from ...ports.environment import Environment
    from ...ports.events import Listener
    from ...ports.http import Http
    from ...ports.lock import Lock
    from ...ports.metadata import AwaitedMetadataStore
    from ...ports.profiles import AwaitedProfileStore
    from ...ports.secrets import AwaitedSecretStore, ProbedSecretStore
    from ...ports.single_flight import SingleFlight
    from ..configuration import Configuration
    from ..freshness import RefreshPolicy


class ClientPorts(Protocol):
    """The ports of one client, each made when it is first asked for."""

    @property
    def configuration(self) -> Configuration:
        """The server that the client was made for."""
        ...

    @property
    def policy(self) -> RefreshPolicy:
        """When tokens are renewed, and how long a lock is waited for."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def entropy(self) -> Entropy:
        """Randomness."""
        ...

    @property
    def http(self) -> Http:
        """Requests."""
        ...

    @property
    def browser(self) -> Browser:
        """The user's own browser."""
        ...

    @property
    def callback(self) -> CallbackPort:
        """The loopback listener."""
        ...

    @property
    def callback_ports(self) -> Sequence[int]:
        """The ports that the listener may take, in order of preference; empty means any free one."""
        ...

    @property
    def shared_secrets(self) -> AwaitedSecretStore:
        """The store of PromptVM's logins, which the Go tool may share."""
        ...

    @property
    def own_secrets(self) -> AwaitedSecretStore:
        """The store of logins to standard servers, which the Go tool must not see."""
        ...

    @property
    def profiles(self) -> AwaitedProfileStore:
        """The profiles of both kinds."""
        ...

    @property
    def metadata(self) -> AwaitedMetadataStore:
        """What standard servers said of themselves."""
        ...

    @property
    def lock(self) -> Lock:
        """One holder per profile."""
        ...

    @property
    def single_flight(self) -> SingleFlight:
        """One refresh for many callers of this process."""
        ...

    @property
    def emit(self) -> Listener:
        """Who hears the events; it never raises."""
        ...

    @property
    def has_audience(self) -> bool:
        """Whether a device code that is emitted would be seen by a person."""
        ...

    @property
    def can_paste(self) -> bool:
        """Whether the user may paste a callback URL beside the listener."""
        ...

    def pasting(self, refuse: Callable[[str], object], *, alone: bool) -> CallbackPort:
        """Returns the listener with pasted URLs as a second way.

        Args:
            refuse: hears why a paste was refused.
            alone: whether pasting is the only way, so that the end of the input ends the login.
        """
        ...

    def environment(self, remembered: str) -> Environment:
        """Looks at where the program runs.

        Args:
            remembered: the flow that the profile was told to take, or the empty text.
        """
        ...

    def device_name(self) -> str:
        """Returns the label of this machine in the user's list of authorised devices."""
        ...

    async def preferred_flow(self, profile: str) -> str:
        """Returns the login flow that a profile was told to take, or the empty text."""
        ...

    async def prefer_flow(self, profile: str, flow: str) -> None:
        """Keeps the login flow of a profile; the empty text forgets it.

        Raises:
            OSError: it could not be written.
        """
        ...

    def candidate_stores(self) -> Sequence[ProbedSecretStore]:
        """Returns the places for tokens, the best one first."""
        ...

    def network_settings(self, base_url: str) -> tuple[tuple[str, str], ...]:
        """Returns the settings of the environment that requests to a server obey, without passwords."""
        ...

    def hostname(self) -> str:
        """Returns this machine's name."""
        ...

    async def close(self) -> None:
        """Waits for work under way and releases what was made."""
        ...
