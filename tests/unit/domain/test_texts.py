"""What the domain says when it refuses: every sentence, to the letter, and the default of every value's field.

The sentences lie in texts.json and the defaults in defaults.json, beside this file. Whoever changes one changes what a
user reads, or what an embedder gets who does not say otherwise, and so changes the file as well.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import NOTHING, evolve
from promptvm_oauth import domain
from promptvm_oauth.domain.account import environment_credential
from promptvm_oauth.domain.configuration import Configuration
from promptvm_oauth.domain.errors import (
    InsufficientScope,
    NoActiveProfile,
    NoTokensError,
    OAuthError,
    PromptVMAuthError,
    StepUpNeeded,
    TransportError,
    reason_of,
)
from promptvm_oauth.domain.oauth.authorization import Attempt
from promptvm_oauth.domain.oauth.client_auth import choose_client_auth
from promptvm_oauth.domain.oauth.device import Polling
from promptvm_oauth.domain.oauth.device_response import DeviceCodeResponse, parse_device_response
from promptvm_oauth.domain.oauth.metadata import Client, checked_metadata, read_metadata, server_from_metadata
from promptvm_oauth.domain.oauth.pasted_redirect import MAX_PASTE, read_paste
from promptvm_oauth.domain.oauth.pkce import challenge
from promptvm_oauth.domain.oauth.response import read_object, step_up_error
from promptvm_oauth.domain.oauth.revocation import parse_revoked
from promptvm_oauth.domain.oauth.server import AuthorizationServer
from promptvm_oauth.domain.oauth.sessions import parse_sessions, session_url
from promptvm_oauth.domain.oauth.token_endpoint import parse_token_response
from promptvm_oauth.domain.plan import AUTO, BROWSER, DEVICE, PASTE, plan_login
from promptvm_oauth.domain.profile import Profile, check_name
from promptvm_oauth.domain.stores.pair_check import check_binding
from promptvm_oauth.domain.url import checked_url, named_origins, normal_base_url
from promptvm_oauth.domain.use_cases.pending_login import PendingLogin
from promptvm_oauth.domain.use_cases.resolver import bound_base_url
from promptvm_oauth.domain.use_cases.web_login import FinishedLogins
from promptvm_oauth.ports.environment import Environment
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.secret import Secret
from promptvm_oauth.testing import json_response

HERE = Path(__file__).parent
ISSUER = "https://id.example.test"
API = "https://api.promptvm.ai"
SERVER = AuthorizationServer.promptvm(API)
STANDARD = AuthorizationServer.standard(ISSUER, "me", token_endpoint=f"{ISSUER}/t")
REDIRECT = "http://127.0.0.1:5000/callback"
ATTEMPT = Attempt(SERVER, Secret("state"), Secret("v" * 43))
PENDING = PendingLogin.begin(ATTEMPT, "work", REDIRECT, "laptop", 0.0)
POLLING = Polling.start(SERVER, DeviceCodeResponse(Secret("d"), "AB", f"{API}/v"), 600.0, 0.0, 0.0)
LOGIN = Profile.of_fields("work", {"base_url": API, "auth_type": "oauth"})
BOUND = Profile.of_fields("work", {"base_url": ISSUER, "auth_type": "oauth", "issuer": ISSUER, "client_id": "me"})
HERE_IS = Environment("linux", {"DISPLAY": ":0"})
DEVICE_CODE = {"device_code": "d", "user_code": "AB", "verification_uri": f"{API}/v", "expires_in": 60, "interval": 1}
METADATA = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/t"}


def raises(call: Callable[[], object]) -> str:
    """Returns the name and the text of what a call raises."""
    with pytest.raises((PromptVMAuthError, ValueError)) as raised:
        call()
    return f"{type(raised.value).__name__}: {raised.value}"


def raised(error: PromptVMAuthError) -> None:
    """Raises an error that was returned."""
    raise error


def finished_twice() -> None:
    finished = FinishedLogins()
    finished.add(Secret("state"))
    finished.add(Secret("state"))


def slow_downs() -> None:
    polling = POLLING
    for _ in range(20):
        next_one = polling.process(json_response(400, {"error": "slow_down"}), 0.0)
        assert isinstance(next_one, Polling)
        polling = next_one


def metadata(**members: object) -> Callable[[], object]:
    return lambda: checked_metadata(json.dumps(METADATA | members), ISSUER)


def device(**members: object) -> Callable[[], object]:
    return lambda: parse_device_response(json_response(200, DEVICE_CODE | members))


URLS = ("", "http://h", "ftp://h", "https://u@h", "https://h:0", "https://h h", "https://[", 7)

CALLS: dict[str, Callable[[], object]] = {
    **{f"url {url!r}": partial(checked_url, url, "the URL") for url in URLS},
    "base url with a query": lambda: normal_base_url("https://h?x"),
    "origin with a path": lambda: named_origins(["https://h/x"]),
    "profile name": lambda: check_name("../x"),
    "issuer with a query": lambda: AuthorizationServer.standard("https://h?x", "me"),
    "endpoint with a fragment": lambda: AuthorizationServer.standard(ISSUER, "me", token_endpoint=f"{ISSUER}/t#x"),
    "taken parameter": lambda: evolve(SERVER, authorize_parameters={"state": "x", "request": "y"}),
    "missing endpoint": lambda: STANDARD.endpoint("revocation_endpoint"),
    "missing web app": lambda: evolve(ATTEMPT, server=AuthorizationServer.promptvm("https://x.test")).authorize_url(
        REDIRECT, "l"
    ),
    "taken query": lambda: evolve(
        ATTEMPT, server=evolve(SERVER, authorization_endpoint="https://h/a?state=x")
    ).authorize_url(REDIRECT, "l"),
    "client auth": lambda: choose_client_auth(Secret("s"), ["private_key_jwt", "client_secret_jwt"]),
    "verifier": lambda: challenge("short"),
    "session id": lambda: session_url(API, ""),
    "sessions": lambda: parse_sessions(HttpResponse(200, body=b"{}"), Secret("t")),
    "revocation 503": lambda: parse_revoked(HttpResponse(503, {"retry-after": "7"}), Secret("t")),
    "revocation 503 without a time": lambda: parse_revoked(HttpResponse(503), Secret("t")),
    "revocation 400": lambda: parse_revoked(json_response(400, {"error": "invalid_client"}), Secret("t")),
    "no object": lambda: read_object(HttpResponse(200, body=b"[]")),
    "no token": lambda: parse_token_response(json_response(200, {}), 0.0),
    "other type": lambda: parse_token_response(json_response(200, {"access_token": "a", "token_type": "mac"}), 0.0),
    "teapot": lambda: read_object(HttpResponse(418)),
    "too many requests": lambda: read_object(json_response(429, {"error": "slow", "error_description": "later"})),
    "device without a code": device(device_code=""),
    "device without a user code": device(user_code=7),
    "device without a page": device(verification_uri=""),
    "device with a bad interval": device(interval="soon"),
    "device with a long interval": device(interval=61),
    "device without a lifetime": device(expires_in=0),
    "device with a bad lifetime": device(expires_in="soon"),
    "device denied": lambda: POLLING.process(json_response(400, {"error": "access_denied"}), 0.0),
    "device expired": lambda: POLLING.process(json_response(400, {"error": "expired_token"}), 0.0),
    "device too late": lambda: raised(POLLING.end(600.0)),
    "device at an outage": lambda: raised(POLLING.transport_failed(TransportError("no network"), 558.0).end(600.0)),
    "device cut short": lambda: POLLING.transport_failed(TransportError("cut", status=200), 0.0),
    "device slowed down for ever": slow_downs,
    "metadata of another issuer": metadata(issuer="https://other.example.test"),
    "metadata without an issuer": metadata(issuer=None),
    "metadata with a bad endpoint": metadata(token_endpoint="http://h"),
    "metadata with a fragment": metadata(token_endpoint=f"{ISSUER}/t#x"),
    "metadata with a bad list": metadata(code_challenge_methods_supported="S256"),
    "metadata with a bad promise": metadata(authorization_response_iss_parameter_supported="yes"),
    "metadata without S256": metadata(code_challenge_methods_supported=["plain"]),
    "metadata that is no object": lambda: checked_metadata("[]", ISSUER),
    "metadata with a member twice": lambda: checked_metadata('{"issuer": 1, "issuer": 2}', ISSUER),
    "metadata that is no JSON": lambda: read_metadata(HttpResponse(200, {"content-type": "text/html; x"}), ISSUER),
    "metadata of a foreign origin": lambda: server_from_metadata(
        METADATA | {"token_endpoint": "https://x.test/t"}, Client("me")
    ),
    "flow": lambda: plan_login("pigeon", HERE_IS),
    "no flow": lambda: plan_login(AUTO, HERE_IS, ()),
    "no device flow": lambda: plan_login(DEVICE, HERE_IS, (BROWSER, PASTE)),
    "no browser flow": lambda: plan_login(BROWSER, HERE_IS, (DEVICE,)),
    "no paste flow": lambda: plan_login(PASTE, HERE_IS, (DEVICE,)),
    "half a pair, the secret missing": lambda: environment_credential(Configuration({"PROMPTVM_PUBLIC_KEY": "pk"})),
    "half a pair, the public missing": lambda: environment_credential(Configuration({"PROMPTVM_SECRET_KEY": "sk"})),
    "a key with a line break": lambda: environment_credential(Configuration({"PROMPTVM_API_KEY": "a\n"})),
    "login of another server": lambda: bound_base_url(LOGIN, Configuration.read({}, "https://x.test")),
    "login of another issuer": lambda: bound_base_url(
        BOUND, Configuration({}, issuer="https://x.test", client_id="me")
    ),
    "login of another client": lambda: bound_base_url(BOUND, Configuration({}, issuer=ISSUER, client_id="other")),
    "login of PromptVM at an issuer": lambda: bound_base_url(LOGIN, Configuration({}, issuer=ISSUER)),
    "recorded nonsense": lambda: bound_base_url(LOGIN._replace(base_url="nonsense"), Configuration({})),
    "tokens of another server": lambda: check_binding("work", {"server": ISSUER}, "https://x.test", "me"),
    "tokens of a standard server": lambda: check_binding("work", {"server": ISSUER, "client_id": "me"}, None, "me"),
    "finished twice": finished_twice,
    "pending too old": lambda: PENDING.answer(f"{REDIRECT}?x", SERVER, 601.0),
    "pending of another server": lambda: PENDING.answer(f"{REDIRECT}?x", STANDARD, 1.0),
    "pending at another address": lambda: PENDING.answer("https://h?x", SERVER, 1.0),
    "pending with another state": lambda: PENDING.answer(f"{REDIRECT}?code=c&state=x", SERVER, 1.0),
    "pending that is no export": lambda: PendingLogin.from_json("{}"),
    "redirect uri that is not registered": lambda: PendingLogin.begin(ATTEMPT, "work", "https://h/cb", "l", 0.0),
    "redirect uri with a query": lambda: PendingLogin.begin(ATTEMPT, "work", f"{REDIRECT}?x", "l", 0.0),
}


def shown() -> Iterator[tuple[str, str]]:
    """Returns texts that are no errors, or errors that are built and not raised."""
    yield "paste of nothing", read_paste(" ", REDIRECT).problem
    for what, text in {
        "a code": "abc",
        "another address": "http://127.0.0.1:1/callback?code=c",
        "an address without its end": f"{REDIRECT}?",
        "an address with an umlaut": f"{REDIRECT}?code=ä",
        "too much": "x" * (MAX_PASTE + 1),
    }.items():
        yield f"paste of {what}", read_paste(text, REDIRECT).problem
    yield "paste of just enough", read_paste("x" * MAX_PASTE, REDIRECT).problem
    yield "an oauth error without a code", str(OAuthError("", status=0))
    yield "an oauth error with a status", str(OAuthError("", status=418))
    yield "an oauth error with words", str(OAuthError("x", "y"))
    yield "a missing scope", str(InsufficientScope("insufficient_scope", "no", 403, scope="a b"))
    yield "a step up", str(StepUpNeeded("x", "no", 401, acr_values="gold", max_age=60))
    yield "nobody signed in", str(NoTokensError("work"))
    for number in (0, 1, 2, 20, 22):
        names = tuple(f"p{each}" for each in range(number))
        yield f"nobody active of {number}", str(NoActiveProfile(names))
    yield "a reason of ours", reason_of(TransportError("no network"))
    yield "a reason of others", reason_of(KeyError("secret"))
    yield "a challenge", str(step_up_error(401, 'Bearer error="insufficient_user_authentication", acr_values="gold"'))
    for verdict in ("iss=https%3A%2F%2Fx.test", ""):
        attempt = evolve(ATTEMPT, server=evolve(STANDARD, iss_promised=True))
        yield f"redirect {verdict!r}", str(attempt.accept(f"code=c&state=state&{verdict}"))
    refused = evolve(ATTEMPT, server=evolve(STANDARD, iss_promised=True)).accept(
        "error=x&error_description=y&state=state"
    )
    yield "redirect that refuses without its issuer", str(refused)


def defaults() -> dict[str, dict[str, str]]:
    """Returns the default of every field of every value of the domain."""
    found: dict[str, dict[str, str]] = {}
    for info in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}."):
        for name, kind in vars(importlib.import_module(info.name)).items():
            if not isinstance(kind, type) or kind.__module__ != info.name:
                continue
            fields: dict[str, Any] = getattr(kind, "_field_defaults", {})
            if attrs.has(kind):
                fields = {field.name: field.default for field in attrs.fields(kind) if field.default is not NOTHING}
            if fields:
                place = f"{info.name.removeprefix('promptvm_oauth.')}.{name}"
                found[place] = {field: repr(default).partition(" at 0x")[0] for field, default in fields.items()}
    return found


def pinned(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


TEXTS: dict[str, str] = pinned("texts.json")


@pytest.mark.parametrize("what", CALLS)
def test_a_refusal_says_this(what: str) -> None:
    assert raises(CALLS[what]) == TEXTS[what]


def test_what_is_shown_says_this() -> None:
    texts = dict(shown())
    assert texts == {what: TEXTS[what] for what in texts}
    assert set(TEXTS) == {*texts, *CALLS}


def test_a_value_that_is_not_told_otherwise_has_these_fields() -> None:
    assert defaults() == pinned("defaults.json")
