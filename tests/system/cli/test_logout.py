"""A logout as a process of its own, whose server hangs: signals end it, nothing is left behind, and it says so."""

import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from promptvm_oauth import OAuthClient, StoredTokens
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles

from .test_cli import LONG, Shell

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: -signal.SIGTERM, signal.SIGHUP: -signal.SIGHUP}


class Silent:
    """A server that takes requests and never answers; `asked` is set when one arrives."""

    def __init__(self) -> None:
        self.asked = asked = threading.Event()
        self.over = over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.set()
                over.wait(LONG)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


def sign_in(directory: Path, base_url: str, *names: str) -> None:
    """Stores tokens that have not expired, without asking a server."""
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    for name in names:
        profiles = YamlProfiles(directory)
        fields = {"base_url": base_url, "auth_type": "oauth", "user_id": "usr_1", "user_email": "ada@example.com"}
        profiles.save(name, {**fields, "expires_at": expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")})
        profiles.activate(name)
        with OAuthClient(config_dir=str(directory), secrets="file", base_url=base_url) as client:
            client.save_tokens(name, StoredTokens(f"access-of-{name}", f"refresh-of-{name}", expires_at))


@pytest.mark.parametrize("number", list(EXIT_CODES), ids=lambda number: number.name)
@pytest.mark.parametrize("every", [False, True], ids=["one profile", "all profiles"])
def test_a_signal_while_the_server_hangs_leaves_nothing_here_and_is_told(
    tmp_path: Path, silent: Silent, number: signal.Signals, every: bool
) -> None:
    shell = Shell(tmp_path, silent.base_url)
    directory = tmp_path / ".config" / "promptvm"
    sign_in(directory, silent.base_url, "home", "work")
    which = ["--all"] if every else ["--profile", "work"]

    with shell.start("logout", *which, "--store", "file") as process:
        assert silent.asked.wait(LONG)
        process.send_signal(number)
        out, err = process.communicate(timeout=LONG)

    assert process.returncode == EXIT_CODES[number]
    assert out == ""
    words = " ".join(err.split())
    assert "the tokens were removed from this machine; the session at the server may live on" in words
    assert "Traceback" not in err
    assert shell.files(".enc") == ([] if every else ["home.enc"])


def test_a_wipe_leaves_nothing_but_the_configuration_that_is_shared(tmp_path: Path, silent: Silent) -> None:
    shell = Shell(tmp_path, silent.base_url)
    directory = tmp_path / ".config" / "promptvm"
    sign_in(directory, silent.base_url, "home", "work")

    refused = shell.run("wipe", "--store", "file")
    assert (refused.returncode, "pass --yes" in refused.stderr) == (2, True)
    assert shell.files(".enc") != []

    wiped = shell.run("wipe", "--yes", "--no-revoke", "--store", "file")

    assert wiped.returncode == 0, wiped.stderr
    assert [path.name for path in directory.rglob("*") if path.is_file()] == ["config.yaml"]
    assert "Signed out of profile work; its tokens were removed from this machine." in wiped.stderr
