"""A program that asks for a token at each line, in one of several ways, and ends at Ctrl-C."""

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from promptvm_oauth import AsyncOAuthClient, OAuthClient

for module in (
    "adapters.http.async_http",
    "adapters.http.blocking_http",
    "adapters.locks.file",
    "domain.use_cases.refresh",
):
    import_module(f"promptvm_oauth.{module}")  # so that Ctrl-C does not arrive in the midst of an import


def blocking(given: dict[str, Any]) -> None:
    with OAuthClient(**given) as client:
        client.access_token()


async def closing(given: dict[str, Any]) -> None:
    async with AsyncOAuthClient(**given) as client:
        await client.access_token()


async def leaving(given: dict[str, Any]) -> None:
    await AsyncOAuthClient(**given).access_token()


def in_a_bare_loop(given: dict[str, Any]) -> None:
    """As programs do that never heard of `asyncio.run`: Ctrl-C is raised in the midst of the loop."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(leaving(given))
    except KeyboardInterrupt:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        raise
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def in_a_thread(work: Callable[[], None]) -> None:
    """The main thread is interrupted and ends; the interpreter then waits for the other one."""
    ended = threading.Event()

    def run() -> None:
        work()
        ended.set()

    threading.Thread(target=run).start()
    ended.wait()  # and no join: up to Python 3.12 the interpreter forgets a thread whose join was interrupted


WAYS: dict[str, Callable[[dict[str, Any]], None]] = {
    "blocking": blocking,
    "closing": lambda given: asyncio.run(closing(given)),
    "leaving": lambda given: asyncio.run(leaving(given)),
    "in a bare loop": in_a_bare_loop,
    "in a thread": lambda given: in_a_thread(lambda: blocking(given)),
    "in a loop in a thread": lambda given: in_a_thread(lambda: asyncio.run(closing(given))),
}


def tell(message: object) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


def main(directory: str, base_url: str, way: str) -> None:
    tell("ready")
    sys.stdin.readline()
    try:
        WAYS[way]({"secrets": "file", "config_dir": directory, "base_url": base_url})
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(*sys.argv[1:])
