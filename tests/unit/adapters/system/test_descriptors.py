"""How many descriptors are left to a process."""

import errno
import os
import sys

import pytest
from promptvm_oauth.adapters.system.descriptors import spare_descriptors

resource = pytest.importorskip("resource")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/fd lists all of them there")


@LINUX
def test_each_open_file_leaves_one_fewer() -> None:
    before = spare_descriptors()
    with open(os.devnull), open(os.devnull):
        after = spare_descriptors()
    assert before is not None
    assert after == before - 2


@LINUX
def test_without_a_limit_there_is_nothing_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlimited(_resource: int) -> tuple[int, int]:
        return resource.RLIM_INFINITY, resource.RLIM_INFINITY

    monkeypatch.setattr(resource, "getrlimit", unlimited)
    assert spare_descriptors() is None


def test_where_they_cannot_be_listed_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_path: str) -> list[str]:
        raise FileNotFoundError(errno.ENOENT, "no such directory")

    monkeypatch.setattr(os, "listdir", absent)
    assert spare_descriptors() is None


def test_where_not_even_the_list_can_be_opened_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: str) -> list[str]:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(os, "listdir", full)
    assert spare_descriptors() == 0


def test_on_windows_there_is_nothing_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert spare_descriptors() is None
