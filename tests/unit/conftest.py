"""How unit tests make up examples of their own, the same few in each run or many new ones, and wait for no file."""

import os
from types import SimpleNamespace

import pytest
from hypothesis import settings
from promptvm_oauth.adapters.files import looking_again

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
"""How many new examples of each property are tried; 0 means the same 40 in every run. CI asks for many."""

settings.register_profile("steady", deadline=None, database=None, max_examples=40, derandomize=True)
settings.register_profile("many", deadline=None, database=None, max_examples=max(EXAMPLES, 1), print_blob=True)
settings.load_profile("many" if EXAMPLES else "steady")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Returns the pauses before damaged files were read again; nothing sleeps."""
    taken: list[float] = []
    monkeypatch.setattr(looking_again, "time", SimpleNamespace(sleep=taken.append))
    return taken
