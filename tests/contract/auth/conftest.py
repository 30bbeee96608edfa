"""One rig for every HTTP library, every client of it, and an auth object from either face; the API is in process."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest
import requests
from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.devserver.exchange import Request
from promptvm_oauth.devserver.faults import Answer as Fault
from promptvm_oauth.ports.events import StepUpRequired
from promptvm_oauth.testing import FakeClock, FakePromptVM
from requests.adapters import BaseAdapter

LIBRARIES: dict[str, Any] = {"httpx": httpx, "httpx2": httpx2}
KINDS = ("httpx.Client", "httpx.AsyncClient", "httpx2.Client", "httpx2.AsyncClient", "requests.Session")
FACES = ("OAuthClient", "AsyncOAuthClient")
API = "https://api.promptvm.test"
FILES = "https://files.promptvm.test"
ELSEWHERE = "https://elsewhere.test"
PROTECTED = "/api/v1/protected"
HOUR = 3600.0


class Seen(NamedTuple):
    """A request as it went over the wire."""

    method: str
    origin: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def token(self) -> str | None:
        return self.headers.get("authorization")


class Answered(NamedTuple):
    """What the caller of a library got."""

    status: int
    body: bytes


class Call(NamedTuple):
    """What is asked of a library."""

    method: str
    url: str
    body: Any
    auth: Any


class Api:
    """The API at `API` and `FILES`, and a stranger at `ELSEWHERE`."""

    def __init__(self, promptvm: FakePromptVM) -> None:
        self.seen: list[Seen] = []
        self.redirects: dict[str, tuple[int, str]] = {}
        self.stranger: tuple[int, bytes] = (200, b"landed")
        self.needs: str | None = None
        self._promptvm = promptvm
        self._guard = threading.Lock()

    def answer(
        self, method: str, url: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(url)
        flat = {name.lower(): value for name, value in headers}
        assert len(flat) == len(headers), "a header was sent twice"
        seen = Seen(method, f"{parts.scheme}://{parts.netloc}", parts.path, flat, body)
        with self._guard:
            self.seen.append(seen)
        if seen.origin not in {API, FILES}:
            return self.stranger[0], {}, self.stranger[1]
        if (redirect := self.redirects.get(parts.path)) is not None:
            return redirect[0], {"Location": redirect[1]}, b""
        if self.needs is not None:
            return (200, {}, b"ok") if self.needs in flat else (401, {}, b"")
        reply = self._promptvm.server.auth.handle(Request(method, parts.path, parts.query, flat, body))
        return reply.status, dict(reply.headers), reply.body


class Rig:
    """A client on fakes that is signed in, its auth object, and a way to send requests with it."""

    def __init__(self, promptvm: FakePromptVM, kind: str, face: str) -> None:
        self.promptvm = promptvm
        self.kind = kind
        self.blocking = kind == "requests.Session" or kind.endswith(".Client")
        self.clock = FakeClock()
        self.api = Api(promptvm)
        make = OAuthClient if face == "OAuthClient" else AsyncOAuthClient
        self.client = make(**promptvm.ports(clock=self.clock))
        pending = self.done(self.client.begin_login(redirect_uri="http://127.0.0.1:8400/callback"))
        self.done(self.client.finish_login(pending, promptvm.server.approve(pending.authorize_url)))
        self.auth = self.client.auth()
        self.gate: int = 0

    def done(self, result: Any) -> Any:
        """Returns what a method of either face returns."""

        async def awaited() -> Any:
            return await result

        return asyncio.run(awaited()) if asyncio.iscoroutine(result) else result

    def revoke_early(self) -> None:
        """Let the server hold the access token for expired while the client holds it for fresh."""
        self.promptvm.clock.advance(HOUR)

    def expire(self) -> None:
        """Let the access token expire."""
        self.promptvm.clock.advance(HOUR)
        self.clock.advance(HOUR)

    def refuse(self, status: int, challenge: str = "", times: int = 1) -> None:
        """Let the API refuse the next requests."""
        headers = {"WWW-Authenticate": challenge} if challenge else {}
        self.promptvm.server.queue_fault("protected", *[Fault(status, b"", headers)] * times)

    @property
    def refreshes(self) -> int:
        return self.promptvm.server.count("token", grant_type="refresh_token")

    @property
    def stored(self) -> str:
        return f"Bearer {self.promptvm.fields()['access_token']}"

    @property
    def steps_up(self) -> list[StepUpRequired]:
        return [event for event in self.promptvm.events if isinstance(event, StepUpRequired)]

    @property
    def tokens(self) -> list[str | None]:
        """Returns the `Authorization` of every request that the API saw."""
        return [seen.token for seen in self.api.seen]

    @property
    def organization(self) -> str:
        return (self.promptvm.profiles.load("default") or {})["organization"]

    @property
    def organizations(self) -> list[str | None]:
        """Returns the `X-Org-Id` of every request that the API saw."""
        return [seen.headers.get("x-org-id") for seen in self.api.seen]

    def stream(self, *chunks: bytes) -> Any:
        """Returns a body that can be sent once."""

        def generated() -> Iterator[bytes]:
            yield from chunks

        async def generated_async() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        return generated() if self.blocking else generated_async()

    def send(self, method: str = "GET", url: str = PROTECTED, body: Any = None) -> Answered:
        """Send one request."""
        return self.send_all(1, method, url, body)[0]

    def send_all(self, count: int, method: str = "GET", url: str = PROTECTED, body: Any = None) -> list[Answered]:
        """Send requests through one client, all at once; with a `gate` all arrive before the first is answered."""
        call = Call(method, API + url if url.startswith("/") else url, body, self.auth)
        if self.kind == "requests.Session":
            return self._send_requests(count, call)
        library = LIBRARIES[self.kind.partition(".")[0]]
        if self.blocking:
            return self._send_blocking(library, count, call)
        return asyncio.run(self._send_async(library, count, call))

    def _send_requests(self, count: int, call: Call) -> list[Answered]:
        adapter = _RequestsAdapter(self.api, self._barrier())
        with requests.Session() as session:
            session.trust_env = False
            session.auth = call.auth
            for scheme in ("https://", "http://"):
                session.mount(scheme, adapter)

            def one(_: int) -> Answered:
                response = session.request(call.method, call.url, data=call.body)
                return Answered(response.status_code, response.content)

            return _at_once(one, count)

    def _send_blocking(self, library: Any, count: int, call: Call) -> list[Answered]:
        wait, api = self._barrier(), self.api

        def handle(request: Any) -> Any:
            response = _answer(library, api, request)
            wait()
            return response

        with library.Client(auth=call.auth, transport=library.MockTransport(handle), follow_redirects=True) as client:

            def one(_: int) -> Answered:
                response = client.request(call.method, call.url, content=call.body)
                return Answered(response.status_code, response.content)

            return _at_once(one, count)

    async def _send_async(self, library: Any, count: int, call: Call) -> list[Answered]:
        api, gate = self.api, asyncio.Barrier(self.gate) if self.gate else None
        arrivals = iter(range(self.gate))

        async def handle(request: Any) -> Any:
            response = _answer(library, api, request)
            if gate is not None and next(arrivals, None) is not None:
                await gate.wait()
            return response

        async with library.AsyncClient(
            auth=call.auth, transport=library.MockTransport(handle), follow_redirects=True
        ) as client:
            responses = await asyncio.gather(
                *(client.request(call.method, call.url, content=call.body) for _ in range(count))
            )
            return [Answered(response.status_code, response.content) for response in responses]

    def _barrier(self) -> Callable[[], object]:
        """Returns what the first requests wait at until all have arrived."""
        if not self.gate:
            return lambda: None
        barrier, arrivals, guard = threading.Barrier(self.gate), iter(range(self.gate)), threading.Lock()

        def wait() -> None:
            with guard:
                first = next(arrivals, None) is not None
            if first:
                barrier.wait(timeout=20)

        return wait


def _at_once(one: Callable[[int], Answered], count: int) -> list[Answered]:
    if count == 1:
        return [one(0)]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def _answer(library: Any, api: Api, request: Any) -> Any:
    headers = [(name.decode(), value.decode()) for name, value in request.headers.raw]
    status, answered, content = api.answer(request.method, str(request.url), headers, request.content)
    return library.Response(status, headers=answered, content=content)


class _RequestsAdapter(BaseAdapter):
    """The API as an adapter of requests."""

    def __init__(self, api: Api, wait: Callable[[], object]) -> None:
        super().__init__()
        self._api = api
        self._wait = wait

    def send(self, request: Any, *_: object, **__: object) -> requests.Response:
        body: Any = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes):
            body = body.read() if hasattr(body, "read") else b"".join(body)
        status, headers, content = self._api.answer(request.method, request.url, list(request.headers.items()), body)
        self._wait()
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.raw = io.BytesIO(content)
        response.url = request.url
        response.request = request
        connection: Any = self
        response.connection = connection
        return response

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(params=[f"{kind}-{face}" for kind in KINDS for face in FACES])
def rig(request: pytest.FixtureRequest, promptvm: FakePromptVM) -> Rig:
    """Returns a rig for every client of every library, with an auth object of either face."""
    kind, _, face = str(request.param).partition("-")
    return Rig(promptvm, kind, face)
