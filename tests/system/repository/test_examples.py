"""The examples, each in a process of its own, against the development server and with a scripted person."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from promptvm_oauth.devserver import DevServer, Settings
from promptvm_oauth.devserver.settings import User
from promptvm_oauth.testing.person import ScriptedPerson

EXAMPLES = Path(__file__).parents[3] / "examples"
PERSON = f"{sys.executable} -m promptvm_oauth.testing.person"


@contextmanager
def running(home: Path, example: str, *arguments: str, **environ: str) -> Generator[subprocess.Popen[str]]:
    """Start an example in an environment of its own; end it at the end of the block if it has not ended."""
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
    command = [sys.executable, str(EXAMPLES / example), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=surroundings | environ, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def settings() -> Settings:
    return Settings(device_interval=1)


@pytest.mark.parametrize("colour", [[], ["--async"]], ids=["blocking", "async"])
def test_a_front_end_of_ones_own_signs_in_with_a_browser(
    tmp_path: Path, dev_server: DevServer, colour: list[str]
) -> None:
    with running(tmp_path, "custom_front_end.py", dev_server.base_url, *colour, BROWSER=PERSON) as process:
        output, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    assert output == "Signed in to the profile default\n"
    assert errors.startswith("Sign in at http://127.0.0.1:")
    assert len(dev_server.auth.live_sessions) == 1


@pytest.mark.parametrize("colour", [[], ["--async"]], ids=["blocking", "async"])
def test_a_front_end_of_ones_own_signs_in_with_a_code(tmp_path: Path, dev_server: DevServer, colour: list[str]) -> None:
    with running(tmp_path, "custom_front_end.py", dev_server.base_url, *colour, PROMPTVM_HEADLESS="1") as process:
        assert process.stderr is not None
        _, code, _, page = process.stderr.readline().split()
        dev_server.auth.approve_device(code)
        output, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    assert page.startswith(dev_server.base_url)
    assert output == "Signed in to the profile default\n"


def test_the_front_end_is_under_thirty_lines_and_the_back_end_under_eighty() -> None:
    assert len((EXAMPLES / "custom_front_end.py").read_text().splitlines()) < 30
    assert len((EXAMPLES / "web_back_end.py").read_text().splitlines()) < 80


@pytest.fixture
def back_end(tmp_path: Path, dev_server: DevServer) -> Iterator[str]:
    """Returns the origin of a running back end."""
    with running(tmp_path, "web_back_end.py", dev_server.base_url) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def test_a_visitor_of_the_back_end_signs_in(back_end: str, dev_server: DevServer) -> None:
    assert ScriptedPerson().visit(f"{back_end}/login") == "Signed in as ada@example.com."
    assert dev_server.auth.count("token", grant_type="authorization_code", outcome="ok") == 1
    assert "Sign in with PromptVM" in httpx.get(back_end, trust_env=False).text


def test_a_visitor_of_the_back_end_who_denies_is_told_so(back_end: str, dev_server: DevServer) -> None:
    with pytest.raises(AssertionError, match="status 400"):
        ScriptedPerson("deny").visit(f"{back_end}/login")
    assert dev_server.auth.count("token") == 0


def test_the_callback_of_one_visitor_is_of_no_use_to_another(back_end: str, dev_server: DevServer) -> None:
    begun = httpx.get(f"{back_end}/login", trust_env=False)
    stolen = dev_server.auth.approve(begun.headers["Location"])

    with httpx.Client(trust_env=False) as other:
        other.get(f"{back_end}/login")
        assert other.get(stolen).status_code == 400
    assert httpx.get(stolen, trust_env=False).text == "No login of yours is waiting."
    assert dev_server.auth.count("token") == 0


def test_a_request_of_a_visitor_is_sent_with_their_own_token(back_end: str, dev_server: DevServer) -> None:
    emails = ["ada@example.com", "bob@example.com"]
    with ExitStack() as stack:
        browsers = [stack.enter_context(httpx.Client(trust_env=False)) for _ in emails]
        for browser, email in zip(browsers, emails, strict=True):
            dev_server.auth.settings.user = User(id=email, email=email)
            begun = browser.get(f"{back_end}/login")
            callback = dev_server.auth.approve(begun.headers["Location"])
            assert browser.get(callback).text == f"Signed in as {email}."

        shown = [browser.get(f"{back_end}/me") for browser in browsers]

    assert [answer.status_code for answer in shown] == [200, 200]
    assert [email in answer.text for answer, email in zip(shown, emails, strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("cookie", "why"),
    [
        (None, "this client has no default profile"),
        ("session=unknown", "profile &#x27;unknown&#x27; is not signed in"),
        ("session=../../x", "a profile name is"),
    ],
)
def test_a_request_without_a_session_is_refused_though_others_are_signed_in(
    back_end: str, dev_server: DevServer, cookie: str | None, why: str
) -> None:
    ScriptedPerson().visit(f"{back_end}/login")
    sent = len(dev_server.auth.log)

    refused = httpx.get(f"{back_end}/me", headers={"Cookie": cookie} if cookie else {}, trust_env=False)

    assert refused.status_code == 401
    assert why in refused.text
    assert len(dev_server.auth.log) == sent


NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="NODE IS NOT INSTALLED: the front end in another language is not run"
)


@contextmanager
def in_node(home: Path, server: DevServer, *options: str) -> Generator[subprocess.Popen[str]]:
    """Starts the front end in JavaScript, whose only knowledge of a login is what the command's lines say."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "PROMPTVM_BASE_URL": server.base_url}
    command = home / "promptvm-auth"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m promptvm_oauth.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    arguments = [str(NODE), str(EXAMPLES / "front_end.mjs"), str(command), "--store", "file", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, env=environ, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@needs_node
def test_a_front_end_in_javascript_signs_in_with_a_browser(tmp_path: Path, dev_server: DevServer) -> None:
    with in_node(tmp_path, dev_server, "--browser", "--no-browser-open") as process:
        assert process.stdout is not None
        verb, page = process.stdout.readline().split()
        ScriptedPerson().visit(page)
        output, errors = process.communicate(timeout=60)

    assert (verb, errors, process.returncode) == ("Open", "", 0)
    assert output == "Signed in as ada@example.com, profile default.\n"


@needs_node
def test_a_front_end_in_javascript_signs_in_with_a_code(tmp_path: Path, dev_server: DevServer) -> None:
    with in_node(tmp_path, dev_server, "--device", "--profile", "work") as process:
        assert process.stdout is not None
        _, page, _, _, code = process.stdout.readline().split()
        assert page == f"{dev_server.base_url}/cli/device"
        dev_server.auth.approve_device(code)
        output, errors = process.communicate(timeout=60)

    assert (output, errors) == ("Signed in as ada@example.com, profile work.\n", "")


@needs_node
def test_ctrl_c_in_the_front_end_in_javascript_cancels_the_login(tmp_path: Path, dev_server: DevServer) -> None:
    with in_node(tmp_path, dev_server, "--device") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)

    told = "Not signed in: the login was cancelled; nothing was stored. Next: log in again.\n"
    assert (output, errors, process.returncode) == (told, "", 130)
