"""API keys that cannot be sent, and texts that only look like a key pair."""

from typing import TYPE_CHECKING

import pytest
from promptvm_oauth import ConfigurationError
from promptvm_oauth.domain.account import environment_credential
from promptvm_oauth.domain.configuration import Configuration

if TYPE_CHECKING:
    from .conftest import Rig


@pytest.mark.parametrize("key", ["marker\r\nX-Evil: 1", "marker\n", "markér", "mar ker", "marker\0", "marker\x7f"])
@pytest.mark.parametrize("field", ["api_key", "secret_key", "public_key"])
def test_a_profiles_key_that_would_break_a_header_is_not_handed_out(rig: "Rig", field: str, key: str) -> None:
    keys = {"api_key": key} if field == "api_key" else {"public_key": "pk_1", "secret_key": "sk_1"} | {field: key}
    rig.profiles.save("work", {"base_url": rig.server.base_url, "auth_type": "api_key", **keys})

    async def use_async(token: str) -> str:
        return token

    use = use_async if rig.colour == "asyncio" else str
    for method, *arguments in (("access_token", "work"), ("with_auto_refresh", use, "work")):
        with pytest.raises(ConfigurationError, match="API key of profile 'work'") as caught:
            rig.call(method, *arguments)
        assert "mark" not in str(caught.value)
    assert rig.call("status", "work").auth_type == "api_key"
    rig.call("remove_profile", "work")
    assert rig.profiles.load("work") is None


def test_every_character_that_a_header_may_carry_may_be_in_a_key(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    key = "".join(map(chr, range(ord("!"), ord("~") + 1)))
    rig.profiles.save("work", {"base_url": rig.server.base_url, "auth_type": "api_key", "api_key": key})
    assert rig.call("access_token", "work") == key

    monkeypatch.setenv("PROMPTVM_API_KEY", key)
    assert rig.call("access_token") == key


def test_a_key_with_two_colons_is_a_bearer_key(rig: "Rig", monkeypatch: pytest.MonkeyPatch) -> None:
    rig.profiles.save("work", {"base_url": rig.server.base_url, "api_key": "pk_a:sk_b:c"})
    assert rig.call("access_token", "work") == "pk_a:sk_b:c"
    assert (rig.profiles.load("work") or {})["api_key"] == "pk_a:sk_b:c"

    monkeypatch.setenv("PROMPTVM_API_KEY", "pk_a:sk_b:c")
    assert rig.call("access_token") == "pk_a:sk_b:c"
    found = environment_credential(Configuration({"PROMPTVM_API_KEY": "pk_a:sk_b:c"}))
    assert found is not None
    assert (found.public_key, found.secret_key) == ("", None)
