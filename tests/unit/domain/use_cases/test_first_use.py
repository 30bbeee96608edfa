"""What is one of its kind in a client is made once, even if many threads ask for it first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from promptvm_oauth import CallbackRejected, OAuthClient, Secret
from promptvm_oauth.domain.use_cases.web_login import FinishedLogins
from promptvm_oauth.testing import FakePromptVM

THREADS = 8


def test_threads_that_come_first_make_one_refresh(promptvm: FakePromptVM) -> None:
    client = OAuthClient(**promptvm.ports())
    client.login()
    first = client.access_token()
    promptvm.clock.advance(3600)
    client = OAuthClient(**promptvm.ports())
    together = Barrier(THREADS)

    def token(_: int) -> str:
        together.wait()
        return client.access_token()

    with ThreadPoolExecutor(THREADS) as pool:
        tokens = set(pool.map(token, range(THREADS)))

    assert len(tokens) == 1
    assert first not in tokens
    assert promptvm.server.count("token", grant_type="refresh_token") == 1


def test_threads_that_ask_first_share_their_ports_and_their_refresh(promptvm: FakePromptVM) -> None:
    client: Any = OAuthClient(**promptvm.ports())
    together = Barrier(THREADS)

    def made(_: int) -> tuple[int, int, int]:
        together.wait()
        use_cases = client._client
        return id(use_cases.online), id(use_cases._refresh), id(use_cases._web_login)

    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(made, range(THREADS)))) == 1


def test_of_threads_that_finish_one_login_a_single_one_may() -> None:
    finished, together = FinishedLogins(), Barrier(THREADS)

    def finish(_: int) -> bool:
        together.wait()
        try:
            finished.add(Secret("state"))
        except CallbackRejected:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(finish, range(THREADS))) == 1


def test_a_client_remembers_the_last_thousand_logins() -> None:
    finished = FinishedLogins()
    for number in range(1001):
        finished.add(Secret(f"state-{number}"))
    with pytest.raises(CallbackRejected):
        finished.add(Secret("state-1"))
    finished.add(Secret("state-0"))  # the oldest one makes room
