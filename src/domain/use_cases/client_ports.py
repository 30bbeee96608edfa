"""The ports of one client's use cases, in frozen groups that the composition root builds on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...ports.browser import Browser
    from ...ports.callback import CallbackPort
    from ...ports.cancellation import RunningLogins
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
    from ...ports.traces import AwaitedTraces
    from ..configuration import Configuration
    from ..freshness import RefreshPolicy


class StoredPorts(NamedTuple):
    """The ports for reading stored tokens.

    Attributes:
        configuration: the server settings of the client.
        policy: when tokens are renewed, and how long to wait for a lock.
        clock: the clocks.
        profiles: the profiles, of PromptVM and of standard servers.
        shared_secrets: the store for PromptVM's tokens, which may be shared with the Go tool.
    """

    configuration: Configuration
    policy: RefreshPolicy
    clock: Clock
    profiles: AwaitedProfileStore
    shared_secrets: AwaitedSecretStore


class OnlinePorts(NamedTuple):
    """The ports for requests to a server and for changing stored data.

    Attributes:
        http: sends requests.
        entropy: randomness.
        lock: a lock per profile, between processes.
        single_flight: merges concurrent refreshes of this process.
        emit: called with events; never raises.
        device_name: returns this machine's label for the user's list of authorised devices.
    """

    http: Http
    entropy: Entropy
    lock: Lock
    single_flight: SingleFlight
    emit: Listener
    device_name: Callable[[], str]


class LoginPorts(NamedTuple):
    """The further ports for a login on this machine.

    Attributes:
        browser: opens the user's own browser.
        callback: opens the loopback listener.
        callback_ports: the allowed ports of the listener, in order of preference; empty means any free port.
        has_audience: whether the user sees a device code that is emitted as an event.
        can_paste: whether the user may paste a callback URL, besides the listener.
        pasting: returns a callback port that also accepts pasted URLs. Its arguments are a function that is called with
            the reason why a paste was rejected, and whether pasting is the only way.
        look_around: returns where the program runs. Its argument is the flow that is remembered for the profile.
        flows: the remembered flow of each profile.
        running: the logins of the client that are running now.
    """

    browser: Browser
    callback: CallbackPort
    callback_ports: Sequence[int]
    has_audience: bool
    can_paste: bool
    pasting: Callable[[Callable[[str], object], bool], CallbackPort]
    look_around: Callable[[str], Environment]
    flows: LoginFlowStore
    running: RunningLogins


class MachinePorts(NamedTuple):
    """The further ports for a diagnosis.

    Attributes:
        candidate_stores: the token stores, in order of preference.
        network_settings: returns the network settings of requests to a base URL, without passwords.
        user: the name of this process's user; empty if it is not known.
    """

    candidate_stores: Sequence[ProbedSecretStore]
    network_settings: Callable[[str], tuple[tuple[str, str], ...]]
    user: str


class PortFactory(Protocol):
    """Builds the ports that not every call needs. Each method returns the same ports on every call."""

    def own_secrets(self) -> AwaitedSecretStore:
        """Returns the store for tokens of standard servers, which the Go tool must not see."""
        ...

    def metadata(self) -> AwaitedMetadataStore:
        """Returns the cache of standard servers' metadata."""
        ...

    def traces(self) -> AwaitedTraces:
        """Returns what this package wrote on this machine."""
        ...

    def online(self) -> OnlinePorts:
        """Returns the ports for requests to a server."""
        ...

    def login(self) -> tuple[OnlinePorts, LoginPorts]:
        """Returns the ports for a login on this machine."""
        ...

    def running_logins(self) -> RunningLogins:
        """Returns the logins of the client that are running now."""
        ...

    async def close(self) -> None:
        """Ends waiting logins, waits for running work and closes the ports that were built."""
        ...
