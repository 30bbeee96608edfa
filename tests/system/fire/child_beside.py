"""A process beside the Go tool, in which some threads or tasks ask for a token at the same moment, and use it.

Each line is the time of that moment.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, closing
from functools import partial
from http.client import HTTPConnection
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from promptvm_oauth import AsyncOAuthClient, OAuthClient, PromptVMAuthError
from promptvm_oauth.domain.use_cases import stored_pair

for module in (
    "adapters.http.async_http",
    "adapters.http.blocking_http",
    "adapters.locks.file",
    "adapters.profiles.yaml_file",
    "adapters.stores.sealed_tokens",
    "domain.use_cases.refresh",
):
    import_module(f"promptvm_oauth.{module}")  # so that no round pays for it

SHARING = 2
"""How many callers share a client."""


class Refused(Exception):
    """The server took the access token for none of its own."""

    status = 401


def use(base_url: str, token: str) -> str:
    """Returns the token if the server accepts it."""
    with closing(HTTPConnection(urlsplit(base_url).netloc, timeout=30)) as connection:
        connection.request("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        if connection.getresponse().status != 200:
            raise Refused
    return token


def describe(error: Exception) -> dict[str, Any]:
    needs_login = isinstance(error, PromptVMAuthError) and error.needs_login
    return {"error": f"{type(error).__name__}: {error}", "needs_login": needs_login}


def seconds_until(start: float) -> float:
    return max(0.0, start - time.time())


def threads(given: dict[str, Any], callers: int, start: float) -> list[Any]:
    outcomes: list[Any] = []

    def ask(client: OAuthClient) -> None:
        time.sleep(seconds_until(start))
        try:
            outcomes.append(client.with_auto_refresh(partial(use, given["base_url"])))
        except Exception as error:  # noqa: BLE001 (it is told to the test)
            outcomes.append(describe(error))

    with ExitStack() as stack:
        clients = [stack.enter_context(OAuthClient(**given)) for _ in range(callers // SHARING)]
        workers = [threading.Thread(target=ask, args=(client,)) for client in clients * SHARING]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return outcomes


async def tasks(given: dict[str, Any], callers: int, start: float) -> list[Any]:
    async def use_it(token: str) -> str:
        return await asyncio.to_thread(use, given["base_url"], token)

    async def ask(client: AsyncOAuthClient) -> Any:
        await asyncio.sleep(seconds_until(start))
        try:
            return await client.with_auto_refresh(use_it)
        except Exception as error:  # noqa: BLE001 (it is told to the test)
            return describe(error)

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(AsyncOAuthClient(**given)) for _ in range(callers // SHARING)]
        return list(await asyncio.gather(*(ask(client) for client in clients * SHARING)))


def one_look() -> Iterator[float]:
    yield 0.0


def main(directory: str, base_url: str, secrets: str, *more: str) -> None:
    way, callers, looks = more
    if looks == "one look":
        stored_pair.pauses_from_now = one_look  # type: ignore[attr-defined] # the control: no second look
        stored_pair.GO_WRITE = 0.0  # type: ignore[attr-defined] # it is imported there, and this replaces the import
    given: dict[str, Any] = {"secrets": secrets, "config_dir": directory, "base_url": base_url}
    told: object = "ready"
    while True:
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
        start = json.loads(sys.stdin.readline())
        if way == "threads":
            told = threads(given, int(callers), start)
        else:
            told = asyncio.run(tasks(given, int(callers), start))


if __name__ == "__main__":
    main(*sys.argv[1:])
