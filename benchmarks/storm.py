"""8 processes of 4 threads on a token that is over; the server takes 100 ms, rotates tokens and notices their reuse.

python benchmarks/storm.py [ROUNDS]

Prints the requests of a round and what its callers waited, beside a floor: flock, second look, refresh, rename, and
nothing else. It exits 1 if a round made more than one request or a login was lost.
"""

from __future__ import annotations

import asyncio
import fcntl
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore
from promptvm_oauth.devserver import DevServer, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

PROCESSES, THREADS, TASKS = 8, 4, 200
LATENCY = 0.1
LEAD = 0.2  # seconds that every process has to hear of a round before it starts
LONG_AGO = "2001-01-01T00:00:00Z"


def given(directory: str, base_url: str) -> dict[str, Any]:
    return {"secrets": "file", "config_dir": directory, "base_url": base_url}


def ours(directory: str, base_url: str) -> Callable[[], str]:
    for module in (
        "adapters.http.blocking_http",
        "adapters.locks.file",
        "adapters.profiles.yaml_file",
        "domain.use_cases.refresh",
    ):
        import_module(f"promptvm_oauth.{module}")
    return OAuthClient(**given(directory, base_url)).access_token


def floor(directory: str, base_url: str) -> Callable[[], str]:
    """Do as little as one refresh takes, with a plain file."""
    path, host = os.path.join(directory, "floor.json"), urlsplit(base_url).netloc

    def refreshed(tokens: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(host, timeout=30)
        body = {"grant_type": "refresh_token", "client_id": "promptvm-cli", "refresh_token": tokens["refresh_token"]}
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/auth/cli/token", json.dumps(body), headers)
        return {**json.load(connection.getresponse()), "over": False}

    def ask() -> str:
        with open(f"{path}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with open(path, encoding="utf-8") as file:
                tokens: dict[str, Any] = json.load(file)
            if tokens["over"]:
                tokens = refreshed(tokens)
                with open(f"{path}.tmp", "w", encoding="utf-8") as file:
                    json.dump(tokens, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(f"{path}.tmp", path)
        return str(tokens["access_token"])

    return ask


WAYS = {"ours": ours, "floor": floor}


def child(way: str, directory: str, base_url: str) -> None:
    """At each line, a moment, let the threads of a new client ask at that moment; tell what each waited."""
    WAYS[way](directory, base_url)
    print("ready", flush=True)
    for line in sys.stdin:
        ask = WAYS[way](directory, base_url)
        waited: list[float | str] = []

        def wait(ask: Callable[[], str] = ask, moment: float = float(line), waited: list[Any] = waited) -> None:
            time.sleep(max(0.0, moment - time.time()))
            started = time.perf_counter()
            try:
                ask()
                waited.append(time.perf_counter() - started)
            except Exception as error:  # noqa: BLE001 (the parent shows it)
                waited.append(repr(error))

        threads = [threading.Thread(target=wait) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(json.dumps(waited), flush=True)


class Storm(NamedTuple):
    """One round: how many requests it made, what its callers waited in seconds, and what failed."""

    requests: int
    waited: list[float]
    failed: list[str]


class House:
    """A server and a directory with a login of ours, and one of the floor's."""

    def __init__(self, server: DevServer, directory: str) -> None:
        self._server = server
        self._given = given(directory, server.base_url)
        self._store = EncryptedFileStore(directory)
        self._floor = os.path.join(directory, "floor.json")
        self._log_in()
        self._write_floor(self._fields())
        self._log_in()

    def round(self, strike: Callable[[], list[float | str]]) -> Storm:
        """Let all tokens be over, and run one storm."""
        self._store.save("default", {**self._fields(), "expires_at": LONG_AGO})
        with open(self._floor, encoding="utf-8") as file:
            self._write_floor(json.load(file))
        before = self._requests()
        outcomes = strike()
        failed = [outcome for outcome in outcomes if isinstance(outcome, str)]
        return Storm(self._requests() - before, [o for o in outcomes if not isinstance(o, str)], failed)

    async def tasks(self) -> list[float | str]:
        """Let many tasks of one client ask at once."""
        async with AsyncOAuthClient(**self._given) as client:

            async def timed() -> float:
                started = time.perf_counter()
                await client.access_token()
                return time.perf_counter() - started

            return list(await asyncio.gather(*(timed() for _ in range(TASKS))))

    def _log_in(self) -> None:
        with OAuthClient(**self._given) as client:
            pending = client.begin_login("default", redirect_uri="http://127.0.0.1:8400/callback")
            client.finish_login(pending, self._server.auth.approve(pending.authorize_url))

    def _fields(self) -> dict[str, str]:
        return self._store.load("default") or {}

    def _write_floor(self, tokens: dict[str, Any]) -> None:
        with open(self._floor, "w", encoding="utf-8") as file:
            json.dump({**tokens, "over": True}, file)

    def _requests(self) -> int:
        return self._server.auth.count("token", grant_type="refresh_token")


class Processes:
    """The processes of a storm."""

    def __init__(self, way: str, directory: str, base_url: str) -> None:
        command = [sys.executable, __file__, way, directory, base_url]
        self._all = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]
        for process in self._all:
            _line_of(process)

    def strike(self) -> list[float | str]:
        """Let all threads ask at the same moment."""
        moment = f"{time.time() + LEAD}\n"
        for process in self._all:
            if process.stdin is not None:
                process.stdin.write(moment)
                process.stdin.flush()
        return [outcome for process in self._all for outcome in json.loads(_line_of(process))]

    def close(self) -> None:
        """Let them end."""
        for process in self._all:
            process.communicate()


def _line_of(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout is not None else ""


def report(name: str, storms: list[Storm]) -> bool:
    """Print a line; say whether every round was one request without a failure."""
    requests = max(storm.requests for storm in storms)
    failed = [failure for storm in storms for failure in storm.failed]
    median = statistics.median(seconds for storm in storms for seconds in storm.waited or [0.0])
    slowest = statistics.median(max(storm.waited, default=0.0) for storm in storms)
    print(
        f"{name:34} {len(storms)} rounds of at most {requests} request, {len(failed)} failures; "
        f"median caller {1000 * median:.0f} ms, slowest {1000 * slowest:.0f} ms"
    )
    print(*failed[:1], sep="\n", end="")
    return requests == 1 and not failed


def main() -> int:
    """Run the rounds of each way in turn."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with DevServer(settings=Settings()) as server, tempfile.TemporaryDirectory() as directory:
        house = House(server, directory)
        server.auth.settings.latency = LATENCY
        fine = True
        for way in WAYS:
            processes = Processes(way, directory, server.base_url)
            storms = [house.round(processes.strike) for _ in range(count)]
            fine &= report(f"{way}, {PROCESSES} processes of {THREADS} threads", storms)
            processes.close()
        storms = [house.round(lambda: asyncio.run(house.tasks())) for _ in range(count)]
        fine &= report(f"ours, {TASKS} tasks", storms)
        return 0 if fine and not server.auth.revoked_families else 1


if __name__ == "__main__":
    if len(sys.argv) > 2:  # noqa: PLR2004 (the three arguments of a child)
        child(*sys.argv[1:])
    else:
        sys.exit(main())
