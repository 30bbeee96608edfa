"""Every http adapter keeps the contract."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest
from promptvm_oauth.adapters.http.async_http import AsyncHttp
from promptvm_oauth.adapters.http.blocking_http import BlockingHttp
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.http import Http, HttpResponse
from promptvm_oauth.testing.http import ScriptedHttp
from promptvm_oauth.testing.http_contract import HttpContract
from promptvm_oauth.testing.raw_server import RawServer, respond

T = TypeVar("T")


class WithServer(HttpContract):
    """Answers come from a real server."""

    @pytest.fixture(autouse=True)
    def _servers(self) -> Iterator[None]:
        with ExitStack() as self.open:
            yield

    def serve(self, answers: tuple[HttpResponse, ...]) -> str:
        return self.open.enter_context(RawServer(*map(respond, answers))).url


class TestBlockingHttp(WithServer):
    def make(self, *answers: HttpResponse) -> tuple[Http, str]:
        return BlockingHttp(user_agent="contract"), self.serve(answers)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_blocking(work)


class TestAsyncHttp(WithServer):
    def make(self, *answers: HttpResponse) -> tuple[Http, str]:
        return AsyncHttp(user_agent="contract"), self.serve(answers)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)


class TestScriptedHttp(HttpContract):
    def make(self, *answers: HttpResponse) -> tuple[Http, str]:
        return ScriptedHttp(*answers), "http://127.0.0.1/token"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return run_blocking(work)
