"""`promptvm-auth logout`: signs the user out, and shows what was removed."""

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
    """Declares the options."""
    add_profile(parser)
    parser.add_argument(
        "--no-revoke", action="store_true", help="do not end the session at the server; only remove the tokens here"
    )
    add_json(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Signs out. The exit code is 0 even if the session at the server could not be ended: the tokens are removed."""
    with context.client(options) as client:
        result = client.logout(options.profile, revoke=not options.no_revoke)
    if options.json:
        context.write_json(
            {
                "profile": result.profile,
                "removed": result.removed,
                "revoked": result.revoked,
                "reason": result.reason or None,
            }
        )
    else:
        for sentence in _summary(result):
            context.write_message(prose(sentence, context.err))
    return 0


def _summary(result: LogoutResult) -> list[str]:
    if not result.removed:
        return [f"Profile {result.profile} was not signed in; there was nothing to remove."]
    return [
        f"Signed out of profile {result.profile}; its tokens were removed from this machine.",
        "The session at the server was ended."
        if result.revoked
        else f"The session at the server was not ended: {clean(result.reason).rstrip('.')}.",
    ]
