"""Whole logins with `auto` on a real keychain, through both faces, beside a program that shares the entries."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import AsyncOAuthClient, NoTokensError, OAuthClient, StoreLocked
from promptvm_oauth.devserver import DevServer
from promptvm_oauth.ports.events import Event, StoreDowngraded
from promptvm_oauth.testing import ScriptedPerson

if TYPE_CHECKING:
    from .conftest import Keychain


class Person:
    """Somebody who uses a client of one colour against one server."""

    def __init__(self, colour: str, directory: Path, server: DevServer) -> None:
        self.colour = colour
        self.directory = directory
        self.server = server
        self.events: list[Event] = []

    def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Run one method of a new client, as a new process would."""
        given: dict[str, Any] = {
            "base_url": self.server.base_url,
            "config_dir": str(self.directory),
            "browser": ScriptedPerson(),
            "on_event": self.events.append,
        }
        if self.colour == "blocking":
            with OAuthClient(**given) as client:
                return getattr(client, method)(*arguments, **options)

        async def awaited() -> Any:
            async with AsyncOAuthClient(**given) as client:
                return await getattr(client, method)(*arguments, **options)

        return asyncio.run(awaited())

    def login(self) -> Any:
        return self.call("login", "work", flow="browser")

    def files(self) -> list[str]:
        return [path.name for path in self.directory.rglob("*.enc")]


@pytest.fixture(params=["blocking", "asyncio"])
def person(request: pytest.FixtureRequest, dev_server: DevServer, tmp_path: Path) -> Person:
    return Person(request.param, tmp_path / "promptvm", dev_server)


def test_a_login_is_kept_in_the_keychain_where_the_other_tool_finds_it(keychain: "Keychain", person: Person) -> None:
    result = person.login()
    token = person.call("access_token", "work")

    assert (result.store, result.reason) == ("secret-service", "the OS keychain is usable")
    assert keychain.secret_tool("lookup", "service", "promptvm-cli", "username", "promptvm-cli:work:access") == token
    assert person.files() == []
    assert person.call("status", "work").store == "secret-service"


def test_a_refresh_stays_in_the_keychain_and_a_logout_leaves_nothing_in_it(
    keychain: "Keychain", person: Person
) -> None:
    person.login()
    first = person.call("access_token", "work")
    renewed = person.call("refresh", "work")
    assert renewed != first
    assert person.call("access_token", "work") == renewed

    assert person.call("logout", "work").revoked
    for entry in ("access", "refresh", "expires"):
        assert keychain.attributes(f"promptvm-cli:work:{entry}") == []
    with pytest.raises(NoTokensError):
        person.call("access_token", "work")


def test_a_login_of_the_other_tool_is_found_and_its_logout_too(keychain: "Keychain", person: Person) -> None:
    person.login()
    tokens = person.call("load_tokens", "work")
    person.call("delete_tokens", "work")
    written = tokens.to_fields()
    for entry, field in (("refresh", "refresh_token"), ("access", "access_token"), ("expires", "expires_at")):
        keychain.add(f"promptvm-cli:work:{entry}", written[field])

    assert person.call("access_token", "work") == tokens.access_token.reveal()


def test_a_locked_keychain_at_a_login_means_a_marked_file_that_stays_in_charge(
    keychain: "Keychain", person: Person
) -> None:
    keychain.lock()
    result = person.login()

    assert result.store == "file"
    assert [event.used for event in person.events if isinstance(event, StoreDowngraded)] == ["file"]
    assert person.files() == ["work.enc"]
    assert person.call("status", "work").store_reason == result.reason
    assert person.call("refresh", "work") == person.call("access_token", "work")


def test_a_keychain_that_locks_later_is_not_taken_for_an_empty_one(keychain: "Keychain", person: Person) -> None:
    person.login()
    keychain.lock()

    with pytest.raises(StoreLocked):
        person.call("access_token", "work")
    with pytest.raises(StoreLocked):
        person.call("status", "work")


def test_a_keychain_that_is_usable_again_takes_the_next_login_and_the_file_goes(
    keychain: "Keychain", person: Person
) -> None:
    keychain.daemon.kill()
    keychain.daemon.wait(10)
    assert keychain.daemon.stdout is not None
    keychain.daemon.stdout.close()
    assert person.login().store == "file"

    keychain.start_daemon()
    keychain.wait()
    assert person.login().store == "secret-service"
    assert person.files() == []
