"""What every profile store must do, as tests: subclass `ProfileStoreContract` and implement `make_profiles`."""

from ..ports.errors import ProfileError
from ..ports.profiles import ProfileStore

_WORK = {
    "name": "work",
    "base_url": "https://api.promptvm.ai",
    "environment": "live",
    "organization": "org_1",
    "auth_type": "oauth",
    "token_ref": "promptvm-cli:work",
    "expires_at": "2030-12-31T23:59:59Z",
    "user_id": "user_1",
    "user_email": "ada@example.com",
}


class ProfileStoreContract:
    """The profiles port's contract."""

    def make_profiles(self) -> ProfileStore:
        """Returns a store without profiles, in which no profile was ever activated."""
        raise NotImplementedError

    def test_the_active_profile_is_default_before_anything_is_configured(self) -> None:
        """A first login uses this name."""
        assert self.make_profiles().active() == "default"

    def test_the_profile_that_was_activated_is_the_active_one(self) -> None:
        """It need not exist."""
        profiles = self.make_profiles()
        profiles.activate("work")
        assert profiles.active() == "work"

    def test_no_profile_can_be_active(self) -> None:
        """So it is after the active profile was removed."""
        profiles = self.make_profiles()
        profiles.activate("work")
        profiles.activate("")
        assert profiles.active() == ""

    def test_what_was_saved_is_given_back(self) -> None:
        """All fields, and no others."""
        profiles = self.make_profiles()
        profiles.save("work", _WORK)
        assert profiles.load("work") == _WORK

    def test_text_that_looks_like_something_else_stays_text(self) -> None:
        """A file format must not turn it into a number, a boolean or null."""
        profiles = self.make_profiles()
        fields = {"name": "123", "base_url": "null", "environment": "yes", "organization": "0x1F", "user_id": "1e3"}
        profiles.save("123", fields)
        assert profiles.load("123") == fields

    def test_empty_fields_are_left_out(self) -> None:
        """An empty field and an absent one mean the same."""
        profiles = self.make_profiles()
        profiles.save("work", {"base_url": "https://api.promptvm.ai", "environment": "", "user_email": ""})
        assert profiles.load("work") == {"name": "work", "base_url": "https://api.promptvm.ai"}

    def test_save_replaces_all_fields(self) -> None:
        """A field that is not passed again is removed."""
        profiles = self.make_profiles()
        profiles.save("work", _WORK)
        profiles.save("work", {"base_url": "https://other.example", "environment": "live"})
        assert profiles.load("work") == {"name": "work", "base_url": "https://other.example", "environment": "live"}

    def test_times_are_kept_in_utc_with_at_most_six_digits(self) -> None:
        """The Go tool rejects a profile with any other format."""
        profiles = self.make_profiles()
        profiles.save("work", {"expires_at": "2030-12-31T23:59:59.123456789+02:00"})
        assert (profiles.load("work") or {})["expires_at"] == "2030-12-31T21:59:59.123456Z"

    def test_a_time_without_a_zone_is_refused(self) -> None:
        """It would be ambiguous."""
        assert self._refuses("work", {"expires_at": "2030-12-31T23:59:59"})
        assert self._refuses("work", {"expires_at": "soon"})

    def test_the_zero_time_is_left_out(self) -> None:
        """It means that the time is unknown."""
        profiles = self.make_profiles()
        profiles.save("work", {"base_url": "https://a.example", "expires_at": "0001-01-01T00:00:00Z"})
        assert profiles.load("work") == {"name": "work", "base_url": "https://a.example"}

    def test_a_legacy_key_pair_is_given_in_its_two_fields(self) -> None:
        """Any other key is returned unchanged."""
        profiles = self.make_profiles()
        profiles.save("pair", {"api_key": "pk_1:sk_2"})
        profiles.save("bearer", {"api_key": "bearer:token"})
        assert profiles.load("pair") == {"name": "pair", "public_key": "pk_1", "secret_key": "sk_2"}
        assert profiles.load("bearer") == {"name": "bearer", "api_key": "bearer:token"}

    def test_a_field_that_profiles_do_not_have_is_refused(self) -> None:
        """It would be lost when the Go tool writes the file."""
        assert self._refuses("work", {"access_token": "never-here"})

    def test_another_name_inside_is_refused(self) -> None:
        """The Go tool looks tokens up under the inner name."""
        assert self._refuses("work", {"name": "home"})

    def test_a_name_that_cannot_be_a_file_name_is_refused(self) -> None:
        """No file is read or written."""
        for name in ("", ".", "..", "../x", "a/b", "a\\b", "a b", "a\x00", "ä", "a\n", "x" * 201):
            assert self._refuses(name, {})

    def test_a_profile_that_is_not_there_loads_as_none(self) -> None:
        """It is not an error."""
        assert self.make_profiles().load("work") is None

    def test_names_are_given_sorted(self) -> None:
        """The list is empty before a profile is saved."""
        profiles = self.make_profiles()
        assert list(profiles.names()) == []
        for name in ("work", "a.b", "-dash", "default"):
            profiles.save(name, {"base_url": "https://api.promptvm.ai"})
        assert list(profiles.names()) == ["-dash", "a.b", "default", "work"]

    def test_a_deleted_profile_is_gone_and_the_others_stay(self) -> None:
        """Deleting it again is not an error."""
        profiles = self.make_profiles()
        profiles.save("work", _WORK)
        profiles.save("home", {"base_url": "https://api.promptvm.ai"})
        profiles.delete("work")
        profiles.delete("work")
        assert profiles.load("work") is None
        assert list(profiles.names()) == ["home"]

    def test_deleting_a_profile_does_not_change_which_is_active(self) -> None:
        """The caller decides that."""
        profiles = self.make_profiles()
        profiles.save("work", _WORK)
        profiles.activate("work")
        profiles.delete("work")
        assert profiles.active() == "work"

    def test_the_mapping_that_is_given_out_is_a_copy(self) -> None:
        """Changing it does not change what is stored."""
        profiles = self.make_profiles()
        profiles.save("work", _WORK)
        loaded = profiles.load("work")
        if isinstance(loaded, dict):
            loaded.clear()
        assert profiles.load("work") == _WORK

    def _refuses(self, name: str, fields: dict[str, str]) -> bool:
        try:
            self.make_profiles().save(name, fields)
        except ProfileError:
            return True
        return False
