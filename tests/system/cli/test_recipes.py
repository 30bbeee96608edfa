"""The recipes of the documentation, each as a user runs it, with the real tools where this machine has them."""

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from promptvm_oauth.devserver import DevServer, Settings

from .recipes import Desk, scripts

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq IS NOT INSTALLED: no recipe is run")


@pytest.fixture
def settings() -> Settings:
    return Settings(device_interval=0.05)


@pytest.fixture
def desk(tmp_path: Path, dev_server: DevServer) -> Desk:
    desk = Desk(tmp_path, dev_server)
    desk.sign_in()
    return desk


def test_the_page_has_these_scripts() -> None:
    assert [*scripts()] == ["api", "git-credential-promptvm", "kubectl-promptvm", "token.mjs", "build"]


def test_curl_calls_the_api(desk: Desk) -> None:
    answer = desk.run("api", "/api/v1/me")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert json.loads(answer.stdout)["user"]["email"] == "ada@example.com"


class PrivateRepository(SimpleHTTPRequestHandler):
    """A server of files that wants a password, and remembers what it was sent."""

    password = ""
    sent: list[str]
    root: Path

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments, directory=str(self.root))

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        if given:
            self.sent.append(given)
        if given != "Basic " + base64.b64encode(f"oauth2:{self.password}".encode()).decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="private"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
        pass


@contextmanager
def git_server(root: Path, password: str, host: str = "127.0.0.1") -> Generator[tuple[str, list[str]]]:
    """Serves a folder to those who have the password; yields its origin, and what it was sent."""
    sent: list[str] = []
    handler = type("Handler", (PrivateRepository,), {"root": root, "password": password, "sent": sent})
    with ThreadingHTTPServer((host, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://{host}:{server.server_port}", sent
        finally:
            server.shutdown()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "served"
    made = tmp_path / "made"
    (made / "sub").mkdir(parents=True)
    (made / "hello.txt").write_text("hello\n")
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for command in (
        ("git", "init", "-q", str(made)),
        ("git", "-C", str(made), "add", "."),
        ("git", "-C", str(made), *identity, "commit", "-q", "-m", "one"),
        ("git", "clone", "-q", "--bare", str(made), str(root / "code.git")),
        ("git", "-C", str(root / "code.git"), "update-server-info"),
    ):
        subprocess.run(command, check=True, capture_output=True)
    return root


@pytest.mark.skipif(shutil.which("git") is None, reason="git IS NOT INSTALLED: its recipe is not run")
def test_git_clones_with_the_token_and_tells_it_to_no_other_origin(desk: Desk, repository: Path) -> None:
    token = desk.run("promptvm-auth", "token").stdout.strip()
    helper = str(desk.programs / "git-credential-promptvm")
    with git_server(repository, token) as (origin, sent), git_server(repository, token) as (other, nothing):
        clone = ("git", "-c", f"credential.helper={helper}", "clone", "-q")
        done = desk.run(*clone, f"{origin}/code.git", "here", PROMPTVM_GIT_ORIGIN=origin)
        assert done.returncode == 0, done.stderr
        assert (desk.home / "here" / "hello.txt").read_text() == "hello\n"
        assert sent

        refused = desk.run(*clone, f"{other}/code.git", "there", PROMPTVM_GIT_ORIGIN=origin)
        assert refused.returncode != 0
        assert nothing == []


@pytest.mark.parametrize(
    "asked",
    [
        "protocol=http\nhost=git.example.com\n",
        "protocol=https\nhost=git.example.com:8443\n",
        "protocol=https\nhost=git.example.com.evil.test\n",
        "protocol=https\nhost=evil.test\npath=git.example.com\n",
        "host=git.example.com\n",
        "",
    ],
)
def test_git_of_another_origin_gets_nothing(desk: Desk, asked: str) -> None:
    assert desk.run("git-credential-promptvm", "get", stdin=asked).stdout == ""


def test_git_gets_nothing_if_the_user_is_signed_out_and_stores_nothing(desk: Desk) -> None:
    asked = "protocol=https\nhost=git.example.com\n"
    assert desk.run("git-credential-promptvm", "get", stdin=asked).stdout.startswith(
        "username=oauth2\npassword=pvm_at_"
    )
    for other in ("store", "erase"):
        assert desk.run("git-credential-promptvm", other, stdin=asked).stdout == ""
    desk.run("promptvm-auth", "logout")
    assert desk.run("git-credential-promptvm", "get", stdin=asked).stdout == ""


def test_kubectl_gets_a_credential_with_its_expiry(desk: Desk) -> None:
    told = json.loads(desk.run("kubectl-promptvm").stdout)
    token = json.loads(desk.run("promptvm-auth", "token", "--json").stdout)
    assert (told["apiVersion"], told["kind"]) == ("client.authentication.k8s.io/v1", "ExecCredential")
    assert told["status"] == {"token": token["access_token"], "expirationTimestamp": token["expires_at"]}


def test_kubectl_gets_an_api_key_without_an_expiry_and_no_key_pair(desk: Desk) -> None:
    key = json.loads(desk.run("kubectl-promptvm", PROMPTVM_API_KEY="pvk_1").stdout)
    assert key["status"] == {"token": "pvk_1"}
    pair = desk.run("kubectl-promptvm", PROMPTVM_API_KEY="pk_1:sk_1")
    assert pair.stdout == ""
    assert pair.returncode != 0


@pytest.mark.skipif(shutil.which("node") is None, reason="NODE IS NOT INSTALLED: the recipe for editors is not run")
def test_a_plug_in_keeps_the_token_until_it_expires(desk: Desk) -> None:
    count = desk.home / "calls"
    real = (desk.programs / "promptvm-auth").rename(desk.programs / "real")
    desk.install("promptvm-auth", f'#!/bin/sh\necho call >> {count}\nexec {real} "$@"\n')
    desk.install("plugin.mjs", 'import { token } from "./token.mjs";\nawait token();\nconsole.log(await token());\n')

    shown = desk.run("node", str(desk.programs / "plugin.mjs"))
    assert (shown.stdout, shown.stderr) == (desk.run("real", "token").stdout, "")
    assert count.read_text() == "call\n"


def test_a_container_build_gets_the_token_in_a_variable_alone(desk: Desk) -> None:
    desk.install("docker", '#!/bin/sh\necho "$@"\nprintenv BUILD_TOKEN\n')
    shown = desk.run("build")
    token = desk.run("promptvm-auth", "token").stdout
    assert shown.stdout == f"build --secret id=promptvm,env=BUILD_TOKEN .\n{token}"


def test_exec_ends_as_the_command_and_leaves_no_process_of_ours(desk: Desk) -> None:
    script = 'echo "$TOKEN"; readlink /proc/$$/exe; exit 7'
    shown = desk.run("promptvm-auth", "exec", "--env", "TOKEN", "--", "sh", "-c", script)
    token, program = shown.stdout.splitlines()
    assert (shown.returncode, shown.stderr) == (7, "")
    assert token.startswith("pvm_at_")
    assert "python" not in program

    ended = desk.run("promptvm-auth", "exec", "--env", "TOKEN", "--", "sh", "-c", "kill -TERM $$")
    assert ended.returncode == -15
    piped = desk.run("sh", "-c", "promptvm-auth exec --env TOKEN -- yes | head -1")
    assert (piped.stdout, piped.stderr) == ("y\n", "")
    assert desk.run("promptvm-auth", "exec", "--env", "TOKEN", "--", "./nowhere").returncode == 127
    assert desk.run("promptvm-auth", "exec", "--env", "TOKEN", "--profile", "other", "--", "true").returncode == 3
