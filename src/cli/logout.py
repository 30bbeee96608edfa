"""`promptvm-auth logout`: sign out, and say what was removed and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ports.text import clean
from .options import add_client, add_json, add_profile
from .show import prose

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..domain.use_cases.logout import LogoutResult
    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    add_profile(parser)
    parser.add_argument(
        "--no-revoke", action="store_true", help="leave the session at the server as it is; remove the tokens here only"
    )
    add_json(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Sign out. What the server says does not matter: the tokens here are gone, and the exit code is 0."""
    with context.client(options) as client:
        result = client.logout(options.profile, revoke=not options.no_revoke)
    if options.json:
        context.give_json(
            {
                "profile": result.profile,
                "removed": result.removed,
                "revoked": result.revoked,
                "reason": result.reason or None,
            }
        )
    else:
        for sentence in _summary(result):
            context.say(prose(sentence, context.err))
    return 0


def _summary(result: LogoutResult) -> list[str]:
    if not result.removed:
        return [f"Nobody was signed in to the profile {result.profile}; there was nothing to remove."]
    return [
        f"Signed out of the profile {result.profile}; its tokens were removed from this machine.",
        "The session at the server was ended."
        if result.revoked
        else f"The session at the server was not ended: {clean(result.reason).rstrip('.')}.",
    ]
