"""Files that are shared with the Go tool: ours opened by their layout alone, and its own read by a client."""

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from promptvm_oauth import NoRefreshToken
from promptvm_oauth.domain.binding import BINDING_FIELDS

if TYPE_CHECKING:
    from .conftest import House

KEY = bytes(range(32))
NONCE = b"\x07" * 12


def opened_by_layout(house: "House") -> dict[str, str]:
    """Open a token file with nothing but AES-256-GCM and JSON."""
    key = (house.directory / "tokens" / ".master").read_bytes()
    sealed = house.tokens_file().read_bytes()
    fields: dict[str, str] = json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], None))
    return fields


def write_as_go(house: "House", expires_at: Any, refresh_token: str | None, in_yaml: str = "") -> None:
    """Write a login as the Go tool does; `expires_at` is left out where it is `...`."""
    content = {"access_token": "access-1", "refresh_token": refresh_token, "expires_at": expires_at}
    plaintext = json.dumps({name: value for name, value in content.items() if value is not ...}).encode()
    profile = "name: default\nbase_url: {url}\nenvironment: live\nauth_type: oauth\ntoken_ref: promptvm-cli:default\n"
    files = {
        "tokens/.master": KEY,
        "tokens/default.enc": NONCE + AESGCM(KEY).encrypt(NONCE, plaintext, None),
        "profiles/default.yaml": (profile.format(url=house.server.base_url) + in_yaml).encode(),
        "config.yaml": b"active_profile: default\ndefaults:\n    output: table\n    no_color: false\n",
    }
    for name, written in files.items():
        path = house.directory / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(written)
        path.chmod(0o600)


def test_a_login_opens_by_its_layout(house: "House") -> None:
    house.log_in()
    fields = opened_by_layout(house)
    assert fields["access_token"] == house.session.access_token
    assert fields["refresh_token"] == house.session.refresh_token
    assert fields["profile"] == "default"
    assert datetime.fromisoformat(fields["expires_at"]).tzinfo is not None
    assert "T" in fields["expires_at"]
    assert set(fields) - BINDING_FIELDS == {"access_token", "refresh_token", "expires_at", "profile"}
    assert len((house.directory / "tokens" / ".master").read_bytes()) == 32


def test_a_refresh_opens_by_its_layout_and_keeps_key_and_expiry_in_step(house: "House") -> None:
    house.log_in_expired()
    key = (house.directory / "tokens" / ".master").read_bytes()
    token = house.next_run()
    fields = opened_by_layout(house)
    assert fields["access_token"] == token == house.session.access_token
    assert fields["refresh_token"] == house.session.refresh_token
    assert f"expires_at: '{fields['expires_at']}'" in house.profile_file().read_text().replace('"', "'")
    assert (house.directory / "tokens" / ".master").read_bytes() == key


@pytest.mark.parametrize(
    ("expires_at", "moment"),
    [
        ("2099-12-31T23:59:59.123456789Z", datetime(2099, 12, 31, 23, 59, 59, 123456, UTC)),
        ("2099-12-31T23:59:59.1Z", datetime(2099, 12, 31, 23, 59, 59, 100000, UTC)),
        ("2099-12-31T23:59:59Z", datetime(2099, 12, 31, 23, 59, 59, 0, UTC)),
        ("2100-01-01T05:29:59.000000001+05:30", datetime(2099, 12, 31, 23, 59, 59, 0, UTC)),
        ("2099-12-31T15:59:59-08:00", datetime(2099, 12, 31, 23, 59, 59, 0, UTC)),
        ("0001-01-01T00:00:00Z", None),
        (None, None),
        (..., None),
    ],
)
def test_a_login_of_the_go_tool_is_used_whatever_form_its_expiry_has(
    house: "House", expires_at: object, moment: datetime | None
) -> None:
    write_as_go(house, expires_at, "refresh-1")
    with house.client() as client:
        tokens = client.load_tokens("default")
        assert client.access_token() == "access-1"
    stored = tokens.expires_at
    assert (stored is None) == (moment is None)
    assert stored is None or moment is None or abs((stored - moment).total_seconds()) < 1e-3
    assert house.refreshes == 0


@pytest.mark.parametrize("expires_at", ["2001-01-01T00:00:00.123456789Z", "2001-01-01T00:00:00.5-08:00"])
def test_a_login_of_the_go_tool_that_is_over_is_renewed(house: "House", expires_at: str) -> None:
    house.log_in()
    live = house.fields()["refresh_token"]
    os.unlink(house.tokens_file())
    write_as_go(
        house, expires_at, refresh_token=live, in_yaml=f"expires_at: {expires_at}\nuser_email: ada@example.com\n"
    )

    token = house.next_run()

    assert token == opened_by_layout(house)["access_token"] == house.session.access_token
    assert "user_email: ada@example.com\n" in house.profile_file().read_text()
    assert expires_at not in house.profile_file().read_text()


def test_a_login_of_the_go_tool_without_a_refresh_token_says_log_in_again_when_it_is_over(house: "House") -> None:
    write_as_go(house, "2001-01-01T00:00:00Z", None)
    assert isinstance(house.next_run(), NoRefreshToken)
