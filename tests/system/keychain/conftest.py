"""A real gnome-keyring on a session bus of its own, in a directory of its own: nothing of the machine is touched."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from promptvm_oauth.adapters.secret_service.bus import SessionBus
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.ports.errors import StoreError

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon", "secret-tool")

# No directories of services: the bus starts nothing, neither a second keyring nor a window that asks for a password.
BUS = """<busconfig>
  <type>session</type>
  <listen>unix:path={directory}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
"""


class Keychain:
    """A bus, and a Secret Service on it whose collection `login` is unlocked."""

    PATH = "/org/freedesktop/secrets"
    LOGIN = f"{PATH}/collection/login"
    SERVICE = "org.freedesktop.secrets"

    def __init__(self, directory: Path) -> None:
        self.environ = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
        for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            self.environ[name] = str(directory)
        self.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={directory}/bus"
        configuration = directory / "bus.conf"
        configuration.write_text(BUS.format(directory=directory))
        self.bus = self._start("dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address")
        assert self.bus.stdout is not None
        assert self.bus.stdout.readline()
        self.daemon = self.start_daemon()

    def start_daemon(self) -> subprocess.Popen[bytes]:
        """Start the Secret Service; its first start makes the collection and sets the password."""
        self.daemon = self._start("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
        assert self.daemon.stdin is not None
        self.daemon.stdin.write(b"password")
        self.daemon.stdin.close()
        return self.daemon

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + 20
        while True:
            try:
                return SecretServiceStore().probe()
            except StoreError:
                assert time.monotonic() < end, "the keyring does not start"
                time.sleep(0.01)

    def call(self, path: str, interface: str, member: str, signature: str, *body: object) -> tuple[object, ...]:
        """Call the service as another program does."""
        bus = SessionBus(self.SERVICE, 5)
        try:
            return bus.call(path, interface, member, signature, *body)
        finally:
            bus.close()

    def lock(self) -> None:
        """Lock the collection."""
        self.call(self.PATH, "org.freedesktop.Secret.Service", "Lock", "ao", [self.LOGIN])

    def add(self, account: str, secret: str, *, replace: bool = False) -> None:
        """Add an item as another program does."""
        bus = SessionBus(self.SERVICE, 5)
        try:
            _, session = bus.call(self.PATH, "org.freedesktop.Secret.Service", "OpenSession", "sv", "plain", ("s", ""))
            attributes = {"service": "promptvm-cli", "username": account}
            properties = {
                "org.freedesktop.Secret.Item.Label": ("s", account),
                "org.freedesktop.Secret.Item.Attributes": ("a{ss}", attributes),
            }
            value = (session, b"", secret.encode(), "text/plain")
            collection = "org.freedesktop.Secret.Collection"
            bus.call(self.LOGIN, collection, "CreateItem", "a{sv}(oayays)b", properties, value, replace)
        finally:
            bus.close()

    def attributes(self, account: str) -> list[Mapping[str, str]]:
        """Returns the attributes of each item of an account."""
        bus = SessionBus(self.SERVICE, 5)
        try:
            wanted = {"username": account}
            (items,) = bus.call(self.LOGIN, "org.freedesktop.Secret.Collection", "SearchItems", "a{ss}", wanted)
            asked = ("org.freedesktop.Secret.Item", "Attributes")
            properties = "org.freedesktop.DBus.Properties"
            return [bus.call(item, properties, "Get", "ss", *asked)[0][1] for item in items]
        finally:
            bus.close()

    def secret_tool(self, *arguments: str, stdin: str = "") -> str:
        """Run another program that uses the Secret Service, as the Go tool does."""
        done = subprocess.run(
            ["secret-tool", *arguments],
            input=stdin,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
        return done.stdout

    def close(self) -> None:
        """End both."""
        for process in (self.daemon, self.bus):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(10)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=self.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keychain]:
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found: install the Debian packages gnome-keyring, dbus, libsecret-tools")
    with tempfile.TemporaryDirectory(prefix="keychain-") as directory:  # the path of a socket has room for 108 bytes
        started = Keychain(Path(directory))
        try:
            for name in ("DISPLAY", "WAYLAND_DISPLAY"):
                monkeypatch.delenv(name, raising=False)
            for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
                monkeypatch.setenv(name, started.environ[name])
            started.wait()
            yield started
        finally:
            started.close()
