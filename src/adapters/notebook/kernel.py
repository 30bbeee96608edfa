"""The kernel of a notebook, if the program runs in one: Jupyter, JupyterHub, Colab, VS Code."""

import sys
from asyncio import CancelledError
from typing import Any, Protocol


class Handle(Protocol):
    """An output below a cell, which can be replaced."""

    def update(self, bundle: dict[str, str], /) -> None:
        """Replaces the output by another one, given by media type."""
        ...


class Output:
    """An output of IPython.

    Args:
        bundle: what is shown first, by media type; the front end shows the best form that it can.
    """

    def __init__(self, bundle: dict[str, str]) -> None:
        from importlib import import_module

        show: Any = import_module("IPython.display").display
        self._handle: Any = show(bundle, raw=True, display_id=True)

    def update(self, bundle: dict[str, str], /) -> None:
        """Replaces it, wherever it is shown and saved."""
        self._handle.update(bundle, raw=True)


def in_kernel() -> bool:
    """Returns whether this is a notebook's kernel; a terminal's IPython is none. Imports nothing."""
    ipython: Any = sys.modules.get("IPython")
    try:
        return getattr(ipython.get_ipython(), "kernel", None) is not None
    except AttributeError:
        return False


def shorten_interrupt(reason: str) -> None:
    """Makes IPython show one line instead of a traceback, if an interrupt is being handled right now.

    The errors of this package do so by themselves (`PromptVMAuthError._render_traceback_`).

    Args:
        reason: what the line says.
    """
    error = sys.exc_info()[1]
    if isinstance(error, KeyboardInterrupt | CancelledError):
        shown: Any = error
        shown._render_traceback_ = lambda: [f"{type(error).__name__}: {reason}"]
