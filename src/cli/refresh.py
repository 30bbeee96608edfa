"""`promptvm-auth refresh`: renews the access token now, even if it is fresh."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .exit_codes import DONE
from .options import add_client, add_json_lines, add_profile
from .show import expiry, rows, time_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    add_json_lines(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Renews the token and shows when it expires; the token itself is not shown."""
    with context.client(options) as client:
        client.refresh(options.profile)
        status = client.status(options.profile)
    if options.json:
        context.write_json({"profile": status.profile, "expires_at": time_text(status.expires_at)})
    else:
        renewed = [("renewed", status.profile), ("expires", expiry(status.expires_at, time.time()))]
        context.write_message(rows(renewed, context.err))
    return DONE
