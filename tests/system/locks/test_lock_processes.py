"""The lock file among real processes."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth.adapters.locks import hold as module
from promptvm_oauth.adapters.locks.file import AsyncFileLock, BlockingFileLock
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import LockTimeout
from promptvm_oauth.ports.events import Event, Listener, LockAwaited
from promptvm_oauth.ports.lock import Lock

HOLD = """
import sys
from promptvm_oauth.adapters.locks.file import BlockingFileLock
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

async def hold():
    async with BlockingFileLock(sys.argv[1]).hold("work", timeout=30):
        print("held", flush=True)
        sys.stdin.readline()

run_blocking(hold())
print("released", flush=True)
"""

COUNT = """
import sys
from promptvm_oauth.adapters.locks.file import BlockingFileLock
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

async def count():
    for _ in range(20):
        async with BlockingFileLock(sys.argv[1]).hold("work", timeout=30):
            with open(sys.argv[2]) as file:
                number = int(file.read())
            with open(sys.argv[2], "w") as file:
                file.write(str(number + 1))

run_blocking(count())
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def hold(lock: Lock, timeout: float) -> str:
    async with lock.hold("work", timeout=timeout):
        return "held"


@pytest.fixture(params=["blocking", "async"])
def waiting(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[float, Listener | None], str]:
    def run(flow: Coroutine[Any, Any, str]) -> str:
        return run_blocking(flow) if request.param == "blocking" else asyncio.run(flow)

    kind = BlockingFileLock if request.param == "blocking" else AsyncFileLock
    return lambda timeout, emit: run(hold(kind(tmp_path, emit), timeout))


@pytest.fixture
def attempt(waiting: Callable[[float, Listener | None], str]) -> Callable[[float], str]:
    return lambda timeout: waiting(timeout, None)


def test_a_process_waits_for_another_and_only_as_long_as_it_is_willing(
    tmp_path: Path, attempt: Callable[[float], str]
) -> None:
    with start(HOLD, str(tmp_path)) as holder:
        assert next_line(holder) == "held"
        with pytest.raises(LockTimeout, match=r"work\.lock"):
            attempt(0.05)
        assert holder.stdin is not None
        holder.stdin.write("release\n")
        holder.stdin.flush()
        assert attempt(30) == "held"
        assert next_line(holder) == "released"


def test_the_wait_for_a_stopped_process_names_it(
    tmp_path: Path, waiting: Callable[[float, Listener | None], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_SILENCE", 0.05)
    events: list[Event] = []
    with start(HOLD, str(tmp_path)) as holder:
        assert next_line(holder) == "held"
        holder.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(LockTimeout, match=rf"process {holder.pid}\b.*let it go on or end it") as caught:
                waiting(0.2, events.append)
            assert str(tmp_path / "tokens" / "work.lock") in str(caught.value)
        finally:
            holder.send_signal(signal.SIGCONT)
        assert holder.stdin is not None
        holder.stdin.write("release\n")
        holder.stdin.flush()
        assert waiting(30, events.append) == "held"
    (told, *_) = events
    assert isinstance(told, LockAwaited)
    assert (told.profile, told.process) == ("work", holder.pid)


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path, attempt: Callable[[float], str]) -> None:
    with start(HOLD, str(tmp_path)) as holder:
        assert next_line(holder) == "held"
        holder.send_signal(signal.SIGKILL)
        holder.wait(timeout=30)
        assert attempt(0) == "held"


def test_many_processes_never_lose_a_count(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [start(COUNT, str(tmp_path / "promptvm"), str(counter)) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert counter.read_text() == "60"
