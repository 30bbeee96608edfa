"""Everything that the server remembers, in one value that the endpoints are given."""

from collections.abc import Callable

from .codes import Codes
from .devices import Devices
from .sessions import Sessions
from .settings import Settings

CLIENT_ID = "promptvm-cli"
"""The one client: public, without a secret."""

MAX_DEVICE_NAME = 200
"""Characters of a device's label."""


class State:
    """Settings, sessions, codes and devices; guarded by the lock of `AuthServer`."""

    def __init__(
        self, now: Callable[[], float], random: Callable[[int], bytes], settings: Settings, app_url: str
    ) -> None:
        self.now = now
        self.settings = settings
        self.app_url = app_url
        self.sessions = Sessions(now, random, settings)
        self.codes = Codes(now, random, settings, self.sessions)
        self.devices = Devices(now, random, settings, self.sessions)
