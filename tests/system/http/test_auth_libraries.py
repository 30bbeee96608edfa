"""Auth objects over real sockets, in threads and event loops at once, and in programs of their own."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
import requests
from promptvm_oauth import AsyncOAuthClient, OAuthClient, StoredTokens
from promptvm_oauth.devserver import DevServer
from promptvm_oauth.devserver.faults import Answer, Delay

if TYPE_CHECKING:
    from promptvm_oauth.ports.signing import RequestAuth

pytestmark = pytest.mark.usefixtures("no_real_promptvm")

PAST = datetime(2020, 1, 1, tzinfo=UTC)
REFUSED = Answer(401, b"", {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def protected(server: DevServer) -> str:
    return f"{server.base_url}/api/v1/protected"


def signed_in(server: DevServer) -> OAuthClient:
    client = OAuthClient(secrets="memory", base_url=server.base_url)
    pending = client.begin_login(redirect_uri="http://127.0.0.1:8400/callback")
    client.finish_login(pending, server.auth.approve(pending.authorize_url))
    return client


def by_httpx(auth: "RequestAuth", url: str) -> int:
    with httpx.Client(auth=auth, trust_env=False) as client:
        return client.post(url, json={"a": 1}).status_code


def by_httpx2(auth: "RequestAuth", url: str) -> int:
    with httpx2.Client(auth=auth, trust_env=False) as client:
        return client.post(url, json={"a": 1}).status_code


def by_requests(auth: "RequestAuth", url: str) -> int:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, json={"a": 1}, auth=auth).status_code


async def async_httpx(auth: "RequestAuth", url: str) -> int:
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        return (await client.post(url, json={"a": 1})).status_code


async def async_httpx2(auth: "RequestAuth", url: str) -> int:
    async with httpx2.AsyncClient(auth=auth, trust_env=False) as client:
        return (await client.post(url, json={"a": 1})).status_code


def by_async_httpx(auth: "RequestAuth", url: str) -> int:
    return asyncio.run(async_httpx(auth, url))


def by_async_httpx2(auth: "RequestAuth", url: str) -> int:
    return asyncio.run(async_httpx2(auth, url))


@pytest.mark.parametrize("send", [by_httpx, by_httpx2, by_requests, by_async_httpx, by_async_httpx2])
def test_a_token_that_is_refused_is_renewed_over_real_sockets(
    dev_server: DevServer, send: Callable[["RequestAuth", str], int]
) -> None:
    auth = signed_in(dev_server).auth()
    dev_server.auth.queue_fault("protected", REFUSED)

    assert send(auth, protected(dev_server)) == 200
    assert [entry.status for entry in dev_server.auth.log if entry.endpoint == "protected"] == [401, 200]
    assert dev_server.auth.answered_refreshes == 1


def test_threads_and_an_event_loop_share_one_refresh(dev_server: DevServer) -> None:
    client = signed_in(dev_server)
    auth, url = client.auth(), protected(dev_server)
    tokens = client.load_tokens()
    client.save_tokens("default", StoredTokens(tokens.access_token, tokens.refresh_token, PAST))
    dev_server.auth.queue_fault("token", Delay(0.2))

    async def in_a_loop() -> list[int]:
        return await asyncio.gather(*(async_httpx(auth, url) for _ in range(4)))

    with ThreadPoolExecutor(5) as pool:
        loop = pool.submit(lambda: asyncio.run(in_a_loop()))
        threads = [pool.submit(by_httpx, auth, url) for _ in range(4)]
        assert [future.result() for future in threads] + loop.result() == [200] * 8

    assert dev_server.auth.answered_refreshes == 1
    assert dev_server.auth.revoked_families == ()


def test_an_object_of_the_asynchronous_face_serves_blocking_clients_while_its_loop_runs(dev_server: DevServer) -> None:
    blocking = signed_in(dev_server)
    tokens = blocking.load_tokens()

    async def program() -> tuple[int, int]:
        async with AsyncOAuthClient(secrets="memory", base_url=dev_server.base_url) as client:
            await client.save_tokens("default", tokens)
            auth = client.auth()
            dev_server.auth.queue_fault("protected", REFUSED)
            in_a_thread = await asyncio.to_thread(by_requests, auth, protected(dev_server))
            return in_a_thread, await async_httpx(auth, protected(dev_server))

    assert asyncio.run(program()) == (200, 200)
    assert dev_server.auth.answered_refreshes == 1


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_making_an_object_imports_none_of_the_libraries() -> None:
    loaded = run(
        "import sys\n"
        "from promptvm_oauth import OAuthClient\n"
        "client = OAuthClient(secrets='memory', base_url='https://api.promptvm.test')\n"
        "client.auth(), client.token_provider(), client.azure_credential()\n"
        "print(sorted({'httpx', 'httpx2', 'requests', 'asyncio', 'ssl', 'azure', 'mcp'} & set(sys.modules)))"
    )

    assert loaded.strip() == "[]"


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@pytest.mark.parametrize("use", ["c.Client(auth=auth).get(url)", "asyncio.run(c.AsyncClient(auth=auth).get(url))"])
def test_an_object_that_was_made_before_a_library_was_imported_says_so_there(library: str, use: str) -> None:
    said = run(
        "import asyncio, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from promptvm_oauth import OAuthClient\n"
        "auth = OAuthClient(secrets='memory', base_url='https://api.promptvm.test').auth()\n"
        f"import {library} as c\n"
        "url = 'https://api.promptvm.test/'\n"
        f"try:\n    {use}\nexcept TypeError as error:\n    print(error)\n"
    )

    assert f"made before {library} was imported" in said
    assert f"import {library} first" in said


def test_an_object_that_was_made_before_requests_was_imported_works_there(dev_server: DevServer) -> None:
    tokens: Any = signed_in(dev_server).load_tokens()
    said = run(
        "from promptvm_oauth import OAuthClient, StoredTokens\n"
        f"client = OAuthClient(secrets='memory', base_url={dev_server.base_url!r})\n"
        f"client.save_tokens('default', StoredTokens({tokens.access_token.reveal()!r}))\n"
        "auth = client.auth()\n"
        "import requests\n"
        f"print(requests.get({protected(dev_server)!r}, auth=auth).status_code)"
    )

    assert said.strip() == "200"
