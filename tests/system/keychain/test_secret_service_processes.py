"""Several processes at a real keychain, with the profile's lock around their writes."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from promptvm_oauth.adapters.locks.file import BlockingFileLock
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

if TYPE_CHECKING:
    from .conftest import Keychain

PROCESSES = 4
TURNS = 25

PROGRAM = """
import sys
from promptvm_oauth.adapters.locks.file import BlockingFileLock
from promptvm_oauth.adapters.secret_service.store import SecretServiceStore
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
store, lock = SecretServiceStore(20), BlockingFileLock(sys.argv[1])

def one_of(value):
    return {"access_token": f"access-{value}", "refresh_token": f"refresh-{value}"}

async def save(value):
    async with lock.hold("work", timeout=30):
        before = store.load("work")
        assert before is None or before == one_of(before["access_token"].partition("-")[2]), "torn"
        store.save("work", one_of(value))
        assert store.load("work") == one_of(value), "lost"
"""

TAKE_TURNS = (
    PROGRAM
    + f"""
for turn in range({TURNS}):
    run_blocking(save(f"{{sys.argv[2]}}-{{turn}}"))
"""
)

SAVE_FOR_EVER = (
    PROGRAM
    + """
turn = 0
while True:
    run_blocking(save(turn))
    turn += 1
    print(turn, flush=True)
"""
)


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_that_write_under_the_lock_never_tear_or_lose_a_pair(keychain: "Keychain", tmp_path: Path) -> None:
    processes = [start(TAKE_TURNS, str(tmp_path), str(number)) for number in range(PROCESSES)]
    for process in processes:
        _, complaints = process.communicate(timeout=60)
        assert (process.returncode, complaints) == (0, "")
    assert len(keychain.attributes("promptvm-cli:work:access")) == 1
    assert len(keychain.attributes("promptvm-cli:work:refresh")) == 1


def test_the_lock_of_a_process_that_was_killed_while_it_wrote_is_free_and_the_login_works(
    keychain: "Keychain", tmp_path: Path
) -> None:
    store, lock = SecretServiceStore(20), BlockingFileLock(tmp_path)
    for turns in (1, 2, 3):
        with start(SAVE_FOR_EVER, str(tmp_path)) as process:
            assert process.stdout is not None
            for _ in range(turns):
                assert process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.stdout.read()

        async def look_and_save() -> dict[str, str] | None:
            async with lock.hold("work", timeout=10):
                found = store.load("work")
                store.delete("work")
                return found

        found = run_blocking(look_and_save()) or {}
        written = [int(found[field].partition("-")[2]) for field in ("access_token", "refresh_token")]
        assert 0 <= written[1] - written[0] <= 1  # the old pair, the new one, or the new refresh token beside the old
    assert keychain.attributes("promptvm-cli:work:access") == []
