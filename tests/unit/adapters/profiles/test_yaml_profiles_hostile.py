"""YAML files that nobody should have written."""

from pathlib import Path

import pytest
from promptvm_oauth.adapters.profiles.yaml_file import MAX_BYTES
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.ports.errors import ProfileError

from .conftest import put

HOSTILE = {
    "empty": "",
    "only a comment": "# nothing\n",
    "a list": "- name: work\n",
    "a text": "work\n",
    "not YAML": "name: [work\n",
    "a tab": "name:\twork\n\tx: y\n",
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
    "the name in another case": "name: Work\n",
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
    def test_a_hostile_profile_is_an_error_that_names_the_file_and_it_is_not_overwritten(
        self, directory: Path, content: str | bytes
    ) -> None:
        path = put(directory, content)
        before = path.read_bytes()
        profiles = YamlProfiles(directory)
        with pytest.raises(ProfileError, match=r"profiles.work\.yaml"):
            profiles.load("work")
        with pytest.raises(ProfileError, match=r"profiles.work\.yaml"):
            profiles.save("work", {})
        assert path.read_bytes() == before

    @pytest.mark.parametrize("content", NO_TEXT.values(), ids=NO_TEXT)
    def test_a_field_that_is_no_text_is_an_error_until_it_is_replaced(self, directory: Path, content: str) -> None:
        put(directory, content)
        profiles = YamlProfiles(directory)
        with pytest.raises(ProfileError, match=r"profiles.work\.yaml: base_url is not plain text"):
            profiles.load("work")
        profiles.save("work", {"base_url": "https://a.example"})
        assert profiles.load("work") == {"name": "work", "base_url": "https://a.example"}

    @pytest.mark.parametrize("content", ["- x", "active_profile: [a]", "active_profile: ../../x", "a: 1\na: 2"])
    def test_a_hostile_configuration_is_an_error_that_names_the_file(self, directory: Path, content: str) -> None:
        put(directory, content, "config.yaml")
        with pytest.raises(ProfileError, match=r"config\.yaml"):
            YamlProfiles(directory).active()

    def test_no_error_quotes_the_file(self, directory: Path) -> None:
        put(directory, "name: work\nsecret_key: sk_very_secret: {\n")
        with pytest.raises(ProfileError) as caught:
            YamlProfiles(directory).load("work")
        error: BaseException | None = caught.value
        while error is not None:
            assert "very_secret" not in str(error)
            error = error.__context__
