"""The command `promptvm-auth`, the reference front end: one file a command, loaded when that command is chosen."""

from .program import main

__all__ = ["main"]
