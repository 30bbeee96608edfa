"""A process that forks one child for each line; the child renews a token or signs in, and a signal comes in between.

A line is an object: `task`, its `arguments`, `guarded`, whether the work is protected as it is for everybody, and for a
signal from outside `signal` and `after`, the seconds of its life. The child's process id is told first; it begins at
the next line, so that whoever sends it signals knows it by then.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

from promptvm_oauth import AsyncOAuthClient, OAuthClient, PendingLogin
from promptvm_oauth.adapters.single_flight.tasks import TaskSingleFlight
from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight
from promptvm_oauth.adapters.system.clock import AsyncClock, BlockingClock

for module in (
    "adapters.http.async_http",
    "adapters.http.blocking_http",
    "adapters.locks.file",
    "adapters.profiles.yaml_file",
    "adapters.stores.sealed_tokens",
    "domain.use_cases.login",
    "domain.use_cases.refresh",
    "domain.use_cases.web_login",
):
    import_module(f"promptvm_oauth.{module}")  # so that no child pays for it

SIGNALS = (signal.SIGTERM, signal.SIGHUP)
UNEXPECTED = 1
LATE = 131


class ImpatientClock(BlockingClock):
    """Waits for nobody."""

    async def sleep(self, seconds: float) -> None:
        """Let the next poll be now."""


class ImpatientAsyncClock(AsyncClock):
    """Waits for nobody."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def blocking(call: Callable[[OAuthClient], object]) -> Callable[[dict[str, Any]], None]:
    def run(given: dict[str, Any]) -> None:
        with OAuthClient(**given, clock=ImpatientClock(), on_event=lambda _event: None) as client:
            call(client)

    return run


def in_a_loop(call: Callable[[AsyncOAuthClient], Coroutine[Any, Any, object]]) -> Callable[[dict[str, Any]], None]:
    async def main(given: dict[str, Any]) -> None:
        async with AsyncOAuthClient(**given, clock=ImpatientAsyncClock(), on_event=lambda _event: None) as client:
            await call(client)

    return lambda given: asyncio.run(main(given))


def task(name: str, arguments: list[str]) -> Callable[[dict[str, Any]], None]:
    """Returns a task by its name."""
    match name:
        case "renew":
            return blocking(lambda client: client.access_token())
        case "renew in a loop":
            return in_a_loop(lambda client: client.access_token())
        case "code":
            pending = PendingLogin.from_json(arguments[0])
            return blocking(lambda client: client.finish_login(pending, arguments[1]))
        case "code in a loop":
            pending = PendingLogin.from_json(arguments[0])
            return in_a_loop(lambda client: client.finish_login(pending, arguments[1]))
        case "device":
            return blocking(lambda client: client.login(flow="device"))
        case "device in a loop":
            return in_a_loop(lambda client: client.login(flow="device"))
        case _:
            raise LookupError(name)


async def unguarded(_flight: object, work: Callable[[], Coroutine[Any, Any, Any]], _delayed: object = None) -> Any:
    return await work()


def be_child(order: dict[str, Any], given: dict[str, Any], go: int) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(60)
    if not order["guarded"]:
        ThreadSingleFlight.uninterrupted = unguarded  # type: ignore[method-assign, assignment] # the control
        TaskSingleFlight.uninterrupted = unguarded  # type: ignore[method-assign, assignment] # the control
    try:
        os.read(go, 1)
        task(order["task"], order["arguments"])(given)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BaseException as error:  # noqa: BLE001 (it is told)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return UNEXPECTED
    return 0


def run(order: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Run a task in a child, to its end."""
    reading, go = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os._exit(be_child(order, given, reading))
        finally:
            os._exit(LATE)  # Ctrl-C came when all was over
    os.close(reading)
    tell(child)
    sys.stdin.readline()
    began = time.monotonic()
    os.write(go, b".")
    os.close(go)
    if "after" in order:
        time.sleep(order["after"])
        os.kill(child, order["signal"])
    _, status = os.waitpid(child, 0)
    return {"exit": os.waitstatus_to_exitcode(status), "seconds": time.monotonic() - began}


def tell(message: object) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


def main(directory: str, base_url: str) -> None:
    given = {"secrets": "file", "config_dir": directory, "base_url": base_url, "app_url": base_url}
    while line := sys.stdin.readline():
        tell(run(json.loads(line), given))


if __name__ == "__main__":
    main(*sys.argv[1:])
