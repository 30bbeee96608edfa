"""`with_auto_refresh`: on an unauthorized error one forced refresh, one more call."""

import io
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import httpx
import pytest
from promptvm_oauth import NoTokensError, OAuthError, RefreshRejected, Secret, TransportError
from promptvm_oauth.devserver.faults import Drop
from promptvm_oauth.domain.freshness import CachedToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Rig


def status_error(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", "https://api.promptvm.test/api/v1/me")
    return httpx.HTTPStatusError(str(status), request=request, response=httpx.Response(status, request=request))


class Api:
    """An API that raises these errors, one a call, and then answers; `used` are the tokens that it was called with."""

    def __init__(self, *errors: Exception) -> None:
        self.used: list[str] = []
        self._errors = list(errors)

    def __call__(self, token: str) -> str:
        self.used.append(token)
        if self._errors:
            raise self._errors.pop(0)
        return "the answer"


def run(rig: "Rig", call: "Callable[[str], Any]", profile: str | None = None) -> Any:
    """Let `with_auto_refresh` call a function of the rig's colour."""

    async def awaited(token: str) -> Any:
        return call(token)

    return rig.call("with_auto_refresh", call if rig.colour == "blocking" else awaited, profile)


def refreshes(rig: "Rig") -> int:
    return rig.server.count("token", grant_type="refresh_token")


def test_a_call_that_succeeds_is_made_once_with_the_access_token(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    api = Api()

    assert run(rig, api) == "the answer"
    assert api.used == [rig.fields()["access_token"]]
    assert refreshes(rig) == 0


@pytest.mark.parametrize(
    "error",
    [
        status_error(401),
        HTTPError("https://api.promptvm.test/", 401, "Unauthorized", {}, io.BytesIO()),  # type: ignore[arg-type] # any mapping does
        OAuthError("invalid_token", "revoked", 401),
        RuntimeError("the server said invalid_token"),
        RuntimeError("token_expired"),
    ],
    ids=["httpx", "urllib", "our own", "invalid_token in the text", "token_expired in the text"],
)
def test_after_a_401_the_refresh_really_happens_and_the_second_call_has_the_new_token(
    rig: "Rig", error: Exception
) -> None:
    rig.call("login", flow="browser")
    old = rig.fields()["access_token"]
    api = Api(error)

    assert run(rig, api) == "the answer"
    assert api.used == [old, rig.fields()["access_token"]]
    assert old != rig.fields()["access_token"]
    assert refreshes(rig) == 1


def test_a_second_401_is_raised_as_it_is(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    first, second = status_error(401), status_error(401)
    api = Api(first, second)

    with pytest.raises(httpx.HTTPStatusError) as caught:
        run(rig, api)

    assert caught.value is second
    assert len(api.used) == 2
    assert refreshes(rig) == 1


@pytest.mark.parametrize(
    "error",
    [status_error(403), status_error(500), OAuthError("invalid_token", "odd", 400), RuntimeError("14010 not found")],
    ids=["403", "500", "an OAuth error with another status", "a text with 401 in it"],
)
def test_any_other_error_is_raised_at_once_and_renews_nothing(rig: "Rig", error: Exception) -> None:
    rig.call("login", flow="browser")
    api = Api(error)

    with pytest.raises(type(error)) as caught:
        run(rig, api)

    assert caught.value is error
    assert len(api.used) == 1
    assert refreshes(rig) == 0


def test_a_token_that_somebody_else_renewed_meanwhile_is_adopted_without_a_request(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.call("access_token")
    rig.call("refresh", client=rig.make())
    api = Api(status_error(401))

    assert run(rig, api) == "the answer"
    assert api.used[1] == rig.fields()["access_token"]
    assert refreshes(rig) == 1


@pytest.mark.parametrize("profile", [None, "home"])
def test_a_token_that_another_thread_renewed_meanwhile_is_taken_from_memory(rig: "Rig", profile: str | None) -> None:
    rig.call("login", "home", flow="browser")
    used: list[str] = []

    def renewed_meanwhile(token: str) -> str:
        used.append(token)
        if len(used) == 1:
            newer = CachedToken(Secret("newer"), rig.clock.now() + 1)
            rig.client._client.memory[profile] = newer  # pyright: ignore[reportPrivateUsage] (as a thread does)
            rig.store.delete("home")
            rig.profiles.delete("home")
            raise status_error(401)
        return "the answer"

    assert run(rig, renewed_meanwhile, profile) == "the answer"
    assert used[1] == "newer"
    assert refreshes(rig) == 0


def test_an_api_key_is_not_renewed_and_the_401_is_raised(rig: "Rig") -> None:
    rig.profiles.save("keys", {"public_key": "pk_1", "secret_key": "sk_1", "base_url": rig.server.base_url})
    error = status_error(401)
    api = Api(error)

    with pytest.raises(httpx.HTTPStatusError) as caught:
        run(rig, api, "keys")

    assert caught.value is error
    assert api.used == ["pk_1:sk_1"]
    assert rig.server.log == ()


def test_a_refresh_that_is_rejected_asks_for_a_login(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    rig.end_sessions()

    with pytest.raises(RefreshRejected) as caught:
        run(rig, Api(status_error(401)))

    assert caught.value.needs_login


def test_a_refresh_that_cannot_be_made_keeps_the_login(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    before = dict(rig.fields())
    rig.server.queue_fault("token", Drop())

    with pytest.raises(TransportError):
        run(rig, Api(status_error(401)))

    assert dict(rig.fields()) == before


def test_without_a_login_nothing_is_called(rig: "Rig") -> None:
    api = Api()

    with pytest.raises(NoTokensError):
        run(rig, api)

    assert api.used == []


def test_the_named_profile_is_used_and_not_the_active_one(rig: "Rig") -> None:
    rig.call("login", "home", flow="browser")
    rig.call("login", "work", flow="browser")
    api = Api(status_error(401))
    run(rig, api, "home")

    assert api.used[1] == rig.fields("home")["access_token"]


def test_what_the_function_gives_is_given_back_whatever_it_is(rig: "Rig") -> None:
    rig.call("login", flow="browser")
    value = object()

    assert run(rig, lambda token: value) is value
