"""The ports of one client: those that the embedder passed, completed with blocking or asynchronous adapters."""

from __future__ import annotations

import os
from collections import deque
from functools import cached_property, partial
from threading import Lock as ThreadLock
from typing import TYPE_CHECKING

from ..adapters.files.config_dir import config_dir, own_dir
from ..adapters.listeners.default import DefaultListener
from ..adapters.listeners.fan_out import guarded
from ..adapters.stores.awaited import AwaitedProfiles, AwaitedStore, run_in_thread, run_inline
from ..adapters.system.clock import BlockingClock
from ..domain.use_cases.client_ports import LoginPorts, MachinePorts, OnlinePorts, StoredPorts
from ..ports.profiles import Users
from .stores import choose_own_store, choose_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..adapters.stores.awaited import Runner
    from ..ports.browser import Browser
    from ..ports.callback import CallbackPort
    from ..ports.cancellation import RunningLogins
    from ..ports.clock import Clock
    from ..ports.events import ProblemNoticed
    from ..ports.http import Http
    from ..ports.lock import Lock
    from ..ports.metadata import AwaitedMetadataStore
    from ..ports.profiles import ProfileStore
    from ..ports.secrets import AwaitedSecretStore
    from ..ports.single_flight import SingleFlight
    from ..ports.traces import AwaitedTraces
    from .options import ClientOptions
    from .stores import Chosen


class Root:
    """The `PortFactory` of one client; its subclasses choose the adapters."""

    _make_http: Callable[[], Http]
    _make_browser: Callable[[], Browser]
    _make_callback: Callable[[], CallbackPort]
    _make_lock: Callable[[str | None], Lock]
    _make_single_flight: Callable[[], SingleFlight]

    def __init__(self, options: ClientOptions, run: Runner, clock: Clock) -> None:
        self.options = options
        self._making = ThreadLock()  # however many threads ask first, they share one single flight
        self._run = run
        self._problems: deque[ProblemNoticed] = deque()
        configuration = options.configuration()
        self._users = configuration.users
        self._chosen = choose_store(options.secrets, self._config_dir, self._users)
        self._listener = options.on_event or DefaultListener()
        self._emit = guarded(self._listener, lambda profile: self.running_logins().cancel(profile))
        self._clock = options.clock or clock
        self._profiles = AwaitedProfiles(self._profile_store, run, problems=self._problems, emit=self._emit)
        secrets = self._awaited(self._chosen)
        self.stored = StoredPorts(configuration, options.policy, self._clock, self._profiles, secrets)

    def own_secrets(self) -> AwaitedSecretStore:
        """Returns the store for tokens of standard servers, which the Go tool must not see."""
        return self._own_secrets

    def metadata(self) -> AwaitedMetadataStore:
        """Returns the cache of standard servers' metadata."""
        from ..adapters.files.metadata_cache import AwaitedMetadata, MemoryMetadata, MetadataFiles

        kept = MemoryMetadata() if self._on_no_disk else MetadataFiles(own_dir(self._config_dir()))
        return AwaitedMetadata(kept, self._run)

    def traces(self) -> AwaitedTraces:
        """Returns what this package wrote on this machine."""
        from ..adapters.files import traces

        return traces.AwaitedTraces(None if self._on_no_disk else self._config_dir(), self._run)

    def online(self) -> OnlinePorts:
        """Returns the ports for requests to a server."""
        with self._making:
            return self._online

    def login(self) -> tuple[OnlinePorts, LoginPorts]:
        """Returns the ports for a login on this machine."""
        from ..adapters.paste.paste_input import can_paste
        from ..adapters.profiles.preferred_flows import AwaitedFlows, PreferredFlows
        from ..adapters.system.environment import look_around

        options = self.options
        callback = options.callback or self._make_callback()
        keeps = not self._on_no_disk and options.profiles is None
        return self.online(), LoginPorts(
            options.browser or self._make_browser(),
            callback,
            options.callback_ports,
            bool(getattr(self._listener, "shows_codes", True)),
            options.paste_from is not None and can_paste(options.paste_from),
            partial(self._pasting, callback),
            partial(look_around, self.stored.configuration.environ, options.callback_ports),
            AwaitedFlows(PreferredFlows(self._config_dir()) if keeps else None, self._run),
            self.running_logins(),
        )

    def machine(self) -> MachinePorts:
        """Returns the further ports for a diagnosis."""
        from ..adapters.system.environment import user_name
        from ..adapters.system.network_settings import network_settings

        stores = filter(None, (self._chosen.keychain, self._chosen.store))
        return MachinePorts(
            [AwaitedStore(store, self._run, self._chosen.reason) for store in stores],
            partial(network_settings, self.stored.configuration.environ),
            user_name(),
        )

    def running_logins(self) -> RunningLogins:
        """Returns the logins of the client that are running now."""
        from ..ports.cancellation import RunningLogins

        running: RunningLogins = self.__dict__.setdefault("_running", RunningLogins())  # once, whatever thread is first
        return running

    async def close(self) -> None:
        """Ends waiting logins, waits for running work, and closes the ports that were built here."""
        if "_running" in self.__dict__:
            self.running_logins().cancel()
        if "_online" in self.__dict__:
            await self._online.single_flight.close()
            if self.options.http is None:
                await self._online.http.close()

    def twin(self) -> Root:
        """Returns the root of the other kind of client; stores in memory are shared."""
        secrets = self.options.secrets if self._chosen.locks is None else self._chosen.store
        make: type[BlockingRoot | AsyncRoot] = AsyncRoot if isinstance(self, BlockingRoot) else BlockingRoot
        return make(self.options._replace(secrets=secrets, profiles=self._profile_store))

    @cached_property
    def _online(self) -> OnlinePorts:
        from ..adapters.system.entropy import SystemEntropy
        from ..adapters.system.environment import default_device_name

        return OnlinePorts(
            self.options.http or self._make_http(),
            SystemEntropy(),
            self.options.lock or self._lock(),
            self._make_single_flight(),
            self._emit,
            partial(default_device_name, self.stored.configuration.environ),
        )

    @cached_property
    def _own_secrets(self) -> AwaitedSecretStore:
        from ..adapters.profiles.split_profiles import SplitProfiles

        if not isinstance(self._profile_store, SplitProfiles):
            return self.stored.shared_secrets
        own = choose_own_store(self.options.secrets, self._config_dir)
        return self.stored.shared_secrets if own is None else self._awaited(own)

    @cached_property
    def _profile_store(self) -> ProfileStore:
        if self.options.profiles is not None:
            return self.options.profiles
        if self._on_no_disk:
            from ..adapters.profiles.memory import MemoryProfiles

            return MemoryProfiles()
        from ..adapters.profiles.on_disk import Unshared, profiles_on_disk
        from ..domain.stores.pair_check import describes

        chosen = self._chosen
        unshared = Unshared(chosen.unshared, (chosen.keychain, chosen.store), describes, self._users)
        return profiles_on_disk(self._config_dir(), self._problems.append, unshared)

    def _pasting(self, callback: CallbackPort, refuse: Callable[[str], object], alone: bool) -> CallbackPort:  # noqa: FBT001 (it is called by position)
        from ..adapters.paste.paste_input import paste_source
        from ..adapters.paste.pasted import PastedCallback, Pasting
        from ..domain.oauth.pasted_redirect import read_paste

        source = paste_source(self.options.paste_from)
        return PastedCallback(callback, Pasting(source, read_paste, refuse, alone))

    def _awaited(self, chosen: Chosen) -> AwaitedSecretStore:
        store = AwaitedStore(chosen.store, self._run, chosen.reason, self._emit)
        if chosen.keychain is None:
            return store
        from ..domain.stores.keychain_first import KeychainFirst

        keychain = AwaitedStore(chosen.keychain, self._run, chosen.reason, self._emit)
        return KeychainFirst(keychain, store, self._profiles, self._clock, self._emit)

    def _lock(self) -> Lock:
        locks = [self._make_lock(place) for place in self._chosen.lock_dirs or (None,)]
        if len(locks) == 1:
            return locks[0]
        from ..adapters.locks.several import SeveralLocks

        return SeveralLocks(locks)

    @property
    def _on_no_disk(self) -> bool:
        nowhere = self.options.config_dir is None or self.options.secrets == "memory" or self._users is Users.MANY
        return self._chosen.locks is not None and nowhere

    def _config_dir(self) -> str:
        return config_dir() if self.options.config_dir is None else os.fspath(self.options.config_dir)


class BlockingRoot(Root):
    """Ports for `OAuthClient`: adapters whose coroutines never suspend."""

    def __init__(self, options: ClientOptions) -> None:
        super().__init__(options, run_inline, BlockingClock())

    def _make_http(self) -> Http:
        from ..adapters.http.blocking_http import BlockingHttp

        return BlockingHttp(user_agent=self.options.user_agent)

    def _make_browser(self) -> Browser:
        from ..adapters.browser.browser import BlockingBrowser

        return BlockingBrowser()

    def _make_callback(self) -> CallbackPort:
        from ..adapters.callback.blocking_listener import BlockingCallback

        return BlockingCallback(theme=self.options.pages)

    def _make_lock(self, directory: str | None) -> Lock:
        from ..adapters.locks.file import BlockingFileLock
        from ..adapters.locks.memory import BlockingMemoryLock

        if directory is None:
            return BlockingMemoryLock(self._chosen.locks, self._emit)
        return BlockingFileLock(directory, self._emit)

    def _make_single_flight(self) -> SingleFlight:
        from ..adapters.single_flight.threads import ThreadSingleFlight

        return ThreadSingleFlight()


class AsyncRoot(Root):
    """Ports for `AsyncOAuthClient`: asyncio adapters, and plain stores in a worker thread."""

    def __init__(self, options: ClientOptions) -> None:
        from ..adapters.system.clock import AsyncClock

        super().__init__(options, run_in_thread, AsyncClock())

    def _make_http(self) -> Http:
        from ..adapters.http.async_http import AsyncHttp

        return AsyncHttp(user_agent=self.options.user_agent)

    def _make_browser(self) -> Browser:
        from ..adapters.browser.browser import AsyncBrowser

        return AsyncBrowser()

    def _make_callback(self) -> CallbackPort:
        from ..adapters.callback.listener import AsyncCallback

        return AsyncCallback(theme=self.options.pages)

    def _make_lock(self, directory: str | None) -> Lock:
        from ..adapters.locks.file import AsyncFileLock
        from ..adapters.locks.memory import AsyncMemoryLock

        if directory is None:
            return AsyncMemoryLock(self._chosen.locks, self._emit)
        return AsyncFileLock(directory, self._emit)

    def _make_single_flight(self) -> SingleFlight:
        from ..adapters.single_flight.tasks import TaskSingleFlight

        return TaskSingleFlight()
