"""`promptvm-auth status`: shows the status of a profile. Exit code 0 if it can be used, 3 if it needs a login."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..domain.use_cases.status import State
from .commands import PROGRAM
from .exit_codes import DONE, LOGIN
from .failure import login_command
from .options import add_client, add_json_lines, add_profile
from .show import expiry, rows, time_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..domain.use_cases.status import Status
    from .context import Context

_STATE_TEXTS = {
    State.LIVE: "live",
    State.EXPIRED: "expired, renewed on next use",
    State.REJECTED: "rejected by the server, log in again",
    State.UNVERIFIED: "unverified",
    State.SIGNED_OUT: "signed out",
}

_NO_PROFILE = {False: "none, an API key of the environment", True: "none is active"}


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    parser.add_argument("--check", action="store_true", help="ask the server; an expired token is renewed for that")
    add_json_lines(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Shows the status."""
    with context.client(options) as client:
        status = client.status(options.profile, check=options.check)
        nobody = status.state is State.SIGNED_OUT and not status.profile
        others = [each.name for each in client.list_profiles() if each.signed_in] if nobody else []
    if options.json:
        context.write_json(_as_json(status))
    else:
        context.write_result(rows(_as_rows(status), context.out))
        if others:
            context.write_message(f"Signed in are: {', '.join(others)}\nUse one with: {PROGRAM} profiles --use NAME")
        if _needs_login(status):
            context.write_message(f"Sign in with: {login_command(options)}")
    return LOGIN if _needs_login(status) else DONE


def _is_expired(status: Status) -> bool:
    """Returns whether the access token has expired and cannot be renewed."""
    return status.state is State.EXPIRED and not status.renewable


def _needs_login(status: Status) -> bool:
    return _is_expired(status) or status.state in {State.REJECTED, State.SIGNED_OUT}


def _as_rows(status: Status) -> list[tuple[str, str]]:
    return [
        ("profile", status.profile or _NO_PROFILE[status.state is State.SIGNED_OUT]),
        ("state", "expired, log in again" if _is_expired(status) else _STATE_TEXTS[status.state]),
        ("user", status.user.email or status.user.id if status.user else ""),
        ("organization", status.organization),
        ("expires", expiry(status.expires_at, time.time())),
        ("store", f"{status.store} ({status.store_reason})"),
        ("server", status.base_url),
    ]


def _as_json(status: Status) -> dict[str, object]:
    user = status.user
    return {
        "profile": status.profile or None,
        "state": status.state.value,
        "user": {"id": user.id, "email": user.email} if user else None,
        "organization": status.organization or None,
        "expires_at": time_text(status.expires_at),
        "renewable": status.renewable,
        "store": status.store,
        "store_reason": status.store_reason,
        "base_url": status.base_url,
        "auth_type": status.auth_type or None,
    }
