"""A process of a storm: at each line, some threads ask a new client for a token at the same moment."""

import json
import sys
import threading
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from promptvm_oauth import OAuthClient
from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight

for module in (
    "adapters.http.blocking_http",
    "adapters.locks.file",
    "adapters.profiles.yaml_file",
    "domain.use_cases.refresh",
):
    import_module(f"promptvm_oauth.{module}")  # so that no round pays for it


class NoLock:
    """A lock that keeps nobody out."""

    @asynccontextmanager
    async def hold(self, profile: str, *, timeout: float) -> AsyncGenerator[None]:
        yield


def join_nobody(_flight: ThreadSingleFlight, _key: str, work: Any) -> Coroutine[Any, Any, Any]:
    running: Coroutine[Any, Any, Any] = work()
    return running


def storm(client: OAuthClient, threads: int) -> list[str]:
    outcomes: list[str] = []
    together = threading.Barrier(threads)

    def ask() -> None:
        together.wait(30)
        try:
            outcomes.append(client.access_token())
        except Exception as error:  # noqa: BLE001 (it is told to the test)
            outcomes.append(f"{type(error).__name__}: {error}")

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return outcomes


def tell(message: object) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


def main(directory: str, base_url: str, threads: str, locking: str) -> None:
    given: dict[str, Any] = {"secrets": "file", "config_dir": directory, "base_url": base_url}
    if locking == "without locks":
        ThreadSingleFlight.run_once = join_nobody  # type: ignore[method-assign, assignment] # the control: no single flight
        given["lock"] = NoLock()
    tell("ready")
    for _line in sys.stdin:
        with OAuthClient(**given) as client:
            tell(storm(client, int(threads)))


if __name__ == "__main__":
    main(*sys.argv[1:])
