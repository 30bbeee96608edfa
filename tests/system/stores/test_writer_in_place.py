"""A program that truncates a token file and then writes it, as the Go tool does, beside a reader of the store."""

import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.ports.errors import StoreCorrupt

WRITER = """
import json, os, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
path, key = sys.argv[1], bytes.fromhex(sys.argv[2])
nonce = os.urandom(12)
sealed = nonce + AESGCM(key).encrypt(nonce, json.dumps({"access_token": "new"}).encode(), None)
descriptor = -1
for line in sys.stdin:
    if line == "truncate\\n":
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    else:
        begin = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.write(descriptor, sealed[begin:begin + 10] if line == "part\\n" else sealed[begin:])
    print("done", flush=True)
"""

Tell = Callable[[str], None]


@pytest.fixture
def tell(tmp_path: Path) -> Generator[Tell]:
    """Returns what tells another process to write, a step at a time, the file of a login that is there."""
    EncryptedFileStore(tmp_path).save("work", {"access_token": "old"})
    key = (tmp_path / "tokens" / ".master").read_bytes()
    command = [sys.executable, "-c", WRITER, str(tmp_path / "tokens" / "work.enc"), key.hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:

        def say(step: str) -> None:
            assert writer.stdin is not None
            assert writer.stdout is not None
            writer.stdin.write(f"{step}\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "done\n"

        yield say
        writer.kill()


@pytest.mark.parametrize("steps", [["rest"], ["part", "rest"], ["part", "part", "rest"]])
def test_a_write_in_progress_is_waited_for(tmp_path: Path, tell: Tell, steps: list[str]) -> None:
    tell("truncate")
    left = iter(steps)
    assert EncryptedFileStore(tmp_path, sleep=lambda _: tell(next(left))).load("work") == {"access_token": "new"}


def test_a_write_that_is_never_finished_is_damage(tmp_path: Path, tell: Tell) -> None:
    tell("truncate")
    tell("part")
    with pytest.raises(StoreCorrupt, match=r"work\.enc is damaged"):
        EncryptedFileStore(tmp_path).load("work")
