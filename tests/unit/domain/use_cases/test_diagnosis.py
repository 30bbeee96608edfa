"""The doctor goes on past what cannot be used, and says what stands in a login's way."""

from email.utils import formatdate
from typing import Any

import pytest
from promptvm_oauth import (
    AuthorizationServer,
    InvalidProfileName,
    LockUnavailable,
    ProfileError,
    StoreLocked,
    TransportError,
)
from promptvm_oauth.composition.options import ClientOptions
from promptvm_oauth.composition.standalone import diagnose
from promptvm_oauth.domain.plan import DEVICE, PASTE
from promptvm_oauth.domain.use_cases.diagnosis import Diagnosis, tunnel
from promptvm_oauth.ports.environment import Environment
from promptvm_oauth.ports.http import HttpResponse
from promptvm_oauth.ports.timeouts import DOCTOR_REQUEST
from promptvm_oauth.testing import FakeClock, MemoryProfiles, MemoryStore, ScriptedHttp

ISSUER = "https://id.example.test"
BOUND = {"base_url": ISSUER, "auth_type": "oauth", "issuer": ISSUER, "client_id": "me"}
DOWN = TransportError("id.example.test refused the connection")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "CI", "BROWSER", "PROMPTVM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def diagnosed(*answers: Any, profile: str | None = None, **options: Any) -> Diagnosis:
    given: dict[str, Any] = {"secrets": MemoryStore(), "clock": FakeClock(), **options}
    return diagnose(ClientOptions(http=ScriptedHttp(*answers), **given), profile)


def profiles(**fields: dict[str, str]) -> MemoryProfiles:
    store = MemoryProfiles()
    for name, texts in fields.items():
        store.save(name, texts)
    return store


def test_a_profile_whose_issuer_is_down_still_gets_a_plan_and_its_stores() -> None:
    found = diagnosed(DOWN, DOWN, DOWN, DOWN, profile="work", profiles=profiles(work=BOUND))

    assert found.server == (ISSUER, "id.example.test refused the connection")
    assert found.plan is not None
    assert found.plan.flow == DEVICE
    assert [store.name for store in found.stores] == ["memory"]
    assert found.skew is None


def test_a_profile_that_cannot_be_read_is_told_and_the_server_is_asked_all_the_same() -> None:
    class Damaged(MemoryProfiles):
        def load(self, name: str) -> None:
            raise ProfileError("work.yaml is not a mapping")

    found = diagnosed(HttpResponse(404), profile="work", profiles=Damaged(), base_url="https://api.promptvm.test")

    assert found.profile == ("work", "work.yaml is not a mapping")
    assert found.server == ("https://api.promptvm.test", "")
    assert found.plan is not None


def test_a_damaged_configuration_is_told_and_the_rest_is_checked_all_the_same() -> None:
    class Damaged(MemoryProfiles):
        def active(self) -> str:
            raise ProfileError("config.yaml is not a mapping")

    for profile in (None, "work"):
        found = diagnosed(HttpResponse(404), profile=profile, profiles=Damaged())
        assert found.profile == (profile or "default", "config.yaml is not a mapping")
        assert found.server == ("https://api.promptvm.ai", "")
        assert [store.problem for store in found.stores] == [""]


def test_a_client_for_many_users_reads_no_configuration() -> None:
    class Unread(MemoryProfiles):
        def active(self) -> str:
            raise AssertionError

    found = diagnosed(HttpResponse(404), profile="work", profiles=Unread(), default_profile=None)
    assert found.profile == ("work", "")


def test_a_server_without_any_login_flow_has_no_plan_and_says_why() -> None:
    server = AuthorizationServer.standard(ISSUER, "me", token_endpoint=f"{ISSUER}/t")
    found = diagnosed(HttpResponse(404), server=server)

    assert found.plan is None
    assert found.server is not None
    assert "offers no login flow" in found.server.problem


def test_the_plan_is_the_one_that_a_login_would_take_at_this_server() -> None:
    server = AuthorizationServer.standard(
        ISSUER, "me", token_endpoint=f"{ISSUER}/t", authorization_endpoint=f"{ISSUER}/a"
    )
    found = diagnosed(HttpResponse(404), server=server)

    assert found.plan is not None
    assert found.plan.flow == PASTE
    assert found.server == (ISSUER, "")


def test_a_missing_client_id_is_told_and_everything_else_is_checked() -> None:
    found = diagnosed(HttpResponse(404), issuer=ISSUER, profiles=MemoryProfiles())

    assert "client id" in found.problem
    assert found.plan is not None
    assert found.server == (ISSUER, "")
    assert [store.problem for store in found.stores] == [""]


def test_half_a_key_pair_is_told_and_everything_else_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTVM_PUBLIC_KEY", "pk_1")
    found = diagnosed(HttpResponse(404))

    assert found.problem.startswith("only half a key pair is set")
    assert found.server == ("https://api.promptvm.ai", "")


@pytest.mark.parametrize(
    "options", [{"base_url": "ftp://x"}, {"secrets": "no such store"}, {"base_url": ISSUER, "issuer": ISSUER}]
)
def test_a_client_that_cannot_be_made_leaves_the_machine_to_be_examined(options: dict[str, Any]) -> None:
    found = diagnosed(**options)

    assert found.problem
    assert found.plan is not None
    assert (found.server, found.profile, found.stores, found.skew) == (None, None, (), None)
    assert found.network


def test_nothing_is_wrong_with_a_good_configuration() -> None:
    assert diagnosed(HttpResponse(404)).problem == ""


def test_an_invalid_name_of_a_profile_is_an_error_and_no_diagnosis() -> None:
    with pytest.raises(InvalidProfileName):
        diagnosed(HttpResponse(404), profile="../x")


@pytest.mark.parametrize("connection", ["192.0.2.1 5 192.0.2.2 22", ""])
def test_a_tunnel_is_suggested_over_ssh_alone(connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", connection)
    for found in (diagnosed(HttpResponse(404)), diagnosed(base_url="ftp://x")):
        assert found.tunnel.startswith("ssh -L ") is bool(connection)
        assert connection or found.tunnel == ""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreLocked("the keychain is locked", store="keychain"), "the keychain is locked"),
        (LockUnavailable("this file system cannot lock"), "this file system cannot lock"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_with_its_reason(error: Exception, told: str) -> None:
    class Broken(MemoryStore):
        name = "keychain"

        def probe(self) -> None:
            raise error

    found = diagnosed(HttpResponse(404), secrets=Broken(), base_url="https://api.promptvm.test")
    assert found.stores == (("keychain", told),)


def test_the_server_is_asked_once_for_its_root_and_not_for_long() -> None:
    http = ScriptedHttp(HttpResponse(404))
    diagnose(ClientOptions(http=http, secrets=MemoryStore(), base_url="https://api.promptvm.test"), None)

    (request,) = http.requests
    assert (request.method, request.url, request.timeout) == ("GET", "https://api.promptvm.test/", DOCTOR_REQUEST)
    assert dict(request.headers) == {"Accept": "application/json"}


def test_the_host_of_a_tunnel_is_left_to_the_user_where_ssh_does_not_tell_it() -> None:
    here = Environment("linux", {"SSH_TTY": "/dev/pts/0"})
    assert tunnel(here, "Ada") == "ssh -L 18623:127.0.0.1:18623 Ada@HOST"


def test_the_clock_of_the_server_is_compared() -> None:
    clock = FakeClock()
    date = formatdate(clock.now() - 90, usegmt=True)
    found = diagnosed(HttpResponse(404, {"date": date}), clock=clock, base_url="https://api.promptvm.test")
    assert found.skew == pytest.approx(90, abs=1)
    assert diagnosed(HttpResponse(404, {"date": "soon"}), base_url="https://api.promptvm.test").skew is None
    year = {"date": "01 Jan 99999999999999 00:00:00 GMT"}
    assert diagnosed(HttpResponse(404, year), base_url="https://api.promptvm.test").skew is None
