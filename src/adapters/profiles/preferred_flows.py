"""The preferred login flow of each profile, in a small file next to the profiles.

The file is `promptvm-oauth/login-flows.json` in the configuration directory, since the Go tool removes unknown keys
from the file of a profile. It holds no secrets and may be deleted at any time.
"""

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..stores.awaited import Runner

_FILE = os.path.join("promptvm-oauth", "login-flows.json")
_MAX_BYTES = 256 * 1024


class PreferredFlows:
    """The file of preferred login flows.

    Args:
        config_dir: the configuration directory.
    """

    def __init__(self, config_dir: str) -> None:
        self._path = os.path.join(config_dir, _FILE)

    def load(self, profile: str) -> str:
        """Returns the flow of a profile; empty if there is none or the file cannot be read."""
        return self._flows().get(profile, "")

    def save(self, profile: str, flow: str) -> None:
        """Saves the flow of a profile; the empty text removes it.

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
    """A `LoginFlowStore` made from `PreferredFlows`.

    Args:
        flows: the file, or None to save nothing.
        run: runs its methods, inline or in a thread.
    """

    def __init__(self, flows: PreferredFlows | None, run: "Runner") -> None:
        self._flows = flows
        self._run = run

    async def load(self, profile: str) -> str:
        """Returns the flow of a profile, or the empty text."""
        return "" if self._flows is None else await self._run(self._flows.load, profile)

    async def save(self, profile: str, flow: str) -> None:
        """Saves the flow of a profile; the empty text removes it.

        Raises:
            OSError: the file could not be written.
        """
        if self._flows is not None:
            await self._run(self._flows.save, profile, flow)
