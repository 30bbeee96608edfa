"""What the use cases of one client may use: frozen groups of ports, each made by the composition root when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

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
    from ...ports.login_flows import LoginFlowStore
    from ...ports.metadata import AwaitedMetadataStore
    from ...ports.profiles import AwaitedProfileStore
    from ...ports.secrets import AwaitedSecretStore, ProbedSecretStore
    from ...ports.single_flight import SingleFlight
    from ..configuration import Configuration
    from ..freshness import RefreshPolicy


class StoredPorts(NamedTuple):
    """What handing out a stored token takes.

    Attributes:
        configuration: the server that the client was made for.
        policy: when tokens are renewed, and how long a lock is waited for.
        clock: time.
        profiles: the profiles of both kinds.
        shared_secrets: the store of PromptVM's logins, which the Go tool may share.
    """

    configuration: Configuration
    policy: RefreshPolicy
    clock: Clock
    profiles: AwaitedProfileStore
    shared_secrets: AwaitedSecretStore


class OnlinePorts(NamedTuple):
    """What speaking to a server takes, and changing what is stored.

    Attributes:
        http: requests.
        entropy: randomness.
        lock: one holder per profile.
        single_flight: one refresh for many callers of this process.
        emit: who hears the events; it never raises.
        device_name: returns the label of this machine in the user's list of authorised devices.
    """

    http: Http
    entropy: Entropy
    lock: Lock
    single_flight: SingleFlight
    emit: Listener
    device_name: Callable[[], str]


class LoginPorts(NamedTuple):
    """What a login on this machine takes beside.

    Attributes:
        browser: the user's own browser.
        callback: the loopback listener.
        callback_ports: the ports that the listener may take, in order of preference; empty means any free one.
        has_audience: whether a device code that is emitted would be seen by a person.
        can_paste: whether the user may paste a callback URL beside the listener.
        pasting: given what hears why a paste was refused, and whether pasting is the only way, returns the listener
            with pasted URLs as a second way.
        look_around: given the flow that the profile prefers, returns where the program runs.
        flows: the flow that each profile was told to take.
    """

    browser: Browser
    callback: CallbackPort
    callback_ports: Sequence[int]
    has_audience: bool
    can_paste: bool
    pasting: Callable[[Callable[[str], object], bool], CallbackPort]
    look_around: Callable[[str], Environment]
    flows: LoginFlowStore


class MachinePorts(NamedTuple):
    """What a diagnosis looks at beside.

    Attributes:
        candidate_stores: the places for tokens, the best one first.
        network_settings: given a base URL, returns the settings that requests to it obey, without passwords.
        hostname: this machine's name.
    """

    candidate_stores: Sequence[ProbedSecretStore]
    network_settings: Callable[[str], tuple[tuple[str, str], ...]]
    hostname: str


class PortFactory(Protocol):
    """Makes the ports that not every call needs. Each method returns the same ports whenever it is called."""

    def own_secrets(self) -> AwaitedSecretStore:
        """Returns the store of logins to standard servers, which the Go tool must not see."""
        ...

    def metadata(self) -> AwaitedMetadataStore:
        """Returns the memory of what standard servers said of themselves."""
        ...

    def online(self) -> OnlinePorts:
        """Returns what speaking to a server takes."""
        ...

    def login(self) -> tuple[OnlinePorts, LoginPorts]:
        """Returns what a login on this machine takes."""
        ...

    async def close(self) -> None:
        """Waits for work under way and releases what was made."""
        ...
