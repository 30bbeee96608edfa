"""`promptvm-auth login`: sign in; the talk and the summary go to standard error."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from ..client.face import LOGIN_TIMEOUT
from .options import add_client, add_json, add_ports, add_profile, seconds
from .show import expiry, rows, time_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..domain.login import LoginResult
    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    add_profile(parser)
    flow = parser.add_mutually_exclusive_group()
    flow.add_argument(
        "--browser", dest="flow", action="store_const", const="browser", help="sign in with a browser on this machine"
    )
    flow.add_argument(
        "--device", dest="flow", action="store_const", const="device", help="show a code to enter on any device"
    )
    flow.add_argument(
        "--paste",
        dest="flow",
        action="store_const",
        const="paste",
        help="sign in with a browser on another machine, and paste the address that it ends on",
    )
    parser.set_defaults(flow="auto")
    parser.add_argument(
        "--remember",
        action="store_true",
        help="take the same way at the next login to this profile; without a way, forget it",
    )
    add_ports(parser)
    parser.add_argument("--no-browser-open", action="store_true", help="only show the page's address")
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=LOGIN_TIMEOUT,
        help="how long to wait for you (default %(default)g)",
    )
    parser.add_argument("--device-name", metavar="NAME", help="how this login appears in your list of devices")
    add_json(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Sign in and say who is signed in."""
    with context.client(options, callback_ports=tuple(options.ports), paste_from=sys.stdin) as client:
        result = client.login(
            options.profile,
            flow=options.flow,
            timeout=options.timeout,
            device_name=options.device_name,
            open_browser=not options.no_browser_open,
            remember=options.remember,
        )
    if options.json:
        context.give_json(_as_json(result))
    else:
        context.say(f"\n{rows(_as_rows(result), context.err)}")
    return 0


def _as_rows(result: LoginResult) -> list[tuple[str, str]]:
    user, organization = result.user, result.organization
    expires = expiry(result.expires_at, time.time())
    return [
        ("profile", result.profile),
        ("user", user.email or user.id if user else ""),
        ("organization", organization.name or organization.id if organization else ""),
        ("store", f"{result.store} ({result.reason})"),
        ("expires", expires if result.renewable else f"{expires or 'not known'}; then log in again"),
    ]


def _as_json(result: LoginResult) -> dict[str, object]:
    user, organization = result.user, result.organization
    return {
        "profile": result.profile,
        "user": {"id": user.id, "email": user.email, "name": user.name} if user else None,
        "organization": (
            {"id": organization.id, "name": organization.name, "slug": organization.slug} if organization else None
        ),
        "expires_at": time_text(result.expires_at),
        "renewable": result.renewable,
        "flow": result.flow,
        "store": result.store,
        "reason": result.reason,
    }
