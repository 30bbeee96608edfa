"""The command `promptvm-auth`, the reference front end. Each command has a module, which is imported when it is run."""

from typing import TYPE_CHECKING

from .program import main

if TYPE_CHECKING:  # `load` imports them by their names; tools that follow imports, such as PyInstaller, see them here
    from . import (
        completion as completion,
        demo as demo,
        dev_server as dev_server,
        doctor as doctor,
        exec as exec,  # noqa: A004 (the command has this name)
        help as help,  # noqa: A004 (the command has this name)
        login as login,
        logout as logout,
        profiles as profiles,
        refresh as refresh,
        sessions as sessions,
        status as status,
        token as token,
        wipe as wipe,
    )

__all__ = ["main"]
