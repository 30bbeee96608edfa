"""A process that forks one child for each line; the child signs in or renews, and is struck at a step of its writing.

A line is an object: `task`, its `arguments`, and either `at` with a `signal`, which the child sends to itself before
that step, or `after` with seconds, which is how long after its first word it is killed from outside. Without either
the child tells the names of its steps.
"""

import asyncio
import errno
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from promptvm_oauth import AsyncOAuthClient, OAuthClient, PendingLogin
from promptvm_oauth.adapters.http.async_http import AsyncHttp
from promptvm_oauth.adapters.http.blocking_http import BlockingHttp
from promptvm_oauth.ports.http import HttpRequest, HttpResponse

for module in (
    "adapters.locks.file",
    "adapters.profiles.yaml_file",
    "adapters.stores.sealed_tokens",
    "domain.use_cases.refresh",
):
    import_module(f"promptvm_oauth.{module}")  # so that no child pays for it


class Steps:
    """The steps of this process so far; one of them is its last, or is interrupted."""

    def __init__(self, at: int | None, number: int) -> None:
        self.names: list[str] = []
        self._at = at
        self._number = number

    def step(self, name: str) -> None:
        if len(self.names) == self._at:
            os.kill(os.getpid(), self._number)
        self.names.append(name)

    def watch(self) -> None:
        """Make a step of everything that changes the disk, and of both ends of a request."""
        for name in ("fsync", "link", "replace", "rename", "unlink", "mkdir", "chmod", "fchmod"):
            self._watch(name, getattr(os, name))
        self._watch_open(os.open)
        self._watch_write(os.write)
        for http in (BlockingHttp, AsyncHttp):
            self._watch_send(http, http.send)

    def _watch(self, name: str, function: Callable[..., Any]) -> None:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self.step(named(name, args[0]))
            return function(*args, **kwargs)

        setattr(os, name, watched)

    def _watch_open(self, function: Callable[..., int]) -> None:
        def watched(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            if flags & os.O_CREAT:
                self.step(named("open", path))
            return function(path, flags, *args, **kwargs)

        os.open = watched

    def _watch_write(self, function: Callable[[int, Any], int]) -> None:
        def watched(descriptor: int, content: Any) -> int:
            self.step("write")
            half = len(content) // 2
            written = function(descriptor, content[:half])
            self.step("rest of write")
            return written + function(descriptor, content[half:])

        os.write = watched

    def _watch_send(self, http: Any, send: Any) -> None:
        async def watched(port: Any, request: HttpRequest) -> HttpResponse:
            self.step("request")
            response: HttpResponse = await send(port, request)
            self.step("answer")
            return response

        http.send = watched


def named(step: str, place: Any) -> str:
    """Returns a step the name of its file, where that is known; a temporary file has that of the file it becomes."""
    if isinstance(place, int):
        return step
    file = os.path.basename(place)
    return f"{step} {file[1:-21] if file.endswith('.tmp') else file}"


def renew(given: dict[str, Any]) -> None:
    with OAuthClient(**given) as client:
        client.access_token()


def renew_async(given: dict[str, Any]) -> None:
    async def main() -> None:
        async with AsyncOAuthClient(**given) as client:
            await client.access_token()

    asyncio.run(main())


def renew_for_ever(given: dict[str, Any], pipe: int) -> None:
    with OAuthClient(**given) as client:
        while True:
            client.refresh()
            os.write(pipe, b".")


def sign_in(given: dict[str, Any], pending: str, callback_url: str) -> None:
    with OAuthClient(**given) as client:
        client.finish_login(PendingLogin.from_json(pending), callback_url)


TASKS: dict[str, Callable[..., None]] = {"renew": renew, "renew_async": renew_async, "sign_in": sign_in}


def run(order: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Run a task in a child, to its end or to the end of the child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os._exit(be_child(order, given, writing))
    os.close(writing)
    told = b""
    if "after" in order:
        told = os.read(reading, 1)  # it has got going
        time.sleep(order["after"])
        os.kill(child, signal.SIGKILL)
    while part := os.read(reading, 65536):
        told += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    return {"exit": os.waitstatus_to_exitcode(status), "told": told.decode()}


def be_child(order: dict[str, Any], given: dict[str, Any], pipe: int) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.alarm(30)
    write = os.write
    try:
        if order["task"] == "renew_for_ever":
            renew_for_ever(given, pipe)
        steps = Steps(order.get("at"), order.get("signal", signal.SIGKILL))
        steps.watch()
        TASKS[order["task"]](given, *order.get("arguments", ()))
        write(pipe, json.dumps(steps.names).encode())
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BaseException as error:  # noqa: BLE001 (it is told to the test)
        write(pipe, f"{type(error).__name__}: {error}".encode())
        return errno.EIO
    return 0


def tell(message: object) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


def main(_: str, base_url: str) -> None:
    tell("ready")
    for line in sys.stdin:
        order = json.loads(line)
        given = {"secrets": "file", "config_dir": order["directory"], "base_url": base_url, "app_url": base_url}
        tell(run(order, given))


if __name__ == "__main__":
    main(*sys.argv[1:])
