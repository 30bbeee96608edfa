"""The directory of a configuration with profiles in it, written by whomever."""

from pathlib import Path

import pytest


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Returns the directory of a configuration that has one for profiles and no profile."""
    (tmp_path / "promptvm" / "profiles").mkdir(parents=True, mode=0o700)
    return tmp_path / "promptvm"


def put(directory: Path, text: str | bytes, name: str = "profiles/work.yaml") -> Path:
    """Write a file, by default that of the profile `work`."""
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
