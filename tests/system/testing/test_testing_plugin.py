"""The pytest plugin, as a project that installed the package has it: each test is a run of pytest of its own."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PLUGIN = "promptvm_oauth.testing.plugin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Returns an empty project."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return tmp_path


def run(project: Path, code: str, **environ: str) -> tuple[int, str]:
    """Run pytest over one test module; give its status and what it printed."""
    (project / "test_of_the_project.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "--rootdir", str(project)]
    surroundings = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "120"} | environ
    done = subprocess.run(
        command, cwd=project, env=surroundings, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_a_login_is_tested_with_one_fixture_even_where_ci_and_ssh_would_choose_another_flow(project: Path) -> None:
    code = """
import asyncio
from promptvm_oauth import AsyncOAuthClient, OAuthClient

def test_blocking(promptvm):
    with OAuthClient(**promptvm.ports()) as client:
        assert client.login().flow == "browser"

def test_async(promptvm):
    async def sign_in():
        async with AsyncOAuthClient(**promptvm.ports()) as client:
            return await client.login()
    assert asyncio.run(sign_in()).flow == "browser"
"""
    status, report = run(project, code, CI="true", SSH_CONNECTION="1", PROMPTVM_HEADLESS="1", PROMPTVM_API_KEY="k")

    assert status == 0, report
    assert "2 passed" in report


def test_the_fixtures_of_one_test_belong_together(project: Path) -> None:
    code = """
from promptvm_oauth.testing import FakePromptVM, MemoryStore

def test_parts(promptvm, fake_clock, memory_store, forbidden_browser):
    assert isinstance(promptvm, FakePromptVM)
    assert promptvm.clock is fake_clock
    assert promptvm.store is memory_store
    assert memory_store.load("default") is None
"""
    status, report = run(project, code)

    assert status == 0, report


def test_the_guard_keeps_a_client_without_fakes_from_the_real_world(project: Path) -> None:
    code = """
import os, sys
from pathlib import Path
import keyring
import pytest
from promptvm_oauth import BrowserError, OAuthClient, open_browser
from promptvm_oauth.adapters.files.config_dir import config_dir

def test_guarded(no_real_promptvm, tmp_path):
    assert Path(config_dir(os.environ)).is_relative_to(no_real_promptvm)
    assert Path.home() == no_real_promptvm or sys.platform == "win32"
    assert "fail" in type(keyring.get_keyring()).__module__
    assert "DBUS_SESSION_BUS_ADDRESS" not in os.environ
    with pytest.raises(BrowserError):
        open_browser("https://app.promptvm.ai/")
    with OAuthClient() as client:
        assert client.status().base_url == "https://api.promptvm.invalid"

def test_not_guarded():
    assert os.environ["PROMPTVM_DEVICE_NAME"] == "kept"
    assert os.environ["HOME"] == os.environ["HOME_OF_THE_PERSON"]
"""
    home = project / "home"
    environ = {"HOME": str(home), "HOME_OF_THE_PERSON": str(home), "PROMPTVM_DEVICE_NAME": "kept"}
    status, report = run(project, code, **environ)

    assert status == 0, report
    assert not home.exists()


def test_the_guard_holds_where_a_keyring_was_chosen_before(project: Path) -> None:
    code = """
import keyring
from keyring.backends.null import Keyring

keyring.set_keyring(Keyring())

def test_guarded(no_real_promptvm):
    assert "fail" in type(keyring.get_keyring()).__module__

def test_not_guarded():
    assert "null" in type(keyring.get_keyring()).__module__
"""
    status, report = run(project, code)

    assert status == 0, report


def test_a_real_sleep_under_the_fake_clock_fails_the_test_even_if_it_is_swallowed(project: Path) -> None:
    code = """
import asyncio, time

def test_blocking(fake_clock):
    time.sleep(60)

def test_async(fake_clock):
    asyncio.run(asyncio.sleep(60))

def test_swallowed(fake_clock):
    try:
        time.sleep(60)
    except AssertionError:
        pass

def test_short_pauses_pass(fake_clock):
    time.sleep(0.001)
    asyncio.run(asyncio.sleep(0.001))

def test_without_the_clock_sleeping_is_free():
    assert time.sleep.__module__ == "time"
"""
    status, report = run(project, code)

    assert status == 1
    assert "2 failed, 3 passed, 3 errors" in report
    assert "a real sleep of 60 s in a test with a fake clock" in report


def test_a_browser_that_must_not_be_opened_fails_the_test(project: Path) -> None:
    code = """
from promptvm_oauth import OAuthClient

def test_device_flow(promptvm, forbidden_browser):
    OAuthClient(**promptvm.ports(browser=forbidden_browser)).login(flow="device")

def test_browser_flow(promptvm, forbidden_browser):
    OAuthClient(**promptvm.ports(browser=forbidden_browser)).login(flow="browser")
"""
    status, report = run(project, code)

    assert status == 1
    assert "a browser was opened, which this test forbids" in report
    assert "1 failed, 1 passed" in report


def test_the_assertions_of_a_contract_suite_show_both_sides(project: Path) -> None:
    code = """
from promptvm_oauth.testing import MemoryStore, SecretStoreContract

class Forgetful(MemoryStore):
    def save(self, profile, fields):
        super().save(profile, {"access_token": "another"})

class TestForgetful(SecretStoreContract):
    def make_store(self):
        return Forgetful()
"""
    status, report = run(project, code)

    assert status == 1
    assert "{'access_token': 'another'} != {'access_token': 'access-1'}" in report


def test_loading_the_plugin_loads_nothing_of_the_package_beside_it() -> None:
    program = (
        f"import sys, pytest; before = set(sys.modules); import {PLUGIN}; print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout.strip() == str(["promptvm_oauth", "promptvm_oauth.testing", PLUGIN])


def test_pytest_finds_the_plugin_by_itself() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["entry-points"]["pytest11"] == {"promptvm_oauth": PLUGIN}
