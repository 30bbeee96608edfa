"""Signing requests inside httpx2: the interface is httpx's, the classes are its own, and it takes no others."""

from .httpx_auth import HttpxLike, httpx_library


def httpx2_library() -> HttpxLike | None:
    """Give what httpx2 offers if it is imported by now, else None."""
    return httpx_library("httpx2")
