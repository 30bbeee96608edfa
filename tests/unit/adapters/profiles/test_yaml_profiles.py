"""Profiles in YAML: what the Go tool can read, what it wrote, and what a failing disk leaves."""

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.ports.errors import ProfileError

from .conftest import put

if TYPE_CHECKING:
    from promptvm_oauth.ports.events import ProblemNoticed

OF_THE_GO_TOOL = """\
# comment
name: work
base_url: https://api.promptvm.ai
environment: live
organization: org_1
auth_type: oauth
token_ref: promptvm-cli:work
expires_at: 2030-12-31T23:59:59.123456789+02:00
user_email: ada@example.com
of_tomorrow:
    enabled: true
    answers: [no, 0x1F, 2030-01-01, 'true', ~]
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestFile:
    def test_keys_are_written_in_the_order_of_the_go_tool_and_only_three_of_them_always(self, directory: Path) -> None:
        profiles = YamlProfiles(directory)
        profiles.save("work", {"user_email": "ada@example.com", "auth_type": "oauth", "organization": ""})
        text = (directory / "profiles" / "work.yaml").read_text()
        assert text == "name: work\nbase_url: ''\nenvironment: ''\nauth_type: oauth\nuser_email: ada@example.com\n"

    def test_a_time_is_written_with_a_t_and_a_z(self, directory: Path) -> None:
        YamlProfiles(directory).save("work", {"expires_at": "2030-12-31 23:59:59+00:00"})
        assert "expires_at: '2030-12-31T23:59:59Z'\n" in (directory / "profiles" / "work.yaml").read_text()

    @pytest.mark.parametrize(
        "value", ["null", "~", "true", "yes", "123", "1_0", "0x1F", "1e3", "=", "<<", "- a", "a: b"]
    )
    def test_every_value_is_text_to_any_reader(self, directory: Path, value: str) -> None:
        YamlProfiles(directory).save("work", {"user_id": value})
        assert yaml.safe_load((directory / "profiles" / "work.yaml").read_text())["user_id"] == value

    def test_a_long_value_stays_on_its_line(self, directory: Path) -> None:
        YamlProfiles(directory).save("work", {"user_id": "a b " * 500 + "c"})
        assert (directory / "profiles" / "work.yaml").read_text().count("\n") == 4

    def test_files_are_0600_and_directories_0700_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            profiles = YamlProfiles(tmp_path / "new" / "promptvm")
            profiles.save("work", {})
            profiles.activate("work")
        finally:
            os.umask(before)
        for path in (tmp_path / "new").rglob("*"):
            assert mode(path) == (0o700 if path.is_dir() else 0o600)

    def test_a_file_of_the_go_tool_is_read_as_text(self, directory: Path) -> None:
        put(directory, OF_THE_GO_TOOL)
        assert YamlProfiles(directory).load("work") == {
            "name": "work",
            "base_url": "https://api.promptvm.ai",
            "environment": "live",
            "organization": "org_1",
            "auth_type": "oauth",
            "token_ref": "promptvm-cli:work",
            "expires_at": "2030-12-31T23:59:59.123456789+02:00",
            "user_email": "ada@example.com",
        }

    def test_unknown_keys_keep_their_values_and_types_over_a_rewrite(self, directory: Path) -> None:
        path = put(directory, OF_THE_GO_TOOL)
        before = yaml.safe_load(OF_THE_GO_TOOL)["of_tomorrow"]
        YamlProfiles(directory).save("work", {"base_url": "https://api.promptvm.ai", "environment": "live"})
        after = yaml.safe_load(path.read_text())
        assert after.pop("of_tomorrow") == before
        assert after == {"name": "work", "base_url": "https://api.promptvm.ai", "environment": "live"}

    @pytest.mark.parametrize("nothing", ["", " ~", " null", " ''", " 0001-01-01T00:00:00Z"])
    def test_what_says_nothing_is_left_out(self, directory: Path, nothing: str) -> None:
        put(directory, f"name: work\nexpires_at:{nothing}\n")
        assert YamlProfiles(directory).load("work") == {"name": "work"}

    def test_numbers_booleans_and_a_byte_order_mark_are_text(self, directory: Path) -> None:
        put(directory, "\ufeffname: 123\nuser_id: yes\norganization: 1e3\n", "profiles/123.yaml")
        assert YamlProfiles(directory).load("123") == {"name": "123", "user_id": "yes", "organization": "1e3"}


class TestConfiguration:
    def test_everything_beside_the_active_profile_is_kept_with_its_type(self, directory: Path) -> None:
        path = put(
            directory, "defaults: {output: table, no_color: false}\nactive_profile: home\nnew: 'no'\n", "config.yaml"
        )
        YamlProfiles(directory).activate("work")
        assert yaml.safe_load(path.read_text()) == {
            "active_profile": "work",
            "defaults": {"output": "table", "no_color": False},
            "new": "no",
        }

    @pytest.mark.parametrize("content", ["defaults: {}\n", "active_profile:\n"])
    def test_a_configuration_that_names_no_profile_means_default(self, directory: Path, content: str) -> None:
        put(directory, content, "config.yaml")
        assert YamlProfiles(directory).active() == "default"

    def test_an_empty_name_means_that_none_is_active(self, directory: Path) -> None:
        put(directory, 'active_profile: ""\n', "config.yaml")
        assert YamlProfiles(directory).active() == ""

    @pytest.mark.parametrize("name", ["..", "a/b", "a b"])
    def test_a_name_that_cannot_be_a_profile_is_not_activated(self, directory: Path, name: str) -> None:
        with pytest.raises(ProfileError):
            YamlProfiles(directory).activate(name)
        assert not (directory / "config.yaml").exists()


class TestNames:
    def test_only_files_that_can_be_profiles_are_listed(self, directory: Path) -> None:
        for name in ("work.yaml", "a.yaml", "a.yml", "b c.yaml", ".yaml", ".work.yaml.0123.tmp", "...yaml"):
            put(directory, "", f"profiles/{name}")
        (directory / "profiles" / "directory.yaml").mkdir()
        assert list(YamlProfiles(directory).names()) == ["a", "work"]

    def test_where_case_does_not_count_a_namesake_is_neither_read_replaced_nor_deleted(self, directory: Path) -> None:
        profiles = YamlProfiles(directory)
        profiles.save("work", {"base_url": "https://a.example"})
        os.link(directory / "profiles" / "work.yaml", directory / "profiles" / "Work.yaml")
        with pytest.raises(ProfileError, match="its name is 'work'"):
            profiles.load("Work")
        with pytest.raises(ProfileError, match="its name is 'work'"):
            profiles.save("Work", {})
        profiles.delete("Work")
        assert (directory / "profiles" / "Work.yaml").exists()

    def test_a_hostile_file_can_be_deleted(self, directory: Path) -> None:
        path = put(directory, "[" * 100)
        YamlProfiles(directory).delete("work")
        assert not path.exists()


class TestLegacyKeyPair:
    def test_the_file_is_rewritten_with_the_pair_in_its_two_fields(self, directory: Path) -> None:
        path = put(directory, "name: work\napi_key: pk_1:sk_2\nbase_url: https://a.example\nx: 1\n")
        fields = YamlProfiles(directory).load("work")
        assert fields == {"name": "work", "base_url": "https://a.example", "public_key": "pk_1", "secret_key": "sk_2"}
        assert yaml.safe_load(path.read_text()) == {**(fields or {}), "environment": "", "x": 1}

    def test_if_the_rewrite_fails_the_pair_is_given_and_a_warning(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = put(directory, "name: work\napi_key: pk_1:sk_2\n")

        def failing(_source: str, _target: str) -> None:
            raise OSError(errno.EROFS, "read-only")

        monkeypatch.setattr(os, "replace", failing)
        problems: list[ProblemNoticed] = []
        profiles = YamlProfiles(directory, on_problem=problems.append)
        fields = profiles.load("work")
        assert profiles.load("work") == fields
        assert fields == {"name": "work", "public_key": "pk_1", "secret_key": "sk_2"}
        assert YamlProfiles(directory).load("work") == fields
        assert path.read_text() == "name: work\napi_key: pk_1:sk_2\n"
        (noticed,) = problems
        assert noticed.profile == "work"
        assert "work.yaml: read-only" in noticed.problem
        assert "sk_2" not in noticed.problem

    def test_a_key_pair_beside_a_login_is_not_the_credential_and_stays(self, directory: Path) -> None:
        path = put(directory, "name: work\napi_key: pk_1:sk_2\nauth_type: oauth\n")
        before = path.read_text()
        fields = YamlProfiles(directory).load("work")
        assert fields == {"name": "work", "api_key": "pk_1:sk_2", "auth_type": "oauth"}
        assert path.read_text() == before

    @pytest.mark.parametrize("key", ["bearer", "pk_1:", "pk_1", "sk_1:pk_2", "a:b", "pk_a:sk_b:c", "pk_a:sk_b:sk_c"])
    def test_any_other_key_stays_what_it_is(self, directory: Path, key: str) -> None:
        text = f"name: work\napi_key: '{key}'\n"
        path = put(directory, text)
        assert YamlProfiles(directory).load("work") == {"name": "work", "api_key": key}
        assert path.read_text() == text

    def test_a_pair_that_is_already_there_is_not_replaced(self, directory: Path) -> None:
        put(directory, "name: work\napi_key: pk_1:sk_2\npublic_key: pk_3\nsecret_key: sk_4\n")
        fields = YamlProfiles(directory).load("work") or {}
        assert (fields["public_key"], fields["secret_key"]) == ("pk_3", "sk_4")


class TestFailures:
    @pytest.mark.parametrize("function", ["write", "fsync", "replace"])
    def test_a_failing_write_names_the_file_and_leaves_the_old_one_alone(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch, function: str
    ) -> None:
        profiles = YamlProfiles(directory)
        profiles.save("work", {"user_id": "old"})

        def failing(*_args: object) -> None:
            raise OSError(errno.ENOSPC, "the disk is full")

        with monkeypatch.context() as broken:
            broken.setattr(os, function, failing)
            with pytest.raises(ProfileError, match=r"work\.yaml: the disk is full"):
                profiles.save("work", {"user_id": "new"})
        assert profiles.load("work") == {"name": "work", "user_id": "old"}
        assert os.listdir(directory / "profiles") == ["work.yaml"]

    def test_half_a_surrogate_pair_is_refused(self, directory: Path) -> None:
        with pytest.raises(ProfileError, match="Unicode"):
            YamlProfiles(directory).save("work", {"user_id": "\ud83d"})

    def test_a_pipe_in_place_of_a_profile_does_not_hang(self, directory: Path) -> None:
        os.mkfifo(directory / "profiles" / "work.yaml")
        with pytest.raises(ProfileError, match="not a regular file"):
            YamlProfiles(directory).load("work")

    def test_a_file_in_place_of_the_directory_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(ProfileError):
            YamlProfiles(tmp_path / "file").active()
        with pytest.raises(ProfileError):
            YamlProfiles(tmp_path / "file").names()
        with pytest.raises(ProfileError):
            YamlProfiles(tmp_path / "file").activate("work")
