"""The stores that were named at a login: of one profile, and of the active one."""

from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.store_names import StoreNames
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles

FILE = Path("promptvm-oauth", "stores.json")


def test_a_store_stays_with_its_profile_until_another_one_is_named(tmp_path: Path) -> None:
    names = StoreNames(str(tmp_path))
    names.note("work", "vault", activates=False)
    names.note("home", "file", activates=False)

    assert (names.of("work"), names.of("home"), names.of("else"), names.of(None)) == ("vault", "file", "", "")
    assert names.all() == ("file", "vault")
    names.note("work", "", activates=False)
    assert (names.of("work"), names.all()) == ("", ("file",))


def test_the_active_profile_of_a_store_that_the_go_tool_cannot_see_counts_until_another_one_is_activated(
    tmp_path: Path,
) -> None:
    names, shared = StoreNames(str(tmp_path)), YamlProfiles(tmp_path)
    shared.activate("home")
    names.note("work", "vault", activates=True)
    assert names.of(None) == "vault"

    shared.activate("other")  # by the Go tool
    assert names.of(None) == ""
    shared.activate("home")
    names.note("home", "", activates=True)
    assert names.of(None) == ""
    assert names.of("work") == "vault"


@pytest.mark.parametrize("store", ["file", "keyring"])
def test_the_active_profile_of_a_shared_store_is_that_of_the_go_tool(tmp_path: Path, store: str) -> None:
    names, shared = StoreNames(str(tmp_path)), YamlProfiles(tmp_path)
    shared.activate("home")
    names.note("home", store, activates=True)
    assert names.of(None) == store
    shared.activate("other")
    assert names.of(None) == ""


def test_nothing_is_written_where_nothing_was_named(tmp_path: Path) -> None:
    StoreNames(str(tmp_path)).note("work", "", activates=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"profiles": []}',
        '{"profiles": {"work": 7, "../x": "vault"}, "active": {"store": 7}}',
        '{"profiles": {"work": "\\u001b[2J"}}',
        '{"profiles": {"work": "' + "x" * 201 + '"}}',
    ],
)
def test_a_file_that_holds_anything_else_names_no_store(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(text)
    names = StoreNames(str(tmp_path))
    assert (names.of("work"), names.of("../x"), names.of(None), names.all()) == ("", "", "", ())

    names.note("work", "vault", activates=True)
    assert names.of(None) == names.of("work") == "vault"
