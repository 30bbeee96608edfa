"""After a login to PromptVM the Go tool has a default workspace, as after its own; nothing of this fails a login."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import TransportError
from promptvm_oauth.devserver.faults import Answer, Cut, Drop
from promptvm_oauth.ports.events import LoggedIn, ProblemNoticed

from .test_logout_order import Watched

if TYPE_CHECKING:
    from promptvm_oauth.ports.http import HttpRequest

    from .conftest import Rig

ONE = "11111111-2222-3333-4444-55555555aAbB"


def make(rig: "Rig", directory: Path, **ports: Any) -> Any:
    """Returns a client that shares its profiles with the Go tool."""
    return rig.make(**{"secrets": "file", "config_dir": str(directory), "profiles": None, "lock": None, **ports})


def config(directory: Path) -> str:
    path = directory / "config.yaml"
    return path.read_text() if path.exists() else ""


def login(rig: "Rig", client: Any, flow: str = "browser") -> None:
    rig.call("login", "work", flow=flow, client=client)


@pytest.mark.parametrize("flow", ["browser", "device"])
def test_a_login_stores_the_workspace_that_the_server_names(rig: "Rig", tmp_path: Path, flow: str) -> None:
    login(rig, make(rig, tmp_path), flow)

    lines = config(tmp_path).splitlines()
    assert lines[:2] == ["active_profile: work", "defaults:"]
    assert lines[2].startswith("  workspace: ")
    assert len(lines[2].split(": ")[1]) == 36


def test_a_web_login_stores_it_too(rig: "Rig", tmp_path: Path) -> None:
    client = make(rig, tmp_path)
    pending = rig.call("begin_login", "work", redirect_uri="http://127.0.0.1:8080/callback", client=client)
    rig.call("finish_login", pending, rig.server.approve(pending.authorize_url), client=client)

    assert "workspace: " in config(tmp_path)


@pytest.mark.parametrize(
    "body",
    [{"defaultWorkspaceId": ONE}, {"data": {"defaultWorkspaceId": ONE}}, {"data": [], "defaultWorkspaceId": ONE}],
)
def test_both_places_of_the_answer_are_read(rig: "Rig", tmp_path: Path, body: dict[str, object]) -> None:
    rig.server.queue_fault("me", Answer(200, body))
    login(rig, make(rig, tmp_path))

    assert f"  workspace: {ONE}\n" in config(tmp_path)


def test_the_request_is_one_for_the_new_login_and_has_three_seconds(rig: "Rig", tmp_path: Path) -> None:
    sent: list[HttpRequest] = []
    login(rig, make(rig, tmp_path, http=Watched(rig, sent.append)))

    (request,) = [each for each in sent if each.url.endswith("/api/v1/me")]
    assert request.timeout == 3.0
    assert request.headers["Authorization"].startswith("Bearer pvm_at_")
    assert request.headers["X-Org-Id"] == "org_dev"


@pytest.mark.parametrize(
    "fault",
    [
        Drop(),
        Cut(),
        Answer(500, b""),
        Answer(200, b"[]"),
        Answer(200, {"defaultWorkspaceId": "ws_example"}),
        Answer(200, {"defaultWorkspaceId": f"{ONE}\n"}),
        Answer(200, {"defaultWorkspaceId": 7, "data": {"defaultWorkspaceId": None}}),
        Answer(200, {}),
    ],
)
def test_a_failure_is_silent(rig: "Rig", tmp_path: Path, fault: Any) -> None:
    rig.server.queue_fault("me", fault)
    login(rig, make(rig, tmp_path))

    assert config(tmp_path) == "active_profile: work\n"
    assert not [event for event in rig.events if isinstance(event, ProblemNoticed)]
    assert isinstance(rig.events[-1], LoggedIn)


def test_an_interrupt_while_the_server_hangs_keeps_the_login(rig: "Rig", tmp_path: Path) -> None:
    def interrupted(request: "HttpRequest") -> None:
        if request.url.endswith("/me"):
            raise KeyboardInterrupt

    client = make(rig, tmp_path, http=Watched(rig, interrupted))
    with pytest.raises(KeyboardInterrupt):
        login(rig, client)

    assert rig.call("status", "work", client=client).state.value == "live"


@pytest.mark.parametrize(
    "before",
    ["defaults:\n  output: json\n  workspace: mine\n", "defaults: {workspace: mine}\n"],
)
def test_a_workspace_that_is_set_is_kept_and_nothing_is_asked(rig: "Rig", tmp_path: Path, before: str) -> None:
    (tmp_path / "config.yaml").write_text(f"active_profile: work\n{before}")
    (tmp_path / "config.yaml").chmod(0o600)
    login(rig, make(rig, tmp_path))

    assert "workspace: mine" in config(tmp_path)
    assert rig.server.count("me") == 0


@pytest.mark.parametrize(
    "defaults", ["", "defaults:\n", "defaults: {}\n", "defaults:\n  output: json\n  no_color: true\n"]
)
def test_the_other_defaults_are_kept(rig: "Rig", tmp_path: Path, defaults: str) -> None:
    (tmp_path / "config.yaml").write_text(f"active_profile: work\n{defaults}more: 1\n")
    (tmp_path / "config.yaml").chmod(0o600)
    login(rig, make(rig, tmp_path))

    text = config(tmp_path)
    assert "workspace: " in text
    assert "more: 1" in text
    assert ("output: json" in text) == ("output" in defaults)
    assert ("no_color: true" in text) == ("output" in defaults)


def test_defaults_that_are_no_mapping_are_left_alone(rig: "Rig", tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("active_profile: work\ndefaults: plain\n")
    (tmp_path / "config.yaml").chmod(0o600)
    login(rig, make(rig, tmp_path))

    assert config(tmp_path) == "active_profile: work\ndefaults: plain\n"
    assert rig.server.count("me") == 0


def test_a_client_for_many_users_asks_and_stores_nothing(rig: "Rig", tmp_path: Path) -> None:
    login(rig, make(rig, tmp_path, default_profile=None))

    assert rig.server.count("me") == 0
    assert config(tmp_path) == ""


def test_profiles_that_are_not_shared_have_no_workspace(rig: "Rig") -> None:
    login(rig, rig.client)

    assert rig.server.count("me") == 0


def test_a_workspace_that_another_program_stored_meanwhile_is_kept(rig: "Rig", tmp_path: Path) -> None:
    def store_first(request: "HttpRequest") -> None:
        if request.url.endswith("/me"):
            (tmp_path / "config.yaml").write_text("active_profile: work\ndefaults:\n  workspace: theirs\n")

    login(rig, make(rig, tmp_path, http=Watched(rig, store_first)))

    assert "workspace: theirs" in config(tmp_path)


def test_a_server_without_a_userinfo_endpoint_is_not_asked(rig: "Rig", tmp_path: Path) -> None:
    from attrs import evolve
    from promptvm_oauth import AuthorizationServer

    server = AuthorizationServer.promptvm(rig.server.base_url, rig.server.app_url)
    own = evolve(server, userinfo_endpoint=None)
    login(rig, make(rig, tmp_path, server=own, base_url=None, app_url=None))

    assert config(tmp_path) == "active_profile: work\n"


def test_an_organization_that_no_header_can_carry_is_left_out(rig: "Rig", tmp_path: Path) -> None:
    granted = {
        "access_token": "pvm_at_1",
        "refresh_token": "r",
        "token_type": "Bearer",
        "expires_in": 60,
        "user": {"id": "u"},
        "organization": {"id": "örg"},
    }
    rig.server.queue_fault("token", Answer(200, granted))
    sent: list[HttpRequest] = []

    def look(request: "HttpRequest") -> None:
        sent.append(request)
        if request.url.endswith("/me"):
            raise TransportError("enough")

    login(rig, make(rig, tmp_path, http=Watched(rig, look)))

    (request,) = [each for each in sent if each.url.endswith("/me")]
    assert "X-Org-Id" not in request.headers
