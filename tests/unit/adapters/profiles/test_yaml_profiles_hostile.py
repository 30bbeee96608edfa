"""YAML files that nobody should have written."""

from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.yaml_file import MAX_BYTES
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.ports.errors import ProfileCorrupt, ProfileError

from .conftest import put

HOSTILE = {
    "a list": "- name: work\n",
    "a text": "work\n",
    "not YAML": "name: [work\n",
    "a tab": "name:\twork\n\tx: y\n",
    "a merge of an alias": "x: &x {base_url: a}\n<<: *x\nname: work\n",
    "two documents": "name: work\n---\nname: work\n",
    "not UTF-8": b"name: w\xf6rk\n",
    "UTF-16": "name: work\n".encode("utf-16"),
    "a control character": "name: work\nuser_id: \x07\n",
    "a key twice": "name: work\nbase_url: a\nbase_url: b\n",
    "a key twice below": "name: work\nx: {a: 1, a: 2}\n",
    "a key that is a list": "name: work\n? [a]\n: b\n",
    "an alias": "name: &n work\nuser_id: *n\n",
    "aliases of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nname: work\n",
    "itself inside itself": "name: work\nx: &x [*x]\n",
    "nested lists": "name: work\nx: " + "[" * 200_000,
    "nested mappings": "name: work\nx: " + "{a: " * 40_000,
    "nested dashes": "name: work\nx:\n " + "- " * 100_000,
    "too large": "name: work\nx: " + "a" * MAX_BYTES,
    "no name": "base_url: a\n",
    "another name": "name: home\n",
}

NO_TEXT = {
    "a list for a value": "name: work\nbase_url: [a]\n",
    "a mapping for a value": "name: work\nbase_url: {a: b}\n",
    "an object": "name: work\nbase_url: !!python/object/apply:os.getcwd []\n",
    "a tag": "name: work\nbase_url: !secret a\n",
    "binary": "name: work\nbase_url: !!binary aGk=\n",
}


class TestHostileFiles:
    @pytest.fixture(autouse=True, params=["libyaml", "pure Python"])
    def loader(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        if request.param == "pure Python":
            monkeypatch.delattr("yaml.CSafeLoader")
            monkeypatch.delattr("yaml.CSafeDumper")

    @pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
    def test_a_hostile_profile_is_corrupt_and_a_save_keeps_it_aside(
        self, directory: Path, content: str | bytes, pauses: list[float]
    ) -> None:
        path = put(directory, content)
        before = path.read_bytes()
        profiles = YamlProfiles(directory)
        with pytest.raises(ProfileCorrupt, match=r"profiles.work\.yaml.*promptvm-auth login --profile work") as caught:
            profiles.load("work")
        assert caught.value.needs_login
        assert caught.value.profile == "work"
        assert pauses in ([0.01, 0.03, 0.1], [])  # what another program could be writing is read again
        assert path.read_bytes() == before
        profiles.save("work", {"user_id": "u_1"})
        assert profiles.load("work") == {"name": "work", "user_id": "u_1"}
        aside = path.with_name("work.yaml.corrupt")
        assert aside.read_bytes() == before
        profiles.delete("work")
        assert not aside.exists()

    def test_a_file_whose_name_differs_by_case_is_not_replaced(self, directory: Path) -> None:
        path = put(directory, "name: Work\n")
        with pytest.raises(ProfileError, match=r"profiles.work\.yaml: its name is 'Work'"):
            YamlProfiles(directory).load("work")
        with pytest.raises(ProfileError, match=r"profiles.work\.yaml: its name is 'Work'"):
            YamlProfiles(directory).save("work", {})
        assert path.read_text() == "name: Work\n"

    @pytest.mark.parametrize("content", ["", "\n", "# nothing\n", "---\n", "--- ~\n...\n", "null", "{}\n"])
    def test_an_empty_profile_is_none_and_a_save_fills_it(self, directory: Path, content: str) -> None:
        path = put(directory, content)
        profiles = YamlProfiles(directory)
        assert profiles.load("work") is None
        profiles.save("work", {"user_id": "u_1"})
        assert profiles.load("work") == {"name": "work", "user_id": "u_1"}
        assert not path.with_name("work.yaml.corrupt").exists()

    @pytest.mark.parametrize("content", NO_TEXT.values(), ids=NO_TEXT)
    def test_a_field_that_is_no_text_is_an_error_until_it_is_replaced(self, directory: Path, content: str) -> None:
        put(directory, content)
        profiles = YamlProfiles(directory)
        with pytest.raises(ProfileError, match=r"profiles.work\.yaml: base_url is not plain text"):
            profiles.load("work")
        profiles.save("work", {"base_url": "https://a.example"})
        assert profiles.load("work") == {"name": "work", "base_url": "https://a.example"}

    @pytest.mark.parametrize("content", ["- x", "active_profile: [a]", "active_profile: ../../x", "a: 1\na: 2", "["])
    def test_a_hostile_configuration_is_an_error_and_the_next_choice_keeps_it_aside(
        self, directory: Path, content: str
    ) -> None:
        path = put(directory, content, "config.yaml")
        profiles = YamlProfiles(directory)
        with pytest.raises(ProfileError, match=r"config\.yaml .*promptvm-auth profiles --use NAME"):
            profiles.active()
        assert path.read_text() == content
        profiles.activate("work")
        assert profiles.active() == "work"

    def test_a_damaged_configuration_is_kept_aside(self, directory: Path) -> None:
        put(directory, "defaults: {output: table\n", "config.yaml")
        YamlProfiles(directory).activate("work")
        assert (directory / "config.yaml.corrupt").read_text() == "defaults: {output: table\n"

    @pytest.mark.parametrize("content", ["", "# nothing\n", "---\n", "null\n"])
    def test_an_empty_configuration_means_that_no_profile_is_active(self, directory: Path, content: str) -> None:
        put(directory, content, "config.yaml")
        profiles = YamlProfiles(directory)
        assert profiles.active() == ""
        profiles.activate("work")
        assert profiles.active() == "work"
        assert not (directory / "config.yaml.corrupt").exists()

    @pytest.mark.parametrize("half", ["", "active_profile: work\ndefaults: {"])
    def test_a_file_that_is_being_written_is_read_again(self, directory: Path, half: str) -> None:
        path = put(directory, half, "config.yaml")
        pauses: list[float] = []

        def write_on(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                path.write_text("active_profile: home\n")

        assert YamlProfiles(directory, sleep=write_on).active() == "home"
        assert pauses == [0.01, 0.03, 0.1]

    def test_no_error_quotes_the_file(self, directory: Path) -> None:
        put(directory, "name: work\nsecret_key: sk_very_secret: {\n")
        with pytest.raises(ProfileError) as caught:
            YamlProfiles(directory).load("work")
        error: BaseException | None = caught.value
        while error is not None:
            assert "very_secret" not in str(error)
            error = error.__context__
