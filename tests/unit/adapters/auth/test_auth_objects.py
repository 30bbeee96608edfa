"""The auth object itself: what it costs, what it leaves behind, and how it shares with its client."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx
import httpx2
import pytest
import requests
from promptvm_oauth import AsyncOAuthClient, InvalidUrl, NoTokensError, OAuthClient, StoredTokens, WrongServer
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing import FakeClock, FakePromptVM, MemoryStore
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

URL = "https://api.promptvm.test/api/v1/protected"
HOUR = 3600.0


class CountingStore(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.loads = 0

    def load(self, profile: str) -> Mapping[str, str] | None:
        self.loads += 1
        return super().load(profile)


class SlowServer:
    """An http port whose answers wait until they are let go."""

    def __init__(self, promptvm: FakePromptVM) -> None:
        self.arrived = asyncio.Event()
        self.go = asyncio.Event()
        self._server = promptvm.server

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.arrived.set()
        await self.go.wait()
        return await self._server.send(request)

    async def close(self) -> None:
        """Nothing is held."""


def signed_in(promptvm: FakePromptVM, **ports: Any) -> OAuthClient:
    client = OAuthClient(**promptvm.ports(**ports))
    pending = client.begin_login(redirect_uri="http://127.0.0.1:8400/callback")
    client.finish_login(pending, promptvm.server.approve(pending.authorize_url))
    return client


def refreshes(promptvm: FakePromptVM) -> int:
    return promptvm.server.count("token", grant_type="refresh_token")


def is_locked(promptvm: FakePromptVM) -> bool:
    async def tried() -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(1), promptvm.lock.hold("default", timeout=0):
                return False
        return True

    return asyncio.run(tried())


def echo(request: Any) -> Any:
    """Answer with the token that came, in the library of the request."""
    library: Any = httpx if isinstance(request, httpx.Request) else httpx2
    return library.Response(200, text=request.headers.get("Authorization", ""))


def test_one_object_is_an_auth_of_every_library(promptvm: FakePromptVM) -> None:
    auth: Any = OAuthClient(**promptvm.ports()).auth()

    for base in (httpx.Auth, httpx2.Auth, AuthBase):
        assert isinstance(auth, base)
    assert type(auth) is type(OAuthClient(**promptvm.ports()).auth("other"))


def test_its_repr_names_the_profile_and_no_secret(promptvm: FakePromptVM) -> None:
    client = signed_in(promptvm)
    auth = client.auth("default")
    httpx.Client(auth=auth, transport=httpx.MockTransport(echo)).get(URL)

    assert repr(auth) == "PromptVMAuth(profile='default')"


def test_making_one_asks_nothing_and_the_first_request_says_that_nobody_is_signed_in(promptvm: FakePromptVM) -> None:
    auth: Any = OAuthClient(**promptvm.ports()).auth()

    with httpx.Client(auth=auth, transport=httpx.MockTransport(echo)) as client, pytest.raises(NoTokensError):
        client.get(URL)


def test_a_login_for_another_server_sends_nothing(promptvm: FakePromptVM) -> None:
    signed_in(promptvm)
    auth: Any = OAuthClient(**promptvm.ports(base_url="https://other.promptvm.test")).auth()

    with httpx.Client(auth=auth, transport=httpx.MockTransport(echo)) as client, pytest.raises(WrongServer):
        client.get(URL)


def test_an_origin_that_must_not_have_the_token_is_refused_at_once(promptvm: FakePromptVM) -> None:
    with pytest.raises(InvalidUrl):
        OAuthClient(**promptvm.ports()).auth(origins=["http://files.promptvm.test"])


def test_a_fresh_token_costs_no_look_at_the_store(promptvm: FakePromptVM) -> None:
    promptvm.store = store = CountingStore()
    client = signed_in(promptvm)
    with httpx.Client(auth=client.auth(), transport=httpx.MockTransport(echo)) as caller:
        caller.get(URL)
        before = store.loads
        for _ in range(10):
            assert caller.get(URL).text == f"Bearer {promptvm.fields()['access_token']}"

    assert store.loads - before == 10  # the test's own


@pytest.mark.parametrize("name", [None, "default"])
def test_after_the_first_request_neither_the_store_nor_the_profile_is_read(
    promptvm: FakePromptVM, name: str | None
) -> None:
    client = signed_in(promptvm)
    with httpx.Client(auth=client.auth(name), transport=httpx.MockTransport(echo)) as caller:
        first = caller.get(URL).text
        promptvm.store.delete("default")
        promptvm.profiles.delete("default")

        assert caller.get(URL).text == first


def test_the_object_follows_a_login_and_a_change_of_the_active_profile(promptvm: FakePromptVM) -> None:
    client = signed_in(promptvm)
    with httpx.Client(auth=client.auth(), transport=httpx.MockTransport(echo)) as caller:
        first = caller.get(URL).text
        client.save_tokens("work", StoredTokens("token-of-work"))
        promptvm.profiles.save("work", {"base_url": promptvm.server.base_url, "auth_type": "oauth"})
        client.use_profile("work")
        assert caller.get(URL).text == "Bearer token-of-work"
        client.use_profile("default")
        assert caller.get(URL).text == first


def test_what_the_object_renewed_the_client_hands_out_under_every_name(promptvm: FakePromptVM) -> None:
    client = signed_in(promptvm, clock=FakeClock())
    assert client.access_token() == client.access_token("default")
    promptvm.clock.advance(HOUR)
    api = httpx.MockTransport(lambda request: httpx.Response(401 if refreshes(promptvm) == 0 else 200))

    with httpx.Client(auth=client.auth(), transport=api) as caller:
        assert caller.get(URL).status_code == 200
    assert client.access_token() == client.access_token("default") == promptvm.fields()["access_token"]
    assert refreshes(promptvm) == 1


def test_a_late_401_for_an_old_token_takes_the_newer_one_from_memory(promptvm: FakePromptVM) -> None:
    promptvm.store = store = CountingStore()
    client = signed_in(promptvm)
    auth: Any = client.auth()
    late = auth.sync_auth_flow(httpx.Request("GET", URL))
    stale = next(late).headers["Authorization"]
    renewed = client.refresh()
    client.auth()
    with httpx.Client(auth=auth, transport=httpx.MockTransport(echo)) as caller:
        caller.get(URL)
    before = store.loads

    again = late.send(httpx.Response(401, request=httpx.Request("GET", URL, headers={"Authorization": stale})))

    assert again.headers["Authorization"] == f"Bearer {renewed}" != stale
    assert store.loads == before


@pytest.mark.parametrize("steps", [1, 2])
def test_a_flow_that_is_abandoned_leaves_no_lock(promptvm: FakePromptVM, steps: int) -> None:
    client = signed_in(promptvm)
    auth: Any = client.auth()
    request = httpx.Request("GET", URL)
    flow = auth.sync_auth_flow(request)
    next(flow)
    if steps == 2:
        flow.send(httpx.Response(401, request=request))
    assert not is_locked(promptvm)
    flow.close()

    with httpx.Client(auth=auth, transport=httpx.MockTransport(echo)) as caller:
        assert caller.get(URL).text == f"Bearer {promptvm.fields()['access_token']}"


@pytest.mark.parametrize("steps", [1, 2])
def test_an_asynchronous_flow_that_is_abandoned_leaves_no_lock(promptvm: FakePromptVM, steps: int) -> None:
    auth: Any = signed_in(promptvm).auth()

    async def abandon() -> None:
        request = httpx.Request("GET", URL)
        flow = auth.async_auth_flow(request)
        await anext(flow)
        if steps == 2:
            await flow.asend(httpx.Response(401, request=request))
        await flow.aclose()

    asyncio.run(abandon())
    assert not is_locked(promptvm)
    with httpx.Client(auth=auth, transport=httpx.MockTransport(echo)) as caller:
        assert caller.get(URL).text == f"Bearer {promptvm.fields()['access_token']}"


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_request_cancelled_during_its_refresh_leaves_no_lock_and_the_next_one_uses_what_was_fetched(
    promptvm: FakePromptVM, library: Any
) -> None:
    signed_in(promptvm)
    promptvm.clock.advance(HOUR)

    async def cancel() -> str:
        slow = SlowServer(promptvm)
        client = AsyncOAuthClient(**promptvm.ports(http=slow))
        async with library.AsyncClient(auth=client.auth(), transport=library.MockTransport(echo)) as caller:
            first = asyncio.create_task(caller.get(URL))
            await slow.arrived.wait()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            slow.go.set()
            text: str = (await caller.get(URL)).text
        await client.aclose()
        return text

    assert asyncio.run(cancel()) == f"Bearer {promptvm.fields()['access_token']}"
    assert refreshes(promptvm) == 1
    assert not is_locked(promptvm)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_request_with_keys_can_be_sent_twice(promptvm: FakePromptVM, library: Any) -> None:
    fields = {"base_url": promptvm.server.base_url, "auth_type": "api_key", "public_key": "pk_1", "secret_key": "sk_1"}
    promptvm.profiles.save("default", fields)
    sent: list[list[tuple[bytes, bytes]]] = []

    def note(request: Any) -> Any:
        sent.append([item for item in request.headers.raw if b"PromptVM" in item[0]])
        return library.Response(200)

    auth: Any = OAuthClient(**promptvm.ports()).auth()
    with library.Client(auth=auth, transport=library.MockTransport(note)) as caller:
        request = caller.build_request("GET", URL)
        caller.send(request)
        caller.send(request)

    assert sent == [[(b"X-PromptVM-Public-Key", b"pk_1"), (b"X-PromptVM-Secret-Key", b"sk_1")]] * 2
    assert "sk_1" not in repr(request.headers)


def test_a_prepared_request_of_requests_is_renewed_each_time_that_it_is_sent(promptvm: FakePromptVM) -> None:
    client = signed_in(promptvm, clock=FakeClock())

    class Api(BaseAdapter):
        def send(self, request: Any, *_: object, **__: object) -> requests.Response:
            response = requests.Response()
            good = f"Bearer {promptvm.fields()['access_token']}"
            expired = not any(session.access_expires_at > promptvm.clock.now() for session in live())
            response.status_code = 401 if expired or request.headers["Authorization"] != good else 200
            connection: Any = self
            response.request, response.url, response.connection = request, request.url, connection
            return response

        def close(self) -> None:
            """Nothing is held."""

    def live() -> Any:
        return promptvm.server.auth.live_sessions

    auth: Any = client.auth()
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", Api())
        prepared = session.prepare_request(requests.Request("GET", URL, auth=auth))
        for count in (1, 2):
            promptvm.clock.advance(HOUR)
            assert session.send(prepared).status_code == 200
            assert refreshes(promptvm) == count


def test_both_faces_share_a_memory_store_of_their_own_making(no_real_promptvm: object) -> None:
    client = OAuthClient(secrets="memory", base_url="https://api.promptvm.test")
    client.save_tokens("default", StoredTokens("kept-in-memory"))
    auth: Any = client.auth()

    async def fetched() -> str:
        async with httpx.AsyncClient(auth=auth, transport=httpx.MockTransport(echo)) as caller:
            return (await caller.get(URL)).text

    assert asyncio.run(fetched()) == "Bearer kept-in-memory"
