"""The ports of one client, each made when it is first used: what the embedder passed, else this package's adapters.

What each port is, `ClientPorts` says. Which adapters blocking and asynchronous clients have, `sync_async` says.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

from ..adapters.profiles.awaited import AwaitedProfiles
from ..adapters.stores.awaited import AwaitedStore
from ..adapters.system.clock import BlockingClock
from .stores import choose_own_store, choose_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..adapters.files.metadata_cache import AwaitedMetadata
    from ..adapters.profiles.preferred_flows import PreferredFlows
    from ..adapters.system.runner import Runner
    from ..domain.use_cases.client_ports import ClientPorts
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.clock import Clock
    from ..ports.entropy import Entropy
    from ..ports.environment import Environment
    from ..ports.events import Listener, ProblemNoticed
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.profiles import ProfileStore
    from ..ports.secrets import AwaitedSecretStore, ProbedSecretStore
    from ..ports.single_flight import SingleFlight
    from .options import ClientOptions
    from .stores import Chosen


class Root:
    """The `ClientPorts` of one client."""

    def __init__(self, options: ClientOptions, run: Runner, single_flight: SingleFlight) -> None:
        self.options = options
        self.run = run
        self.single_flight = single_flight
        self.policy = options.policy
        self.callback_ports = options.callback_ports
        self.configuration = options.configuration()
        self._problems: deque[ProblemNoticed] = deque()
        self._chosen = choose_store(options.secrets, self._config_dir)

    @property
    def ports(self) -> ClientPorts:
        return self  # pyright: ignore[reportReturnType] (it compares a cached_property by its class; mypy checks this)

    @cached_property
    def clock(self) -> Clock:
        return self.options.clock or self._make_clock()

    @cached_property
    def http(self) -> Http:
        return self.options.http or self._make_http(self.options.user_agent or self._user_agent())

    @cached_property
    def browser(self) -> Browser:
        return self.options.browser or self._make_browser()

    @cached_property
    def callback(self) -> CallbackPort:
        return self.options.callback or self._make_callback()

    @cached_property
    def entropy(self) -> Entropy:
        from ..adapters.system.entropy import SystemEntropy

        return SystemEntropy()

    @cached_property
    def shared_secrets(self) -> AwaitedSecretStore:
        return self._awaited(self._chosen)

    @cached_property
    def own_secrets(self) -> AwaitedSecretStore:
        own = choose_own_store(self.options.secrets, self._own_dir) if self._has_own_profiles else None
        return self.shared_secrets if own is None else self._awaited(own)

    @cached_property
    def profiles(self) -> AwaitedProfiles:
        return AwaitedProfiles(self._profile_store, self.run, problems=self._problems, emit=self.emit)

    @cached_property
    def metadata(self) -> AwaitedMetadata:
        from ..adapters.files.metadata_cache import AwaitedMetadata, MemoryMetadata, MetadataFiles

        return AwaitedMetadata(MemoryMetadata() if self._on_no_disk else MetadataFiles(self._own_dir()), self.run)

    @cached_property
    def lock(self) -> Lock:
        from ..adapters.locks.several import several_locks

        places = self._chosen.lock_dirs or (None,)
        return self.options.lock or several_locks([self._make_lock(place) for place in places])

    @cached_property
    def emit(self) -> Listener:
        from ..adapters.listeners.fan_out import guarded

        return guarded(self._listener)

    @property
    def has_audience(self) -> bool:
        listener = self._listener
        return listener is not None and bool(getattr(listener, "shows_codes", True))

    @property
    def can_paste(self) -> bool:
        from ..adapters.system.terminal import is_terminal

        return is_terminal(self.options.paste_from)  # a pipe may be meant for others

    def pasting(self, refuse: Callable[[str], object], *, alone: bool) -> CallbackPort:
        from ..adapters.callback.paste_input import PastedInput
        from ..adapters.callback.pasted import PastedCallback, Pasting
        from ..domain.oauth.pasted_redirect import read_paste

        source = PastedInput(self.options.paste_from or sys.stdin)
        return PastedCallback(self.callback, Pasting(source, read_paste, refuse, alone))

    def environment(self, remembered: str) -> Environment:
        from ..adapters.system.environment import look_around

        return look_around(self.configuration.environ, ports=self.callback_ports, remembered=remembered)

    def device_name(self) -> str:
        from ..adapters.system.device_name import default_device_name

        return default_device_name(self.configuration.environ)

    async def preferred_flow(self, profile: str) -> str:
        return "" if self._flows is None else await self.run(self._flows.load, profile)

    async def prefer_flow(self, profile: str, flow: str) -> None:
        if self._flows is not None:
            await self.run(self._flows.save, profile, flow)

    def candidate_stores(self) -> Sequence[ProbedSecretStore]:
        chosen = self._chosen
        stores = (chosen.keychain, chosen.store)
        return [AwaitedStore(store, self.run, chosen.reason) for store in stores if store is not None]

    def network_settings(self, base_url: str) -> tuple[tuple[str, str], ...]:
        from ..adapters.system.network_settings import network_settings

        return network_settings(self.configuration.environ, base_url)

    def hostname(self) -> str:
        from socket import gethostname

        return gethostname()

    async def close(self) -> None:
        await self.single_flight.close()
        if self.options.http is None and "http" in self.__dict__:
            await self.http.close()

    def twin(self) -> Root:
        """Returns the same ports for the other kind of caller; what lives in this process alone is shared."""
        secrets = self.options.secrets if self._chosen.locks is None else self._chosen.store
        return self._make_twin(self.options._replace(secrets=secrets, profiles=self._profile_store))

    @cached_property
    def _listener(self) -> Listener | None:
        from .standalone import default_listener

        return self.options.on_event or default_listener()

    @cached_property
    def _profile_store(self) -> ProfileStore:
        if self.options.profiles is not None:
            return self.options.profiles
        if self._on_no_disk:
            from ..adapters.profiles.memory import MemoryProfiles

            return MemoryProfiles()
        from ..adapters.profiles.split_profiles import SplitProfiles
        from ..adapters.profiles.yaml_profiles import YamlProfiles

        shared = YamlProfiles(self._config_dir(), on_problem=self._problems.append)
        return SplitProfiles(shared, YamlProfiles(self._own_dir()))

    @property
    def _has_own_profiles(self) -> bool:
        from ..adapters.profiles.split_profiles import SplitProfiles

        return isinstance(self._profile_store, SplitProfiles)

    @cached_property
    def _flows(self) -> PreferredFlows | None:
        if self._on_no_disk or self.options.profiles is not None:
            return None
        from ..adapters.profiles.preferred_flows import PreferredFlows

        return PreferredFlows(self._config_dir())

    @property
    def _on_no_disk(self) -> bool:
        return self._chosen.locks is not None and self.options.config_dir is None

    def _config_dir(self) -> str:
        if self.options.config_dir is not None:
            return os.fspath(self.options.config_dir)
        from ..adapters.files.config_dir import config_dir

        return config_dir(os.environ)

    def _own_dir(self) -> str:
        """Returns the directory of what the Go tool must not see: profiles of standard servers."""
        return os.path.join(self._config_dir(), "promptvm-oauth")

    def _awaited(self, chosen: Chosen) -> AwaitedSecretStore:
        store = AwaitedStore(chosen.store, self.run, chosen.reason)
        if chosen.keychain is None:
            return store
        from ..domain.keychain_first import KeychainFirst

        return KeychainFirst(AwaitedStore(chosen.keychain, self.run, chosen.reason), store, self.emit)

    def _user_agent(self) -> str:
        from ..adapters.system.user_agent import user_agent

        return user_agent()

    def _make_clock(self) -> Clock:
        return BlockingClock()

    def _make_http(self, user_agent: str) -> Http:
        raise NotImplementedError

    def _make_browser(self) -> Browser:
        raise NotImplementedError

    def _make_callback(self) -> CallbackPort:
        raise NotImplementedError

    def _make_lock(self, directory: str | None) -> Lock:
        raise NotImplementedError

    def _make_twin(self, options: ClientOptions) -> Root:
        raise NotImplementedError
