"""What this package wrote in a configuration directory is removed, and nothing else is."""

from pathlib import Path

import pytest
from promptvm_oauth.adapters.files.traces import AwaitedTraces, Traces
from promptvm_oauth.adapters.stores.awaited import run_inline
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.traces import Removed

OURS = (
    "tokens/.master",
    "tokens/.master.corrupt",
    "tokens/work.enc",
    "tokens/work.enc.corrupt",
    "tokens/work.lock",
    "tokens/.work.enc.0000000000000000.tmp",
    "profiles/.work.yaml.0000000000000000.tmp",
    "profiles/work.yaml.corrupt",
    "config.yaml.corrupt",
    ".config.yaml.0000000000000000.tmp",
    "promptvm-oauth/config.yaml",
    "promptvm-oauth/login-flows.json",
    "promptvm-oauth/metadata/0f.json",
    "promptvm-oauth/tokens/.master",
    "promptvm-oauth/tokens/id.enc",
)
SHARED = ("config.yaml", "profiles/keys.yaml", "tokens/notes.txt", "history")


def write(directory: Path, *paths: str) -> None:
    for path in paths:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(b"x")


def files(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if not path.is_dir()}


def test_all_that_is_ours_is_removed_and_what_is_shared_is_left(tmp_path: Path) -> None:
    write(tmp_path, *OURS, *SHARED)

    done = Traces(str(tmp_path)).remove()

    assert files(tmp_path) == set(SHARED)
    assert done.left == ()
    assert {str(tmp_path / path) for path in OURS} <= set(done.removed)
    assert not (tmp_path / "promptvm-oauth").exists()


def test_directories_that_are_empty_afterwards_are_removed(tmp_path: Path) -> None:
    write(tmp_path, *OURS)

    Traces(str(tmp_path)).remove()

    assert list(tmp_path.iterdir()) == []


def test_where_nothing_was_written_nothing_is_removed(tmp_path: Path) -> None:
    assert Traces(str(tmp_path / "absent")).remove() == Removed()
    assert Traces(str(tmp_path / "absent")).names() == ()


def test_the_names_are_those_of_token_files_of_both_directories(tmp_path: Path) -> None:
    write(tmp_path, "tokens/work.enc", "tokens/.master", "tokens/a b.enc", "promptvm-oauth/tokens/id.enc")

    assert Traces(str(tmp_path)).names() == ("id", "work")


@pytest.mark.parametrize("name", ["tokens", "promptvm-oauth", "promptvm-oauth/tokens"])
def test_what_a_symbolic_link_leads_to_is_left(tmp_path: Path, name: str) -> None:
    elsewhere, directory = tmp_path / "elsewhere", tmp_path / "promptvm"
    write(elsewhere, "work.enc", ".master")
    (directory / name).parent.mkdir(parents=True, exist_ok=True)
    (directory / name).symlink_to(elsewhere)

    Traces(str(directory)).remove()

    assert files(elsewhere) == {"work.enc", ".master"}


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "tokens/work.enc", "promptvm-oauth/login-flows.json")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("promptvm_oauth.adapters.files.traces.os.unlink", refuse)
    done = Traces(str(tmp_path)).remove()

    assert f"{tmp_path}/tokens/work.enc: Permission denied" in done.left
    assert done.removed == ()


def test_a_profile_that_is_still_there_is_left_with_its_reason(tmp_path: Path) -> None:
    kept = "promptvm-oauth/unshared/vault/profiles/work.yaml"
    write(tmp_path, kept, "promptvm-oauth/login-flows.json")

    done = Traces(str(tmp_path)).remove()

    assert files(tmp_path) == {kept}
    assert done.left == (f"{tmp_path}/{kept}: its tokens could not be removed, or are in a store that was not opened",)


def test_a_client_without_a_disk_has_no_files() -> None:
    traces = AwaitedTraces(None, run_inline)

    assert run_blocking(traces.names()) == ()
    assert run_blocking(traces.remove()) == Removed()
