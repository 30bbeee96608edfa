"""The connections of one store: each call has its own, except where the user was asked.

KeePassXC asks the user which items a connection may read, and forgets the answer when the connection ends. The
connection on which the user was asked for a profile is therefore kept, and serves the next calls for this profile.
"""

import os
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from ...ports.errors import StoreError
from .errors import secret_service_error
from .protocol import SecretService

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bus import Bus

    T = TypeVar("T")


class Connections:
    """Runs work over connections to the Secret Service.

    Args:
        connect: returns a connection with a deadline in seconds.
    """

    def __init__(self, connect: "Callable[[float], Bus]") -> None:
        self._connect = connect
        self._turn = Lock()
        self._kept: dict[str, SecretService] = {}
        self._process = os.getpid()

    def run(self, profile: str, seconds: float, work: "Callable[[SecretService], T]") -> "T":
        """Runs work for one caller at a time.

        Args:
            profile: the profile that it is about.
            seconds: the deadline of its calls.
            work: what to do with the service.

        Raises:
            TimeoutError: the service did not answer in time, or another caller took too long.
            StoreError: the port's error for what went wrong.
        """
        if not self._turn.acquire(timeout=2 * seconds):
            raise TimeoutError
        try:
            return self.run_beside(profile, seconds, work)
        finally:
            self._turn.release()

    def run_beside(self, profile: str, seconds: float, work: "Callable[[SecretService], T]") -> "T":
        """Runs work as `run` does, but beside other callers, so that they need not wait for a user."""
        service: SecretService | None = None
        intact = False
        try:
            service = self._taken(profile, seconds)
            result = work(service)
            intact = True
        except TimeoutError:
            raise
        except StoreError as error:
            intact, raised = True, error
        except Exception as error:  # noqa: BLE001 - the port has an error for every failure
            raised = secret_service_error(error)
        else:
            return result
        finally:
            if service is not None:
                self._put_back(profile, service, intact=intact)
        raise raised

    def _taken(self, profile: str, seconds: float) -> SecretService:
        if self._process != os.getpid():  # a fork has copies of the connections, which only its parent may use
            self._process = os.getpid()
            self._kept.clear()
        kept = self._kept.pop(profile, None)
        if kept is None:
            return SecretService(self._connect(seconds), timeout=seconds)
        kept.allow(seconds)
        return kept

    def _put_back(self, profile: str, service: SecretService, *, intact: bool) -> None:
        if not (intact and service.asked and self._kept.setdefault(profile, service) is service):
            service.close()
