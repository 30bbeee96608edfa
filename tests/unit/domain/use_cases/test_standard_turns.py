"""What happens seldom at a standard server: each turn that no other story takes."""

from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import ConfigurationError, NoTokensError, Secret, StoredTokens, StoreFailed, TransportError
from promptvm_oauth.domain.use_cases.login_request import LoginRequest
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing import MemoryStore, ScriptedHttp, json_response

if TYPE_CHECKING:
    from .conftest import Rig

ISSUER = "https://id.example.test"
METADATA = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/t", "device_authorization_endpoint": f"{ISSUER}/d"}
CODE = {"device_code": "d", "user_code": "AB", "verification_uri": f"{ISSUER}/v", "expires_in": 60, "interval": 1}
GRANT = {"access_token": "at", "refresh_token": "rt", "token_type": "Bearer", "expires_in": 3600}


class Server:
    """A standard server that approves each device at once."""

    def __init__(self) -> None:
        self.down = False

    async def send(self, request: HttpRequest) -> HttpResponse:
        if self.down:
            raise TransportError("no network")
        if "/.well-known/" in request.url:
            return json_response(200, METADATA)
        return json_response(200, CODE if request.url.endswith("/d") else GRANT)

    async def close(self) -> None:
        """Nothing is open."""


def client(rig: "Rig", server: Server, **arguments: Any) -> Any:
    where: dict[str, Any] = {"issuer": ISSUER, "client_id": "me", "base_url": None, "app_url": None}
    return rig.make(**{"http": server, **where, **arguments})


def test_a_token_that_has_not_expired_serves_while_its_server_cannot_be_discovered(rig: "Rig") -> None:
    server = Server()
    rig.call("login", "work", flow="device", client=client(rig, server))
    rig.clock.advance(3600 - 30)  # it is time to renew it, and it is still valid
    server.down = True

    assert rig.call("access_token", "work", client=client(rig, server)) == "at"


def test_discovering_takes_an_issuer(rig: "Rig") -> None:
    server = Server()
    assert rig.call("discover", client=client(rig, server)).token_endpoint == f"{ISSUER}/t"
    with pytest.raises(ConfigurationError, match="issuer"):
        rig.call("discover")


def test_a_store_that_cannot_be_read_before_a_login_does_not_stop_it(rig: "Rig") -> None:
    class Unreadable(MemoryStore):
        def load(self, profile: str) -> None:
            raise StoreFailed("unreadable", store=self.name)

    rig.call("login", "work", flow="device", client=client(rig, Server()))
    store = Unreadable()
    result = rig.call("login", "work", flow="device", client=client(rig, Server(), secrets=store))

    assert result.profile == "work"


def test_the_client_secret_of_an_earlier_login_is_used_for_the_next_one_at_the_same_server(rig: "Rig") -> None:
    rig.call("login", "work", flow="device", client=client(rig, Server(), client_secret="s3cret"))
    rig.call("login", "work", flow="device", client=client(rig, Server()))

    assert rig.fields("work")["client_secret"] == "s3cret"


def test_the_server_of_a_profile_without_tokens_is_discovered_all_the_same(rig: "Rig") -> None:
    rig.call("login", "work", flow="device", client=client(rig, Server()))
    rig.store.delete("work")

    assert rig.call("status", "work", check=True, client=client(rig, Server())).state == "signed_out"
    with pytest.raises(NoTokensError):
        rig.call("refresh", "work", client=client(rig, Server()))


def test_tokens_of_another_client_in_a_profile_are_saved_for_its_server(rig: "Rig") -> None:
    rig.call("login", "work", flow="device", client=client(rig, Server()))
    rig.call("save_tokens", "work", StoredTokens(Secret("other")), client=client(rig, Server()))

    assert (rig.fields("work")["server"], rig.fields("work")["access_token"]) == (ISSUER, "other")


def test_a_login_request_shows_nobody_whom_it_expects() -> None:
    assert "ada" not in repr(LoginRequest(login_hint="ada@example.test", authorize_parameters={"x": "ada"}))


@pytest.mark.parametrize(
    ("answer", "state"), [(401, "rejected"), (403, "rejected"), (200, "live"), (500, "unverified")]
)
def test_checking_an_api_key_asks_once_and_believes_the_server(rig: "Rig", answer: int, state: str) -> None:
    rig.profiles.save("keys", {"api_key": "legacy", "base_url": rig.server.base_url})
    http = ScriptedHttp(HttpResponse(answer))

    status = rig.call("status", "keys", check=True, client=rig.make(http=http))

    assert status.state == state
    assert [request.headers["Authorization"] for request in http.requests] == ["Bearer legacy"]


class Refused(Exception):
    """An API's 401."""

    status = 401


def test_a_newer_token_that_another_call_has_fetched_meanwhile_is_used_without_a_request(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    tokens: list[str] = []

    def first_refused(token: str) -> str:
        tokens.append(token)
        if len(tokens) == 1:
            rig.clock.advance(3600)
            rig.client.access_token("default")
            rig.client.access_token()
            raise Refused
        return token

    async def first_refused_async(token: str) -> str:
        tokens.append(token)
        if len(tokens) == 1:
            rig.clock.advance(3600)
            client: Any = rig.client
            await client.access_token()
            raise Refused
        return token

    call = first_refused if rig.colour == "blocking" else first_refused_async
    result = rig.call("with_auto_refresh", call)

    assert tokens[0] != tokens[1] == result
    assert rig.server.count("token", grant_type="refresh_token") == 1
