"""The profiles of a client that keeps them on disk: which kinds there are depends on its secret store."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...ports.profiles import Users
from ...ports.secrets import SecretStore
from ..files.config_dir import own_dir, store_dir
from .split_profiles import SplitProfiles
from .yaml_profiles import YamlProfiles

if TYPE_CHECKING:
    from ...ports.events import ProblemNoticed


class Unshared(NamedTuple):
    """A secret store that the Go tool may be unable to see.

    Attributes:
        name: the name that its profiles are kept under; empty if the Go tool can see it.
        stores: the places where it may have tokens.
        describes: returns whether the fields of a profile describe stored tokens.
        users: whose logins the client keeps; for one user, the Go tool's profiles are read as well.
    """

    name: str
    stores: Sequence[SecretStore | None]
    describes: Callable[[Mapping[str, str], Mapping[str, str]], bool]
    users: Users


def profiles_on_disk(
    config_dir: str, on_problem: Callable[["ProblemNoticed"], object], unshared: Unshared
) -> SplitProfiles:
    """Returns the profiles of a client.

    Args:
        config_dir: the configuration directory, which the Go tool shares.
        on_problem: called when an API key pair of the Go tool's profiles could not be rewritten.
        unshared: the client's secret store.
    """
    others = YamlProfiles(own_dir(config_dir), within=config_dir)
    if not unshared.name:
        return SplitProfiles(YamlProfiles(config_dir, on_problem=on_problem), others)
    from .unshared_profiles import UnsharedProfiles

    go = YamlProfiles(config_dir, rewrites=False) if unshared.users is Users.ONE else None
    own = YamlProfiles(store_dir(config_dir, unshared.name), store=unshared.name, within=config_dir)
    return SplitProfiles(UnsharedProfiles(own, go, unshared.stores, unshared.describes), others)
