"""Logs exchanges on level DEBUG, without queries, headers, bodies or anything else that may hold a secret."""

import logging
import re
from urllib.parse import urlsplit

from ...ports.http import HttpRequest
from ...ports.text import clean

_ID = re.compile(r"(?=.*\d).{12,}")


def trace_exchange(request: HttpRequest, seconds: float, **outcome: object) -> None:
    """Logs one exchange, if this package's logger shows entries of level DEBUG.

    Args:
        request: the request, of which the method and the URL without its query are logged.
        seconds: how long the exchange took.
        outcome: the status, or what went wrong.
    """
    if not logging.getLogger("promptvm_oauth").isEnabledFor(logging.DEBUG):
        return
    from ..listeners.log import logger

    shown = {name: clean(value) if isinstance(value, str) else value for name, value in outcome.items()}
    logger().debug(
        "http_exchange", method=request.method, url=without_secrets(request.url), seconds=round(seconds, 3), **shown
    )


def without_secrets(url: str) -> str:
    """Returns a URL without user name, password, query and fragment; what may be an id in its path is left out too."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid URL"
    path = "/".join("..." if _ID.fullmatch(segment) else segment for segment in parts.path.split("/"))
    return clean(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}{'?...' if parts.query else ''}")
