"""One connection to the session bus, with one deadline for connecting, logging on, and every call and answer.

jeepney gives the wire format and no connection: the first call of its own one has no time-out. Only sockets of this
machine are connected to, and no bus is ever started: where no address is set, the one that systemd keeps is tried.
"""

import os
import socket
import time
from importlib import import_module
from itertools import count
from typing import Any, Protocol

MAX_RECEIVED = 4 * 1024 * 1024
"""Bytes that are received over one connection at the most: 4 MiB."""

BUS_NAME = "org.freedesktop.DBus"
_BUS_PATH = "/org/freedesktop/DBus"
_CHUNK = 65536


class NoBus(Exception):
    """There is no session bus to talk to."""


class TooMuchReceived(Exception):
    """The answers are larger than anything that is stored here on purpose."""


class ErrorReply(Exception):
    """A call was answered by an error.

    Attributes:
        error: the error's name, dotted; its text is left out, since it may quote what was sent.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Bus(Protocol):
    """What the Secret Service protocol needs of a connection. After its deadline every method raises TimeoutError."""

    def call(self, path: str, interface: str, member: str, signature: str = "", *body: object) -> tuple[Any, ...]:
        """Call a method of the Secret Service and give the body of the answer."""
        ...

    def watch(self, path: str) -> None:
        """Ask the bus for the signals of an object."""
        ...

    def signal(self, path: str, member: str) -> tuple[Any, ...]:
        """Wait for a signal that was asked for, and give its body."""
        ...

    def allow(self, seconds: float) -> None:
        """Set the deadline anew."""
        ...

    def close(self) -> None:
        """Close the connection; more than once does no harm."""
        ...


class SessionBus:
    """A `Bus` over a real connection.

    Args:
        name: the bus name that calls go to.
        seconds: the deadline, from now.

    Raises:
        NoBus: no address is set, or nothing listens there.
        ImportError: jeepney is not installed.
        TimeoutError: the bus did not answer in time.
        OSError: the bus cannot be connected to.
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
            self._log_on()
            self._call(BUS_NAME, _BUS_PATH, BUS_NAME, "Hello")
        except BaseException:
            self.close()
            raise

    def allow(self, seconds: float) -> None:
        """Set the deadline anew, in seconds from now."""
        self._deadline = time.monotonic() + seconds

    def call(self, path: str, interface: str, member: str, signature: str = "", *body: object) -> tuple[Any, ...]:
        """Call a method and give the body of the answer.

        Raises:
            ErrorReply: the answer was an error.
            TimeoutError: there was no answer in time.
            TooMuchReceived: the answer is too large.
            OSError: the connection broke.
        """
        return self._call(self._name, path, interface, member, signature, *body)

    def watch(self, path: str) -> None:
        """Ask the bus for the signals of an object, for those that name no receiver reach nobody by themselves."""
        self._call(BUS_NAME, _BUS_PATH, BUS_NAME, "AddMatch", "s", f"type='signal',sender='{self._name}',path='{path}'")

    def signal(self, path: str, member: str) -> tuple[Any, ...]:
        """Wait for a signal and give its body; raises as `call` does."""
        while True:
            while self._signals:
                message = self._signals.pop(0)
                fields = message.header.fields
                if fields.get(self._fields.path) == path and fields.get(self._fields.member) == member:
                    return tuple(message.body)
            self._keep_signal(self._receive())

    def close(self) -> None:
        """Close the connection; more than once does no harm."""
        self._socket.close()

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

    def _log_on(self) -> None:
        """Authenticate as this user (D-Bus specification, 'Authentication Protocol')."""
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
        if message.header.message_type is self._jeepney.MessageType.signal:
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
        """Give the sockets of the session bus in the order in which they are tried; none of them needs to be there."""
        if not hasattr(socket, "AF_UNIX"):
            return []
        listed = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
        if listed in {"", "autolaunch:"}:
            runtime = os.environ.get("XDG_RUNTIME_DIR", "")
            return [os.path.join(runtime, "bus")] if os.path.isabs(runtime) else []
        try:
            return list(self._jeepney.bus.get_connectable_addresses(listed))
        except (RuntimeError, ValueError):  # of a kind that is not supported, or no address at all
            return []
