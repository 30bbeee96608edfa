"""What a test of a room may not use fails it, and what it may does not."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"

VIOLATIONS = {
    "a process": "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
    "a fork": "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "a listening socket": "import socket; socket.socket().bind(('127.0.0.1', 0))",
    "a connection": "import socket; socket.socket().connect(('127.0.0.1', 1))",
    "a name of a host": "import socket; socket.getaddrinfo('localhost', 1)",
    "a sleep": "import time; time.sleep(0.06)",
    "a sleep of a task": "import asyncio; asyncio.run(asyncio.sleep(0.06))",
    "a file": "open('{outside}/file', 'w')",
    "a file by number": "import os; os.open('{outside}/file', os.O_CREAT | os.O_WRONLY)",
    "a directory": "import os; os.mkdir('{outside}/directory')",
}
ALLOWED = """
import asyncio, os, socket, sys, threading, time

async def turn():
    await asyncio.sleep(0.01)

def test_what_is_allowed(tmp_path):
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("text")
    open(__file__).read()
    open(os.devnull, "w").close()
    asyncio.run(turn())
    time.sleep(0.01)
    thread = threading.Thread(target=tuple)
    thread.start()
    thread.join()
"""


def run(tmp_path: Path, room: str, text: str) -> subprocess.CompletedProcess[str]:
    """Run tests in a project of its own that has the rules of this one; its temporary directory is `tmp_path`/temp."""
    (tmp_path / "temp").mkdir()
    project = tmp_path / "project" / "tests"
    (project / room).mkdir(parents=True)
    (project / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    (project / room / "test_one.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(project.parent)]
    return subprocess.run(
        [*command, str(project)],
        env={"TMPDIR": str(tmp_path / "temp"), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def violating(tmp_path: Path) -> str:
    tests = ["outside = " + repr(str(tmp_path))]
    for number, statement in enumerate(VIOLATIONS.values()):
        line = statement.replace("'{outside}", "outside + '")
        tests.append(f"def test_{number}():\n    {line}")
        tests.append(
            f"def test_{number}_swallowed():\n    try:\n        {line}\n    except BaseException:\n        pass"
        )
    return "\n\n".join(tests)


@pytest.mark.skipif(sys.platform == "win32", reason="the paths and programs are those of POSIX")
def test_a_unit_test_that_leaves_its_room_fails_even_if_the_refusal_is_swallowed(tmp_path: Path) -> None:
    done = run(tmp_path, "unit", violating(tmp_path))
    count = len(VIOLATIONS)
    assert f"{count} failed, {count} passed, {2 * count} errors" in done.stdout, done.stdout
    assert "may not use a process: subprocess.Popen" in done.stdout
    assert "may not use a real sleep: 0.06 s" in done.stdout
    assert not (tmp_path / "file").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the paths and programs are those of POSIX")
def test_a_contract_test_starts_no_process_and_keeps_out_of_the_home(tmp_path: Path) -> None:
    done = run(tmp_path, "contract", violating(tmp_path))
    refused = [name for name in VIOLATIONS if "process" in name or "fork" in name or "file" in name or "dir" in name]
    assert f" {2 * len(refused)} errors" in done.stdout, done.stdout


@pytest.mark.parametrize("room", ["unit", "contract"])
def test_what_a_room_allows_passes(tmp_path: Path, room: str) -> None:
    done = run(tmp_path, room, ALLOWED)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the paths and programs are those of POSIX")
def test_a_system_test_may_do_all_of_it(tmp_path: Path) -> None:
    done = run(tmp_path, "system", "def test_one():\n    " + VIOLATIONS["a process"])
    assert "1 passed" in done.stdout, done.stdout + done.stderr
