"""The ports of one client, each made when it is first used. Subclasses say which adapters make a colour."""

from __future__ import annotations

import os
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

from ..adapters.locks.several import several_locks
from ..adapters.profiles.awaited import AwaitedProfiles
from ..adapters.stores.awaited import AwaitedStore
from ..adapters.system.clock import BlockingClock
from ..domain.errors import ConfigurationError
from ..domain.profile import Configuration
from .stores import choose_own_store, choose_store

if TYPE_CHECKING:
    from ..adapters.files.metadata_cache import AwaitedMetadata
    from ..adapters.profiles.preferred_flows import RememberedFlows
    from ..adapters.system.runner import Runner
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.entropy import Entropy
    from ..ports.events import Listener, ProblemNoticed
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.metadata import MetadataStore
    from ..ports.profiles import ProfileStore
    from ..ports.secrets import AwaitedSecretStore
    from ..ports.single_flight import SingleFlight
    from .given import Given
    from .stores import Chosen


class Wiring:
    """What the embedder gave, completed with this package's adapters."""

    def __init__(self, given: Given, *, flight: SingleFlight, call: Runner) -> None:
        """Make nothing yet but what must be one of its kind.

        Args:
            given: what the embedder passed.
            flight: this client's single flight.
            call: how plain stores are called.
        """
        self.given = given
        self.flight = flight
        self._call = call
        server = given.server
        if given.issuer is not None and (server is not None or given.base_url is not None):
            raise ConfigurationError("give an issuer, a server or a base URL, and no two of them")
        self.configuration = Configuration(
            os.environ,
            server.base_url if server is not None else given.base_url,
            given.app_url,
            server.issuer if server is not None else given.issuer,
            server.client_id if server is not None and server.issuer else given.client_id,
        )
        self._problems: deque[ProblemNoticed] = deque()
        self._chosen = choose_store(given.secrets, self._config_dir)

    @cached_property
    def clock(self) -> Clock:
        """Time."""
        return self.given.clock or self._make_clock()

    @cached_property
    def http(self) -> Http:
        """Requests."""
        return self.given.http or self._make_http()

    @cached_property
    def browser(self) -> Browser:
        """The person's own browser."""
        return self.given.browser or self._make_browser()

    @cached_property
    def callback(self) -> CallbackPort:
        """The loopback listener."""
        return self.given.callback or self._make_callback()

    @cached_property
    def entropy(self) -> Entropy:
        """Randomness."""
        from ..adapters.system.entropy import SystemEntropy

        return SystemEntropy()

    @cached_property
    def secrets(self) -> AwaitedSecretStore:
        """The secret store; where profiles of other servers have places of their own, so have their secrets."""
        from ..adapters.profiles.split_profiles import SplitProfiles

        shared = self._lifted(self._chosen)
        profiles = self._profile_store
        own = choose_own_store(self.given.secrets, self._own_dir)
        if own is None or not isinstance(profiles, SplitProfiles):
            return shared
        from ..domain.split_secrets import SplitSecrets

        return SplitSecrets(shared, lambda: self._lifted(own()), lambda name: self._call(profiles.is_own, name))

    @cached_property
    def profiles(self) -> AwaitedProfiles:
        """The profiles."""
        store, problems = self._profile_store, self._problems
        return AwaitedProfiles(store, self._call, problems=problems, emit=self.emit)

    @cached_property
    def metadata(self) -> AwaitedMetadata:
        """What servers said of themselves."""
        from ..adapters.files.metadata_cache import AwaitedMetadata

        return AwaitedMetadata(self._make_metadata(), self._call)

    @cached_property
    def lock(self) -> Lock:
        """One holder per credential."""
        return self.given.lock or several_locks([self._make_lock(place) for place in self._chosen.lock_dirs or (None,)])

    @cached_property
    def emit(self) -> Listener:
        """Where events go: to the embedder's listener, else to the terminal if there is one."""
        from .listening import guarded, terminal

        return guarded(self.given.on_event or terminal())

    @property
    def has_audience(self) -> bool:
        """Whether anybody would see a device code; a listener that says `shows_codes = False` shows it to nobody."""
        from .listening import terminal

        listener = self.given.on_event or terminal()
        return listener is not None and bool(getattr(listener, "shows_codes", True))

    @cached_property
    def user_agent(self) -> str:
        """What the server shows the person in the list of sessions, so it names the program."""
        from ..adapters.system.user_agent import user_agent

        return self.given.user_agent or user_agent()

    async def recall_flow(self, profile: str) -> str:
        """Give the login flow that was remembered for a profile, or the empty text."""
        return "" if self._flows is None else await self._call(self._flows.recall, profile)

    async def remember_flow(self, profile: str, flow: str) -> None:
        """Remember the login flow of a profile; the empty text forgets it.

        Raises:
            OSError: it could not be written.
        """
        if self._flows is not None:
            await self._call(self._flows.remember, profile, flow)

    def for_other_colour(self) -> Given:
        """Give what ports of the other colour are made from; what lives in this process alone is shared."""
        chosen = self._chosen
        secrets = self.given.secrets if chosen.locks is None else chosen.store
        return self.given._replace(secrets=secrets, profiles=self._profile_store)

    async def close(self) -> None:
        """Let work under way end, and release what was made; what the embedder gave is the embedder's to close."""
        await self.flight.close()
        if self.given.http is None and "http" in self.__dict__:
            await self.http.close()

    @cached_property
    def _profile_store(self) -> ProfileStore:
        return self.given.profiles or self._make_profiles()

    @cached_property
    def _flows(self) -> RememberedFlows | None:
        if self._on_no_disk or self.given.profiles is not None:
            return None
        from ..adapters.profiles.preferred_flows import RememberedFlows

        return RememberedFlows(self._config_dir())

    @property
    def _on_no_disk(self) -> bool:
        return self._chosen.locks is not None and self.given.config_dir is None

    def _config_dir(self) -> str:
        if self.given.config_dir is not None:
            return os.fspath(self.given.config_dir)
        from ..adapters.files.config_dir import config_dir

        return config_dir(os.environ)

    def _own_dir(self) -> str:
        """Give the directory of what the Go tool must not see: profiles of other servers."""
        return os.path.join(self._config_dir(), "promptvm-oauth")

    def _make_profiles(self) -> ProfileStore:
        if self._on_no_disk:
            from ..adapters.profiles.memory import MemoryProfiles

            return MemoryProfiles()
        from ..adapters.profiles.split_profiles import SplitProfiles
        from ..adapters.profiles.yaml_profiles import YamlProfiles

        shared = YamlProfiles(self._config_dir(), on_problem=self._problems.append)
        return SplitProfiles(shared, YamlProfiles(self._own_dir()))

    def _make_metadata(self) -> MetadataStore:
        from ..adapters.files.metadata_cache import MemoryMetadata, MetadataFiles

        in_memory = self._chosen.locks is not None and self.given.config_dir is None
        return MemoryMetadata() if in_memory else MetadataFiles(self._own_dir())

    def _lifted(self, chosen: Chosen) -> AwaitedSecretStore:
        lifted = AwaitedStore(chosen.store, self._call, chosen.reason)
        if chosen.keychain is None:
            return lifted
        from ..domain.keychain_first import KeychainFirst

        return KeychainFirst(AwaitedStore(chosen.keychain, self._call, chosen.reason), lifted, self.emit)

    def _make_clock(self) -> Clock:
        return BlockingClock()

    def _make_http(self) -> Http:
        raise NotImplementedError

    def _make_browser(self) -> Browser:
        raise NotImplementedError

    def _make_callback(self) -> CallbackPort:
        raise NotImplementedError

    def _make_lock(self, directory: str | None) -> Lock:
        raise NotImplementedError
