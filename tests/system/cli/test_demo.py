"""The demo as a person meets it: nobody touches it, nothing of theirs is touched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LONG = 60.0
"""Seconds after which it hangs; it needs about eight, for one `slow_down` is five."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Returns an empty home and an empty directory for temporary files."""
    return tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def demo(places: tuple[Path, Path]) -> subprocess.CompletedProcess[str]:
    """Run it where the environment is against it."""
    home, temporary = places
    hostile = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "TEMP": str(temporary),
        "TMP": str(temporary),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "ALL_PROXY": "socks5://nowhere:9",
        "PROMPTVM_BASE_URL": "https://nowhere.invalid",
        "PROMPTVM_APP_URL": "https://nowhere.invalid",
        "PROMPTVM_API_KEY": "pk_x:sk_y",
        "PROMPTVM_PUBLIC_KEY": "half a pair",
        "PROMPTVM_HEADLESS": "1",
    }
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "promptvm_oauth.cli", "demo"],
        env={**{name: value for name, value in os.environ.items() if not name.startswith("XDG_")}, **hostile},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )


def test_every_step_succeeds(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stderr == ""
    lines = [line for line in demo.stdout.splitlines() if line.startswith("  ok ")]
    assert lines == [
        "  ok browser sign-in  ada@example.com, profile demo",
        "  ok API call         the protected endpoint answers 200",
        "  ok device sign-in   ada@example.com, profile demo-device",
        "  ok expired token    8 callers at once, exactly 1 refresh at the server",
        "  ok status           the server says that demo and demo-device are live",
        "  ok sign-out         demo and demo-device, their sessions at the server ended",
        "  ok nothing left     0 token files here, 0 sessions at the server",
    ]


def test_a_slow_down_is_shown_and_obeyed(demo: subprocess.CompletedProcess[str]) -> None:
    assert "the server said slow_down: the next poll is in 6 s" in demo.stdout


def test_nothing_is_left_behind(demo: subprocess.CompletedProcess[str], places: tuple[Path, Path]) -> None:
    assert demo.returncode == 0
    for place in places:
        assert list(place.iterdir()) == []


def test_no_token_is_shown(demo: subprocess.CompletedProcess[str]) -> None:
    assert "pvm_" not in demo.stdout
