"""The state of the server, which is passed to the endpoints."""

from collections.abc import Callable

from .codes import Codes
from .devices import Devices
from .sessions import Sessions
from .settings import Settings

CLIENT_ID = "promptvm-cli"
"""The only client: a public client, without a secret."""

MAX_DEVICE_NAME = 200
"""The greatest length of a device's label, in characters."""


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
