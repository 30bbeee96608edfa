"""tmp"""

from ..ports.errors import PromptVMAuthError


class PortSuspended(PromptVMAuthError, RuntimeError):
    """A port of a blocking client tried to wait for an event loop."""
