"""20 concurrent calls of 100 ms through one AsyncClient, without auth and with it: prints the ratio of the two.

Run it with `python benchmarks/auth_concurrency.py`; it exits 1 if the ratio is above 1.2.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import TYPE_CHECKING

import httpx
import httpx2
from promptvm_oauth import OAuthClient
from promptvm_oauth.devserver import DevServer

if TYPE_CHECKING:
    from types import ModuleType

    from promptvm_oauth.ports.signing import RequestAuth

CALLS = 20
SECONDS = 0.1
ROUNDS = 7
LIMIT = 1.2


async def round_of(client: httpx.AsyncClient | httpx2.AsyncClient, url: str) -> float:
    """Returns the seconds that one round of calls takes."""
    start = time.perf_counter()
    await asyncio.gather(*(client.get(url) for _ in range(CALLS)))
    return time.perf_counter() - start


async def compare(library: ModuleType, url: str, auth: RequestAuth) -> tuple[float, float]:
    """Returns the median seconds without auth and with it; the rounds alternate, so that both see the same machine."""
    async with (
        library.AsyncClient(trust_env=False) as bare,
        library.AsyncClient(trust_env=False, auth=auth) as signed,
    ):
        clients = bare, signed
        for client in clients:  # connections and imports are paid before
            await round_of(client, url)
        taken = [[await round_of(client, url) for client in clients] for _ in range(ROUNDS)]
    without, with_auth = zip(*taken, strict=True)
    return statistics.median(without), statistics.median(with_auth)


def main() -> int:
    """Print one line a library."""
    worst = 0.0
    with DevServer() as server, OAuthClient(secrets="memory", base_url=server.base_url) as client:
        pending = client.begin_login(redirect_uri="http://127.0.0.1:8400/callback")
        client.finish_login(pending, server.auth.approve(pending.authorize_url))
        server.auth.settings.latency = SECONDS
        for library in (httpx, httpx2):
            url = f"{server.base_url}/api/v1/protected"
            without, with_auth = asyncio.run(compare(library, url, client.auth()))
            worst = max(worst, with_auth / without)
            print(
                f"{library.__name__}: {CALLS} calls of {SECONDS * 1000:.0f} ms: {without * 1000:.1f} ms without auth, "
                f"{with_auth * 1000:.1f} ms with it, ratio {with_auth / without:.2f}"
            )
    return 1 if worst > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
