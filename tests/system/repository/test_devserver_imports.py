"""The front door of the development server, and what it does not load."""

import subprocess
import sys

import pytest
from promptvm_oauth import devserver


def test_the_front_door_gives_the_three_names_and_no_other() -> None:
    from promptvm_oauth.devserver import AuthServer, DevServer, Settings

    assert {cls.__name__ for cls in (AuthServer, DevServer, Settings)} == set(devserver.__all__)
    with pytest.raises(AttributeError, match="Nothing"):
        _ = devserver.Nothing


def test_the_logic_loads_neither_a_socket_server_nor_an_event_loop() -> None:
    program = (
        "import sys, promptvm_oauth.testing.auth_server\n"
        "print([name for name in ('http.server', 'socketserver', 'asyncio', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"
