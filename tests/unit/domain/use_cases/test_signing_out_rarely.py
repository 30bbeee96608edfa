"""The rare turns of signing out: a login without a token, places that fail, a server that the embedder passed."""

from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from promptvm_oauth import AuthorizationServer, StoreAbsent, StoreFailed
from promptvm_oauth.adapters.stores.awaited import AwaitedStore, run_inline
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.devserver.faults import Answer
from promptvm_oauth.domain.configuration import Configuration
from promptvm_oauth.domain.use_cases.after_login import AfterLogin
from promptvm_oauth.domain.use_cases.recorded_account import server_at
from promptvm_oauth.domain.use_cases.removal import Removal, Remover
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig

HOUR = 3600.0


def test_a_renewed_token_that_is_refused_as_well_is_not_renewed_again(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.clock.advance(HOUR)
    rig.server.queue_fault("sessions", Answer(401, {"error": "invalid_token"}))

    assert not rig.call("logout").revoked
    assert rig.server.count("token", grant_type="refresh_token") == 1


def test_stored_fields_without_an_access_token_are_removed_and_not_sent(rig: "Rig") -> None:
    rig.profiles.save("work", {"base_url": rig.server.base_url, "auth_type": "oauth"})
    rig.store.save("work", {"refresh_token": "r"})

    result = rig.call("logout", "work")

    assert (result.removed, result.reason) == (True, "the profile was not signed in")
    assert rig.server.log == ()


def test_a_server_that_the_embedder_passed_is_asked_at_its_own_endpoints(rig: "Rig") -> None:
    server = AuthorizationServer.promptvm(rig.server.base_url, rig.server.app_url)
    client = rig.make(server=server, base_url=None, app_url=None)
    rig.call("login", "work", flow="browser", client=client)

    assert rig.call("remove_profile", "work", client=client).revoked


def test_the_server_of_a_removed_profile_is_the_one_that_the_embedder_passed_if_it_is_that_one() -> None:
    server = AuthorizationServer.promptvm("https://api.example.test", "https://app.example.test")
    standard = evolve(server, issuer="https://api.example.test")

    assert server_at(Configuration({}, server=server), "https://api.example.test:443") is server
    assert server_at(Configuration({}, server=server), "https://other.test").base_url == "https://other.test"
    assert server_at(Configuration({}, server=standard), "https://api.example.test").issuer is None


def test_a_profile_whose_recorded_address_cannot_be_used_is_named(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.profiles.save("work", {**(rig.profiles.load("work") or {}), "base_url": "http://api.promptvm.test"})

    result = rig.call("remove_profile", "work", client=rig.make(base_url=None))
    assert not result.revoked
    assert result.reason.startswith("the base URL of profile 'work' must use https")


class Absent(MemoryStore):
    def load(self, profile: str) -> "Mapping[str, str] | None":
        raise StoreAbsent("no bus", store="keychain")

    def delete(self, profile: str) -> None:
        raise StoreAbsent("no bus", store="keychain")

    def unlock(self, profile: str, waiting: object) -> bool:
        raise StoreFailed("no answer", store="keychain")


@pytest.mark.parametrize("beside", [False, True])
def test_a_place_that_is_absent_may_have_the_login_unless_it_is_only_beside_it(rig: "Rig", beside: bool) -> None:
    rig.call("login", "work", flow="browser")
    stored, online = rig.client._client.stored, rig.client._client.online  # pyright: ignore[reportPrivateUsage] (its ports)
    absent, reached = (AwaitedStore(store, run_inline, "") for store in (Absent(), rig.store))
    removal = Removal("work", (reached,) if beside else (absent, reached), whole=True)
    removal.besides = (absent,) if beside else ()

    if rig.colour == "blocking":
        run_blocking(Remover.of_ports(stored, online, lambda name: None).run(removal))
        assert rig.fields("work") == {}
        assert removal.tokens_gone == beside
        assert bool(removal.unread) != beside
        assert isinstance(removal.failure, StoreAbsent) != beside


def test_after_a_login_that_was_not_recorded_nothing_follows(rig: "Rig") -> None:
    stored, online = rig.client._client.stored, rig.client._client.online  # pyright: ignore[reportPrivateUsage] (its ports)

    run_blocking(AfterLogin.of_ports(stored, online).run("work"))

    assert rig.server.log == ()
