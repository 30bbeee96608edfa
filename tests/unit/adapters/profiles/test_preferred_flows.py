import os
from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.preferred_flows import PreferredFlows


def file(directory: Path) -> Path:
    return directory / "promptvm-oauth" / "login-flows.json"


def test_what_is_remembered_is_recalled_for_its_profile_alone(tmp_path: Path) -> None:
    PreferredFlows(str(tmp_path)).save("work", "device")
    again = PreferredFlows(str(tmp_path))
    again.save("home", "browser")
    assert [again.load(name) for name in ("work", "home", "other")] == ["device", "browser", ""]


def test_the_empty_text_forgets(tmp_path: Path) -> None:
    flows = PreferredFlows(str(tmp_path))
    flows.save("work", "device")
    flows.save("work", "")
    assert flows.load("work") == ""
    assert file(tmp_path).read_text() == "{}\n"


def test_nothing_is_written_where_nothing_changes(tmp_path: Path) -> None:
    PreferredFlows(str(tmp_path / "none")).save("work", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes there")
def test_file_and_directory_are_for_their_owner_alone(tmp_path: Path) -> None:
    PreferredFlows(str(tmp_path)).save("work", "device")
    assert file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert file(tmp_path).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b'"work"',
        b'{"work": 1}',
        b'{"work": null}',
        b"[" * 100_000,
        b'{"work": "x"}' * 50_000,
    ],
    ids=["empty", "no text", "cut", "list", "text", "number", "null", "deep", "large"],
)
def test_a_damaged_file_counts_as_missing_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_bytes(content)
    flows = PreferredFlows(str(tmp_path))
    assert flows.load("work") == ""
    flows.save("work", "device")
    assert flows.load("work") == "device"


def test_a_file_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "promptvm-oauth").write_text("in the way")
    with pytest.raises(OSError):  # noqa: PT011 - which one is up to the system
        PreferredFlows(str(tmp_path)).save("work", "device")
