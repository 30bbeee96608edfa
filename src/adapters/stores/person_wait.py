"""The wait for a user who is to answer a store's prompt: a listener is told of it, and a caller that leaves ends it."""

from collections.abc import Callable

from ...ports.errors import StoreLocked
from ...ports.events import Event, Listener, UnlockAwaited
from ...ports.timeouts import KEYCHAIN_NOTICE


class PersonWait:
    """One wait.

    Args:
        profile: the profile whose tokens are locked.
        store: the name of the store.
        emit: the listener, or None.

    Attributes:
        over: whether the caller no longer waits.
    """

    def __init__(self, profile: str, store: str, emit: Listener | None) -> None:
        self._profile = profile
        self._store = store
        self._emit = emit
        self._told = False
        self.over = False

    def go_on(self, passed: float, seconds: float) -> None:
        """Tells the listener once that the user is waited for; the first second, in which most prompts end, is silent.

        Args:
            passed: the seconds that have passed.
            seconds: the seconds that the user has.

        Raises:
            StoreLocked: the caller no longer waits.
        """
        if self.over:
            raise StoreLocked("the keyring is locked, and the wait for its prompt was given up", store=self._store)
        if self._emit is not None and not self._told and passed >= KEYCHAIN_NOTICE:
            self._told = True
            self._emit(UnlockAwaited(self._profile, self._store, seconds))

    def from_thread(self) -> Callable[[float, float], None]:
        """Returns a function like `go_on` for a worker thread; the listener is called in the caller's event loop."""
        import asyncio

        loop, emit = asyncio.get_running_loop(), self._emit
        if emit is not None:

            def emit_in_loop(event: Event) -> None:
                loop.call_soon_threadsafe(emit, event)

            self._emit = emit_in_loop
        return self.go_on
