"""The store is asked before the user is: what could not be kept is not asked for."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import pytest
from promptvm_oauth import LockUnavailable, StoreError, StoreFailed, StoreRefused
from promptvm_oauth.adapters.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Rig


class Refusing(MemoryStore):
    """A store that says beforehand that it cannot save."""

    def rehearse(self, profile: str, fields: "Mapping[str, str]") -> None:
        assert (profile, fields.get("access_token")) == ("work", "sample")
        raise StoreRefused("belongs to another user", store=self.name)


class Unusable(MemoryStore):
    """A store that can only be probed."""

    def probe(self) -> None:
        raise StoreFailed("no backend is usable", store=self.name)


LOGINS: list[tuple[str, dict[str, Any]]] = [
    ("login", {"flow": "browser"}),
    ("login", {"flow": "device"}),
    ("begin_login", {"redirect_uri": "http://127.0.0.1:8000/callback"}),
]


@pytest.mark.parametrize(("method", "options"), LOGINS)
@pytest.mark.parametrize("store", [Refusing(), Unusable()])
def test_a_store_that_cannot_keep_a_login_ends_it_before_anyone_is_asked(
    rig: "Rig", method: str, options: dict[str, Any], store: MemoryStore
) -> None:
    with pytest.raises(StoreError, match=r"belongs to another user|no backend is usable"):
        rig.call(method, "work", client=rig.make(secrets=store), **options)

    assert not rig.server.log
    assert not rig.browser.opened
    assert rig.profiles.load("work") is None
    assert store.load("work") is None


@pytest.mark.parametrize(("method", "options"), LOGINS)
def test_a_directory_that_cannot_lock_ends_a_login_before_anyone_is_asked(
    rig: "Rig", method: str, options: dict[str, Any]
) -> None:
    class NoLock:
        def hold(self, profile: str, *, timeout: float) -> AbstractAsyncContextManager[None]:
            raise LockUnavailable("it cannot be locked: Function not implemented")

    with pytest.raises(LockUnavailable):
        rig.call(method, "work", client=rig.make(lock=NoLock()), **options)

    assert not rig.server.log
    assert not rig.browser.opened
