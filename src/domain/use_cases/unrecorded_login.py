"""Records a login whose tokens were stored, but whose profile was not: its process was ended between the two.

The profile is still that of the login that it replaced, so it contradicts the tokens. Their binding has a digest of
exactly that profile; a profile that anything else wrote is left alone.
"""

from ...ports.lock import Lock
from ...ports.profiles import AwaitedProfileStore
from ...ports.rfc3339 import format_time
from ..account import Account
from ..binding import Binding
from ..profile import Profile, load_profile, save_profile


async def record_unrecorded(account: Account, profiles: AwaitedProfileStore, lock: Lock, seconds: float) -> bool:
    """Writes the profile that the stored tokens belong to.

    Args:
        account: the account whose profile contradicts its tokens.
        profiles: the profiles of the client.
        lock: its lock.
        seconds: how long to wait for the lock.

    Returns:
        Whether the profile was written; if so, the account must be resolved again.

    Raises:
        LockTimeout, LockUnavailable: the lock could not be taken.
        StoreError, ProfileError: the tokens or the profile could not be read, or the profile could not be written.
    """
    async with lock.hold(account.name, timeout=seconds):
        recorded = await load_profile(profiles, account.name)
        binding = Binding.read(await account.secrets.load(account.name) or {})
        if binding is None or not binding.over or binding.over != recorded.digest:
            return False
        await save_profile(profiles, _profile_of(account.name, binding))
        return True


def _profile_of(name: str, binding: Binding) -> Profile:
    expires_at = "" if binding.expires_at is None else format_time(binding.expires_at)
    if binding.client_id:
        return Profile.of_standard_login(name, binding.server, binding.client_id, expires_at=expires_at)
    return Profile.of_promptvm_login(name, binding.server, expires_at=expires_at)._replace(user_id=binding.user_id)
