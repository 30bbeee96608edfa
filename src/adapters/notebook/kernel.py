"""The kernel of a notebook, if the program runs in one: Jupyter, JupyterHub, Colab, VS Code."""

import sys
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
