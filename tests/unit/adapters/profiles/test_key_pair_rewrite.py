"""An API key pair in its old form that cannot be rewritten: it works, and the user is told."""

import asyncio
import errno
import os
from pathlib import Path
from threading import current_thread

import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.ports.events import Event, ProblemNoticed

PAIR = "name: work\napi_key: pk_1:sk_2\n"


class Listener:
    """Keeps what it is told, and in which thread."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Event]] = []

    def __call__(self, event: Event) -> None:
        self.told.append((current_thread().name, event))


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "work.yaml").write_text(PAIR)

    def failing(_source: str, _target: str) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(os, "replace", failing)
    return tmp_path


def check(listener: Listener) -> None:
    ((thread, event),) = listener.told
    assert thread == current_thread().name
    assert isinstance(event, ProblemNoticed)
    assert event.profile == "work"
    assert event.problem.startswith("the API key pair is still stored in its old form: ")
    assert "read-only" in event.problem
    assert "sk_2" not in event.problem


def test_a_blocking_client_tells_it_once(read_only: Path) -> None:
    listener = Listener()
    with OAuthClient(config_dir=str(read_only), secrets="file", on_event=listener) as client:
        assert client.access_token("work") == client.access_token("work") == "pk_1:sk_2"
    check(listener)


def test_an_asynchronous_client_tells_it_in_the_thread_of_the_event_loop(read_only: Path) -> None:
    listener = Listener()

    async def main() -> None:
        async with AsyncOAuthClient(config_dir=str(read_only), secrets="file", on_event=listener) as client:
            assert await client.access_token("work") == await client.access_token("work") == "pk_1:sk_2"

    asyncio.run(main())
    check(listener)
