"""One connection to the session bus, with one deadline for connecting, authenticating and all calls.

Only the wire format of jeepney is used, since its connection has no time-out for its first call. The connection uses
sockets of this machine only and never starts a bus: if no address is set, it tries that of systemd.
"""

import os
import socket
import time
from importlib import import_module
from itertools import count
from typing import Any, Protocol

MAX_RECEIVED = 4 * 1024 * 1024
"""The most data that one connection may receive, in bytes: 4 MiB."""

BUS_NAME = "org.freedesktop.DBus"
_BUS_PATH = "/org/freedesktop/DBus"
_CHUNK = 65536
_MOST_SIGNALS = 100


class NoBus(Exception):
    """There is no session bus."""


class TooMuchReceived(Exception):
    """The replies are larger than any value that this package stores."""


class ErrorReply(Exception):
    """The reply to a call is an error.

    Attributes:
        error: the dotted name of the error; its text is not kept, since it may quote what was sent.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Bus(Protocol):
    """A connection for the Secret Service protocol. After its deadline every method raises TimeoutError."""

    def call(self, path: str, interface: str, member: str, signature: str = "", *body: object) -> tuple[Any, ...]:
        """Calls a method of the Secret Service and returns the body of the reply."""
        ...

    def watch(self, path: str) -> None:
        """Subscribes to the signals of an object."""
        ...

    def signal(self, path: str, member: str) -> tuple[Any, ...]:
        """Waits for a signal that `watch` subscribed to, and returns its body."""
        ...

    def allow(self, seconds: float) -> None:
        """Sets a new deadline, in seconds from now."""
        ...

    def close(self) -> None:
        """Closes the connection. May be called more than once."""
        ...


class SessionBus:
    """A `Bus` over a real connection.

    Args:
        name: the bus name of the called service.
        seconds: the deadline, in seconds from now.

    Raises:
        NoBus: no address is set, or no bus listens at it.
        ImportError: jeepney is not installed.
        TimeoutError: the bus did not reply in time.
        OSError: the connection failed.
    """

    def __init__(self, name: str, seconds: float) -> None:
        self._jeepney: Any = import_module("jeepney")  # it ships no types
        self._fields = self._jeepney.HeaderFields
        self._parser = self._jeepney.Parser()
        self._serials = count(1)
        self._name = name
        self._received = 0
        self._signals: list[Any] = []
        self.allow(seconds)
        self._socket = self._connect()
        try:
            self._authenticate()
            self._call(BUS_NAME, _BUS_PATH, BUS_NAME, "Hello")
        except BaseException:
            self.close()
            raise

    def allow(self, seconds: float) -> None:
        """Sets a new deadline, in seconds from now; the data received so far no longer counts."""
        self._deadline = time.monotonic() + seconds
        self._received = 0

    def call(self, path: str, interface: str, member: str, signature: str = "", *body: object) -> tuple[Any, ...]:
        """Calls a method and returns the body of the reply.

        Args:
            path: the path of the object.
            interface: the interface of the method.
            member: the name of the method.
            signature: the D-Bus signature of the arguments.
            body: the arguments.

        Raises:
            ErrorReply: the reply is an error.
            TimeoutError: there was no reply in time.
            TooMuchReceived: the replies are too large.
            OSError: the connection broke.
        """
        return self._call(self._name, path, interface, member, signature, *body)

    def watch(self, path: str) -> None:
        """Subscribes to the signals of an object, since the bus delivers broadcast signals to subscribers only."""
        self._call(BUS_NAME, _BUS_PATH, BUS_NAME, "AddMatch", "s", f"type='signal',sender='{self._name}',path='{path}'")

    def signal(self, path: str, member: str) -> tuple[Any, ...]:
        """Waits for a signal and returns its body; raises as `call` does."""
        while True:
            while self._signals:
                message = self._signals.pop(0)
                fields = message.header.fields
                if fields.get(self._fields.path) == path and fields.get(self._fields.member) == member:
                    return tuple(message.body)
            self._keep_signal(self._receive())

    def close(self) -> None:
        """Closes the connection. May be called more than once."""
        self._socket.close()

    def __del__(self) -> None:
        connection: socket.socket | None = self.__dict__.get("_socket")
        if connection is not None:
            connection.close()  # a connection that a store kept ends with the store

    def _connect(self) -> socket.socket:
        for address in self._addresses():
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.settimeout(self._left())
                connection.connect(address)
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        raise NoBus

    def _authenticate(self) -> None:
        """Authenticates as this user (D-Bus specification, 'Authentication Protocol')."""
        authenticator = self._jeepney.auth.Authenticator()
        for line in authenticator:
            self._send(line)
            authenticator.feed(self._read())
        self._send(self._jeepney.auth.BEGIN)

    def _call(
        self, name: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> tuple[Any, ...]:
        serial = next(self._serials)
        address = self._jeepney.DBusAddress(path, name, interface)
        message = self._jeepney.new_method_call(address, member, signature or None, body)
        self._send(message.serialise(serial=serial))
        while True:
            reply = self._receive()
            fields = reply.header.fields
            if fields.get(self._fields.reply_serial) != serial:
                self._keep_signal(reply)
            elif reply.header.message_type is self._jeepney.MessageType.error:
                raise ErrorReply(str(fields.get(self._fields.error_name)))
            else:
                return tuple(reply.body)

    def _keep_signal(self, message: Any) -> None:  # noqa: ANN401 - jeepney ships no types
        is_signal = message.header.message_type is self._jeepney.MessageType.signal
        if is_signal and len(self._signals) < _MOST_SIGNALS:
            self._signals.append(message)

    def _receive(self) -> Any:  # noqa: ANN401 - jeepney ships no types
        while (message := self._parser.get_next_message()) is None:
            self._parser.add_data(self._read())
        return message

    def _send(self, data: bytes) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

    def _read(self) -> bytes:
        self._socket.settimeout(self._left())
        data = self._socket.recv(_CHUNK)
        if not data:
            raise ConnectionResetError("the bus closed the connection")
        self._received += len(data)
        if self._received > MAX_RECEIVED:
            raise TooMuchReceived
        return data

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _addresses(self) -> list[str]:
        """Returns the sockets of the session bus, in the order to try them; they need not exist."""
        if not hasattr(socket, "AF_UNIX"):
            return []
        listed = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
        if listed in {"", "autolaunch:"}:
            runtime = os.environ.get("XDG_RUNTIME_DIR", "")
            return [os.path.join(runtime, "bus")] if os.path.isabs(runtime) else []
        try:
            return list(self._jeepney.bus.get_connectable_addresses(listed))
        except (RuntimeError, ValueError):  # an unsupported or invalid address
            return []
