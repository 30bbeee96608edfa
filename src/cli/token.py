"""`promptvm-auth token`: prints the access token, renewed if necessary. It must be fast, so it imports little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.errors import TokensNotSaved
from .options import add_client, add_json, add_profile

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    add_json(parser, lines=False)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Prints the token and a newline; with `--json`, `access_token` and `profile` (null for the active one)."""
    with context.client(options) as client:
        try:
            token = client.access_token(options.profile)
        except TokensNotSaved as error:
            # This is the only copy of the token, so it is printed before the error is shown.
            from .failure import explain

            _print(error.tokens.access_token.reveal(), options, context)
            return explain(error, options, context)
    _print(token, options, context)
    return 0


def _print(token: str, options: Namespace, context: Context) -> None:
    if options.json:
        context.write_json({"access_token": token, "profile": options.profile})
    else:
        context.write_result(token)
