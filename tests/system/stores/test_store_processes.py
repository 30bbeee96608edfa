"""The encrypted file store among real processes and real file owners."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.errors import StoreRefused

SAVE_AT_ONCE = """
import sys
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
store = EncryptedFileStore(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
store.save(sys.argv[2], {"access_token": sys.argv[2]})
"""

SAVE_FOR_EVER = """
import sys
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
store = EncryptedFileStore(sys.argv[1])
turn = 0
while True:
    turn += 1
    store.save("work", {"access_token": f"{turn}" * 1000, "refresh_token": f"{turn}" * 1000})
    print(turn, flush=True)
"""

SAVE_BEYOND_A_LIMIT = """
import resource, signal, sys
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.errors import StoreFailed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    EncryptedFileStore(sys.argv[1]).save("work", {"access_token": "a" * 100_000})
except StoreFailed:
    print("failed", flush=True)
"""

IMPORTS = """
import sys
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
EncryptedFileStore(sys.argv[1]).load("work")
print(*sorted(sys.modules))
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_processes_that_save_first_at_the_same_moment_end_up_with_one_key(tmp_path: Path) -> None:
    directory = tmp_path / "promptvm"
    names = [f"profile-{number}" for number in range(6)]
    processes = [start(SAVE_AT_ONCE, str(directory), name) for name in names]
    assert [first_line(process) for process in processes] == ["ready"] * 6
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=30)
        assert process.returncode == 0
    store = EncryptedFileStore(directory)
    assert [store.load(name) for name in names] == [{"access_token": name} for name in names]
    assert sorted(os.listdir(directory / "tokens")) == sorted([".master", *(f"{name}.enc" for name in names)])


def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_pair(tmp_path: Path) -> None:
    with start(SAVE_FOR_EVER, str(tmp_path)) as process:
        assert first_line(process) == "1"
        assert first_line(process) == "2"
        process.send_signal(signal.SIGKILL)
    fields = EncryptedFileStore(tmp_path).load("work") or {}
    assert len(fields["access_token"]) >= 1000
    assert fields["access_token"] == fields["refresh_token"]


def test_a_disk_that_ends_in_the_middle_of_a_write_leaves_the_old_content(tmp_path: Path) -> None:
    store = EncryptedFileStore(tmp_path)
    store.save("work", {"access_token": "old"})
    with start(SAVE_BEYOND_A_LIMIT, str(tmp_path)) as process:
        assert first_line(process) == "failed"
    assert store.load("work") == {"access_token": "old"}
    assert sorted(os.listdir(tmp_path / "tokens")) == [".master", "work.enc"]


@pytest.mark.parametrize("name", ["", "tokens", "tokens/.master", "tokens/work.enc"])
def test_what_belongs_to_another_user_is_refused(tmp_path: Path, name: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    directory = tmp_path / "promptvm"
    store = EncryptedFileStore(directory)
    store.save("work", {"access_token": "a"})
    os.chown(directory / name, 12345, 12345)
    with pytest.raises(StoreRefused, match="another user"):
        store.load("work")
    with pytest.raises(StoreRefused, match="another user"):
        store.save("work", {"access_token": "b"})
    os.chown(directory / name, 0, 0)
    assert store.load("work") == {"access_token": "a"}


def test_reading_a_stored_token_loads_nothing_heavy(tmp_path: Path) -> None:
    EncryptedFileStore(tmp_path).save("work", {"access_token": "a"})
    with start(IMPORTS, str(tmp_path)) as process:
        loaded = set(first_line(process).split())
    assert "promptvm_oauth.adapters.stores.sealed_tokens" in loaded
    heavy = ("attr", "attrs", "httpx", "structlog", "asyncio", "ssl", "pathlib", "tempfile", "logging", "filelock")
    ours = ("promptvm_oauth.adapters.files.durable_write", "promptvm_oauth.adapters.locks.file")
    assert loaded.isdisjoint([*heavy, *ours, "yaml", "platformdirs", "keyring", "urllib.parse"])
