import copy
import json
import os
import pickle
from collections.abc import Callable, Iterator
from pprint import pformat
from traceback import TracebackException
from typing import Any

import pytest
from attrs import evolve
from promptvm_oauth import domain
from promptvm_oauth.adapters.stores.awaited import AwaitedStore, run_inline
from promptvm_oauth.domain.account import NO_KEY, Account, Credential, environment_credential
from promptvm_oauth.domain.configuration import Configuration
from promptvm_oauth.domain.errors import TokensNotSaved, TransportError
from promptvm_oauth.domain.oauth.authorization import Attempt, VerifiedCode, code_request, exchange_request
from promptvm_oauth.domain.oauth.awaited_redirect import AwaitedRedirect, Callback
from promptvm_oauth.domain.oauth.device import Polling
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse, parse_device_response
from promptvm_oauth.domain.oauth.pkce import challenge
from promptvm_oauth.domain.oauth.response import read_object
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.oauth.sessions import parse_deleted, parse_sessions, session_url
from promptvm_oauth.domain.oauth.token_endpoint import parse_refresh_response, parse_token_response, refresh_request
from promptvm_oauth.domain.profile import Profile
from promptvm_oauth.domain.tokens import StoredTokens, TokenResponse
from promptvm_oauth.domain.use_cases.api import api_headers, api_request
from promptvm_oauth.domain.use_cases.pending_login import PendingLogin
from promptvm_oauth.domain.use_cases.resolver import bound_base_url
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.ports.secrets import StoredFields
from promptvm_oauth.testing import MemoryStore

MARK = "marker"
DOMAIN = os.path.dirname(str(domain.__file__)) + os.sep
NOW = 1_800_000_000.0
REDIRECT = "http://127.0.0.1:5000/callback"
SERVER = AuthorizationServer.promptvm()
TOKEN = Secret("marker-token-0123456789")
ATTEMPT = Attempt(SERVER, Secret("marker-state"), Secret("marker-verifier".ljust(43, "x")))
ISSUED = DeviceCodeResponse(Secret("marker-device-code"), "ABCD-EFGH", "https://h/device")
POLLING = Polling.start(SERVER, ISSUED, 600.0, NOW, 0.0)
STORED = StoredTokens(Secret("marker-access"), Secret("marker-refresh"))
FIELDS = StoredFields(
    access_token="marker-access", refresh_token="marker-refresh", secret_key="sk_marker", api_key=MARK
)
PAIR = {"PROMPTVM_PUBLIC_KEY": "pk_env", "PROMPTVM_SECRET_KEY": "sk_marker", "PROMPTVM_API_KEY": "pk_a:sk_marker"}
PROFILE = Profile.of_fields("work", FIELDS)


async def no_server(_: object = None, /) -> AuthorizationServer:
    return SERVER


def account(credential: Credential) -> Account:
    return Account("work", PROFILE, SERVER.base_url, credential, AwaitedStore(MemoryStore(), run_inline, ""), no_server)


ACCOUNT = account(NO_KEY)
PENDING = PendingLogin.begin(ATTEMPT, "work", REDIRECT, "laptop", NOW)
KEY_PAIR = account(Credential.of_pair("pk_a", Secret("sk_marker")))


def verified() -> VerifiedCode:
    answer = ATTEMPT.accept("code=marker-code&state=marker-state")
    assert isinstance(answer, VerifiedCode)
    return answer


HOLDERS: dict[str, object] = {
    "Secret": TOKEN,
    "Attempt": ATTEMPT,
    "authorize URL": ATTEMPT.authorize_url(REDIRECT, "laptop"),
    "VerifiedCode": verified(),
    "PendingLogin": PENDING,
    "Callback": Callback(Secret("marker-code"), Secret("marker-state")),
    "AwaitedRedirect": AwaitedRedirect([Secret("marker-state")], [Secret("code=marker-code")]),
    "Polling": POLLING,
    "DeviceCodeResponse": ISSUED,
    "TokenResponse": TokenResponse(TOKEN, Secret("marker-refresh")),
    "StoredTokens": STORED,
    "Profile": PROFILE,
    "Account of a login": ACCOUNT,
    "Account of a pair": KEY_PAIR,
    "Account of a key": account(Credential(Secret(MARK))),
    "Configuration": Configuration.read(PAIR),
    "StoredFields": FIELDS,
    "TokensNotSaved": TokensNotSaved("the disk is full", tokens=STORED),
    "exchange": exchange_request(verified(), REDIRECT),
    "bare exchange": code_request(SERVER, Secret("marker-code"), ATTEMPT.verifier, REDIRECT),
    "refresh": refresh_request(SERVER, Secret("marker-refresh")),
    "poll": POLLING.request(),
    "API call": api_request("GET", SERVER.endpoint("userinfo_endpoint"), ACCOUNT, TOKEN),
    "API call with a pair": api_request("GET", SERVER.endpoint("userinfo_endpoint"), KEY_PAIR, TOKEN),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
def test_no_value_that_holds_a_secret_shows_it(holder: object) -> None:
    shown = [repr(holder), str(holder), f"{holder}", "%r %s" % (holder, holder), pformat(holder), repr([holder])]  # noqa: UP031 (each way to print is tested)
    assert MARK not in " ".join(shown)


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
def test_pickling_a_value_that_holds_a_secret_is_refused_or_silent(holder: object) -> None:
    try:
        written = pickle.dumps(holder)
    except TypeError as refused:
        written = str(refused).encode()
    assert MARK.encode() not in written


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_hidden_fields_can_be_copied_and_stay_hidden(duplicate: Callable[[StoredFields], StoredFields]) -> None:
    twin = duplicate(FIELDS)
    assert twin == FIELDS
    assert twin is not FIELDS
    assert MARK not in repr(twin)


def answer(status: int = 200, /, **members: object) -> HttpResponse:
    return HttpResponse(status, body=json.dumps(members).encode())


def refused(echo: str, status: int = 400, error: str = "invalid_grant") -> HttpResponse:
    return answer(status, error=error, error_description=f"{echo} is bad", access_token="marker-x", state="marker-x")


def device(**members: object) -> HttpResponse:
    issued = {"device_code": "marker-code", "user_code": "ABCD", "verification_uri": "https://h/", "expires_in": 60}
    return answer(**(issued | members))


def late_poll() -> None:
    raise POLLING.end(NOW + 600)


def of_environment(environ: dict[str, str]) -> Credential | None:
    return environment_credential(Configuration.read(environ))


CAME_BACK = f"{REDIRECT}?code=marker-code&state=marker-state"
ANYTHING: Any = b"no text"
GRANTED = {"access_token": "marker-access", "refresh_token": "marker-refresh"}
TAKEN = evolve(SERVER, authorization_endpoint="https://h/a?state=x")
UNKNOWN = AuthorizationServer.promptvm("https://custom.example.test")

FAILURES: dict[str, Callable[[], object]] = {
    "tokens of another type": lambda: parse_token_response(answer(token_type="mac", **GRANTED), NOW),
    "an unusable access token": lambda: parse_token_response(
        answer(**GRANTED | {"access_token": "marker access"}), NOW
    ),
    "tokens beside an error": lambda: parse_token_response(answer(error="x", **GRANTED), NOW),
    "no object with tokens": lambda: parse_token_response(HttpResponse(200, body=b'"marker'), NOW),
    "a refused exchange": lambda: parse_token_response(refused("marker-code"), NOW, Secret("marker-code")),
    "a busy server": lambda: read_object(refused(TOKEN.reveal(), 503), TOKEN),
    "a rejected refresh": lambda: parse_refresh_response(refused(TOKEN.reveal()), NOW, TOKEN),
    "a refused refresh": lambda: parse_refresh_response(refused(TOKEN.reveal(), error="x"), NOW, TOKEN),
    "a refresh of another type": lambda: parse_refresh_response(answer(token_type="mac", **GRANTED), NOW, TOKEN),
    "a device code without a URI": lambda: parse_device_response(device(verification_uri="")),
    "a device code with a bad interval": lambda: parse_device_response(device(interval="soon")),
    "a device code with a long interval": lambda: parse_device_response(device(interval=61)),
    "a device code with a bad lifetime": lambda: parse_device_response(device(expires_in="soon")),
    "a device code without a lifetime": lambda: parse_device_response(device(expires_in=0)),
    "a refused device code": lambda: parse_device_response(answer(400, error="x", device_code="marker-code")),
    "a denied poll": lambda: POLLING.process(refused("marker-device-code", error="access_denied"), NOW),
    "an expired poll": lambda: POLLING.process(refused("marker-device-code", error="expired_token"), NOW),
    "an unknown answer to a poll": lambda: POLLING.process(refused("marker-device-code", error="x"), NOW),
    "an approval of another type": lambda: POLLING.process(answer(token_type="mac", **GRANTED), NOW),
    "a late poll": late_poll,
    "a cut approval": lambda: POLLING.transport_failed(TransportError("cut short", status=200), NOW),
    "a taken parameter": lambda: evolve(ATTEMPT, server=TAKEN).authorize_url(REDIRECT, "laptop"),
    "an unknown web app": lambda: evolve(ATTEMPT, server=UNKNOWN).authorize_url(REDIRECT, "laptop"),
    "a bad verifier": lambda: evolve(ATTEMPT, verifier=Secret("marker")).authorize_url(REDIRECT, "laptop"),
    "a challenge of a bad verifier": lambda: challenge("marker"),
    "an unverified code": lambda: VerifiedCode(Secret("marker-code"), ATTEMPT, object()),
    "a redirect URI that is no text": lambda: code_request(SERVER, Secret("marker-code"), TOKEN, ANYTHING),
    "half a key pair": lambda: of_environment({"PROMPTVM_SECRET_KEY": "sk_marker"}),
    "a key with a line break": lambda: of_environment({"PROMPTVM_API_KEY": "pk_marker\n:sk_marker"}),
    "a wrong base URL beside keys": lambda: Configuration.read(PAIR | {"PROMPTVM_BASE_URL": "ftp://h"}),
    "a login of another server": lambda: bound_base_url(PROFILE, Configuration.read(PAIR, "https://h.example.test")),
    "a stored token with a line break": lambda: api_headers(ACCOUNT, Secret("marker\n")),
    "a stored key with a line break": lambda: api_headers(
        account(Credential.of_pair("pk_a", Secret("marker\n"))), TOKEN
    ),
    "a refused list of sessions": lambda: parse_sessions(refused(TOKEN.reveal(), 401), TOKEN),
    "a list that is none": lambda: parse_sessions(HttpResponse(200, body=b'{"token": "marker"}'), TOKEN),
    "a refused end of a session": lambda: parse_deleted(refused(TOKEN.reveal(), 403), TOKEN),
    "a session id of no text": lambda: session_url("https://h", "\udcff"),
    "a late callback": lambda: PENDING.answer(CAME_BACK, SERVER, NOW + 3600),
    "a callback for another server": lambda: PENDING.answer(CAME_BACK, UNKNOWN, NOW),
    "a callback on another address": lambda: PENDING.answer(f"https://h?{CAME_BACK}", SERVER, NOW),
    "a callback with another state": lambda: PENDING.answer(f"{CAME_BACK}x", SERVER, NOW),
    "a login begun without a web app": lambda: PendingLogin.begin(
        evolve(ATTEMPT, server=UNKNOWN), "work", REDIRECT, "laptop", NOW
    ),
    "an import that is no JSON": lambda: PendingLogin.from_json(f"{PENDING.to_json()}x"),
    "an import without a time": lambda: PendingLogin.from_json(PENDING.to_json().replace("begun_at", "x")),
    "an import without a profile": lambda: PendingLogin.from_json(PENDING.to_json().replace("work", "")),
    "a Secret that is pickled": lambda: pickle.dumps(TOKEN),
}


def chain(error: BaseException) -> Iterator[BaseException]:
    """Returns the error and what a traceback shows beneath it."""
    yield error
    beneath = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if beneath is not None:
        yield from chain(beneath)


def locals_of_the_domain(error: BaseException) -> dict[str, str]:
    return {
        f"{os.path.basename(frame.filename)}:{frame.lineno} {name}": shown
        for link in chain(error)
        for frame in TracebackException.from_exception(link, capture_locals=True).stack
        if frame.filename.startswith(DOMAIN)
        for name, shown in (frame.locals or {}).items()
    }


@pytest.mark.parametrize("fail", FAILURES.values(), ids=FAILURES.keys())
def test_no_error_tells_a_secret_by_its_text_or_by_the_locals_of_the_domain(fail: Callable[[], object]) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 (any error is looked at)
        fail()
    for error in chain(raised.value):
        assert MARK not in f"{error} {error!r} {vars(error)}"
    told = {place: shown for place, shown in locals_of_the_domain(raised.value).items() if MARK in shown}
    assert not told


def test_the_locals_of_the_domain_are_really_looked_at() -> None:
    with pytest.raises(TypeError, match="accept") as raised:
        VerifiedCode(TOKEN, ATTEMPT, "a proof that anybody could make up")
    assert [shown for place, shown in locals_of_the_domain(raised.value).items() if place.endswith(" self")]


def test_a_configuration_is_not_pickled_since_the_environment_holds_keys() -> None:
    with pytest.raises(TypeError, match=r"^the configuration holds the environment and is not pickled$"):
        pickle.dumps(Configuration({"PROMPTVM_API_KEY": "marker"}))
