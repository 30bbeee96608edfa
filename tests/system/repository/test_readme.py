"""The example of the README, as a new user runs it: in a process of its own, against the development server."""

import os
import re
import subprocess
import sys
from pathlib import Path

from promptvm_oauth.devserver import DevServer

README = Path(__file__).parents[3] / "README.md"


def example() -> str:
    codes: list[str] = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    (code,) = codes
    return code


def test_the_readmes_example_signs_in_and_uses_the_stored_login_the_next_time(tmp_path: Path) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "BROWSER": f"{sys.executable} -m promptvm_oauth.testing.person",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    with DevServer() as server:
        for _ in range(2):
            run = subprocess.run(
                [sys.executable, "-c", example()],
                env=environ | {"PROMPTVM_BASE_URL": server.base_url},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert run.returncode == 0, run.stderr
            assert run.stdout.startswith(f"ada@example.com at {server.base_url}, a token of ")
            assert run.stderr == ""
        assert server.auth.count("token", grant_type="authorization_code") == 1


def test_the_example_is_ten_lines() -> None:
    assert len(example().splitlines()) <= 11
