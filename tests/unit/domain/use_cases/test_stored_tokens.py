"""Saving, loading and deleting the tokens of a profile, without a login."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import InvalidProfileName, NoTokensError, Secret, StoredTokens, StoreFailed
from promptvm_oauth.adapters.stores.memory import MemoryStore
from promptvm_oauth.domain.binding import Binding

if TYPE_CHECKING:
    from .conftest import Rig

TOKENS = StoredTokens(Secret("access"), Secret("refresh"), datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC))


def test_what_was_saved_is_loaded(rig: "Rig") -> None:
    rig.call("save_tokens", "work", TOKENS)

    assert rig.call("load_tokens", "work") == TOKENS
    fields = rig.fields("work")
    assert (fields["access_token"], fields["refresh_token"], fields["expires_at"]) == (
        "access",
        "refresh",
        "2030-12-31T23:59:59Z",
    )
    assert Binding.read(fields) == Binding(rig.server.base_url)
    assert rig.profiles.load("work") == {
        "name": "work",
        "base_url": rig.server.base_url,
        "environment": "live",
        "auth_type": "oauth",
        "token_ref": "promptvm-cli:work",
        "expires_at": "2030-12-31T23:59:59Z",
    }


def test_without_a_name_the_active_profile_is_loaded(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")

    assert rig.call("load_tokens").access_token.reveal() == rig.fields("work")["access_token"]


def test_tokens_without_refresh_token_and_expiry_are_tokens_too(rig: "Rig") -> None:
    rig.call("save_tokens", "work", StoredTokens(Secret("access")))

    assert rig.call("load_tokens", "work") == StoredTokens(Secret("access"))
    assert set(rig.fields("work")) == {"access_token", "bound_server", "bound_pair"}


def test_where_no_tokens_are_stored_the_error_says_log_in(rig: "Rig") -> None:
    with pytest.raises(NoTokensError, match="'work'") as caught:
        rig.call("load_tokens", "work")

    assert caught.value.needs_login
    assert not caught.value.retryable


def test_deleted_tokens_are_gone_and_deleting_them_again_is_no_error(rig: "Rig") -> None:
    rig.call("save_tokens", "work", TOKENS)
    rig.call("delete_tokens", "work")
    rig.call("delete_tokens", "work")

    assert not rig.fields("work")
    with pytest.raises(NoTokensError):
        rig.call("load_tokens", "work")


def test_saved_tokens_are_handed_out_at_once_and_deleted_ones_no_more(rig: "Rig") -> None:
    rig.call("login", "work", flow="browser")
    rig.call("access_token")

    rig.call("save_tokens", "work", TOKENS)
    assert rig.call("access_token") == "access"

    rig.call("delete_tokens", "work")
    with pytest.raises(NoTokensError):
        rig.call("access_token")


@pytest.mark.parametrize("name", ["../../x", "..", "a/b", "a\0b", ""])
@pytest.mark.parametrize("method", ["save_tokens", "load_tokens", "delete_tokens"])
def test_an_invalid_profile_name_reaches_no_store(rig: "Rig", method: str, name: str) -> None:
    class Forbidden(MemoryStore):
        def load(self, profile: str) -> None:
            raise AssertionError

        def delete(self, profile: str) -> None:
            raise AssertionError

    arguments = (name, TOKENS) if method == "save_tokens" else (name,)

    with pytest.raises(InvalidProfileName):
        rig.call(method, *arguments, client=rig.make(secrets=Forbidden()))


def test_a_store_that_fails_is_not_taken_for_an_empty_one(rig: "Rig") -> None:
    class Broken(MemoryStore):
        def load(self, profile: str) -> None:
            raise OSError("the disk is gone")

    with pytest.raises(StoreFailed, match="memory"):
        rig.call("load_tokens", "work", client=rig.make(secrets=Broken()))


def test_no_token_is_shown_by_what_is_loaded(rig: "Rig") -> None:
    rig.call("save_tokens", "work", StoredTokens(Secret("pvm_at_seen"), Secret("pvm_rt_seen")))

    assert "seen" not in repr(rig.call("load_tokens", "work"))
