"""`promptvm-auth token`: the access token alone, renewed if it must be. The hot path: it loads next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.errors import TokensNotSaved
from .options import add_client, add_json, add_profile

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    add_profile(parser)
    add_json(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Print the token and a newline; with `--json`, `access_token` and `profile` (null for the active one)."""
    with context.client(options) as client:
        try:
            token = client.access_token(options.profile)
        except TokensNotSaved as error:
            # The only copy there is: it goes to the caller, and the failure is told all the same.
            from .failure import explain

            _give(error.tokens.access_token.reveal(), options, context)
            return explain(error, options, context)
    _give(token, options, context)
    return 0


def _give(token: str, options: Namespace, context: Context) -> None:
    if options.json:
        context.give_json({"access_token": token, "profile": options.profile})
    else:
        context.give(token)
