"""A keyring backend that asks for its password at the terminal: it gets a user's time, and the echo is given back."""

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Generator

import pytest

PROGRAM = """
import fcntl, getpass, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from promptvm_oauth.adapters.keyring import terminal
from promptvm_oauth.adapters.keyring.store import KeyringStore
from promptvm_oauth.ports.errors import StoreLocked
from promptvm_oauth.testing.keyring_backend import MemoryKeyring

class Asking(MemoryKeyring):
    def get_password(self, service, username, /):
        return '{"access_token": "%s"}' % getpass.getpass("Password of the keyring: ")

terminal.KEYCHAIN_UNLOCK = float(sys.argv[1])
try:
    print(KeyringStore(backend=Asking(), timeout=2).load("work"), flush=True)
except StoreLocked:
    print("locked", flush=True)
"""


class Session:
    """A program at a terminal of its own."""

    def __init__(self, unlock: float) -> None:
        self.master, self.slave = pty.openpty()
        self.program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(unlock)],
            stdin=self.slave,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def said(self) -> str:
        return self.program.communicate(timeout=60)[0].strip()

    def close(self) -> None:
        self.program.kill()
        self.program.communicate()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def patient() -> Generator[Session]:
    session = Session(60)
    yield session
    session.close()


@pytest.fixture
def impatient() -> Generator[Session]:
    session = Session(0.2)
    yield session
    session.close()


def test_a_user_has_time_to_type(patient: Session) -> None:
    while patient.echoes():
        time.sleep(0.01)
    time.sleep(2.5)  # longer than the time of a call that asks for nothing
    os.write(patient.master, b"hunter2\n")
    assert patient.said() == "{'access_token': 'hunter2'}"
    assert patient.echoes()


def test_the_echo_is_on_again_after_a_backend_that_was_given_up(impatient: Session) -> None:
    assert impatient.said() == "locked"
    assert impatient.program.returncode == 0
    assert impatient.echoes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_echo_is_on_again_after_a_signal_that_ends_the_program(patient: Session, number: int) -> None:
    while patient.echoes():
        time.sleep(0.01)
    time.sleep(1.0)  # several looks at the terminal
    patient.program.send_signal(number)
    assert patient.program.wait(60) == -number
    assert patient.echoes()
