"""The command `promptvm-auth`, the reference front end. Each command has a module, which is imported when it is run."""

from .program import main

__all__ = ["main"]
