"""Which login flow each profile was told to take, in a small file of our own beside the profiles.

The file is `promptvm-oauth/login-flows.json` in the configuration directory, since the tool `promptvm` drops keys that
it does not know from a profile's own file. It holds no secret and may be deleted at any time.
"""

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..stores.awaited import Runner

_FILE = os.path.join("promptvm-oauth", "login-flows.json")
_MAX_BYTES = 256 * 1024


class PreferredFlows:
    """The file.

    Args:
        config_dir: the configuration directory.
    """

    def __init__(self, config_dir: str) -> None:
        self._path = os.path.join(config_dir, _FILE)

    def load(self, profile: str) -> str:
        """Returns the flow of a profile; the empty text if none is kept or the file cannot be read."""
        return self._flows().get(profile, "")

    def save(self, profile: str, flow: str) -> None:
        """Keeps the flow of a profile; the empty text forgets it.

        Raises:
            OSError: the file could not be written.
        """
        from ..files.durable_write import make_private_directory, replace_durably

        before = self._flows()
        flows = {name: known for name, known in {**before, profile: flow}.items() if known}
        if flows != before:
            make_private_directory(os.path.dirname(self._path))
            replace_durably(self._path, json.dumps(flows, indent=2, sort_keys=True).encode() + b"\n")

    def _flows(self) -> dict[str, str]:
        from ..files.reading import read_bounded

        try:
            members: object = json.loads(read_bounded(self._path, _MAX_BYTES) or b"{}")
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(members, dict):
            return {}
        return {name: flow for name, flow in members.items() if isinstance(name, str) and isinstance(flow, str)}  # pyright: ignore[reportUnknownVariableType] (the file may hold anything)


class AwaitedFlows:
    """A `LoginFlowStore`.

    Args:
        flows: the file, or None where nothing is kept.
        run: how its methods are called.
    """

    def __init__(self, flows: PreferredFlows | None, run: "Runner") -> None:
        self._flows = flows
        self._run = run

    async def load(self, profile: str) -> str:
        """Returns the flow of a profile, or the empty text."""
        return "" if self._flows is None else await self._run(self._flows.load, profile)

    async def save(self, profile: str, flow: str) -> None:
        """Keeps the flow of a profile; the empty text forgets it.

        Raises:
            OSError: it could not be written.
        """
        if self._flows is not None:
            await self._run(self._flows.save, profile, flow)
