"""`promptvm-auth token`: prints the access token, renewed if necessary. It must be fast, so it imports little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.errors import TokensNotSaved
from .options import add_client, add_json, add_profile

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..domain.tokens import StoredTokens
    from ..domain.use_cases.token_details import TokenDetails
    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    form = parser.add_mutually_exclusive_group()
    add_json(form.add_argument)
    form.add_argument(
        "--header",
        action="store_true",
        help="print the headers of a request, one a line, as for curl -H @-; the one way that a key pair is sent",
    )
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Prints the token and a newline; with `--json` an object, with `--header` the headers."""
    with context.client(options) as client:
        try:
            if options.json or options.header:
                _print_details(client.token_details(options.profile), options, context)
            else:
                context.write_result(client.access_token(options.profile))
        except TokensNotSaved as error:
            # This is the only copy of the token, so it is printed before the error is shown.
            from .failure import explain

            _print_unsaved(error.tokens, options, context)
            return explain(error, options, context)
    return 0


def _print_details(details: TokenDetails, options: Namespace, context: Context) -> None:
    if options.header:
        context.write_result("\n".join(f"{name}: {value}" for name, value in details.headers.items()))
        return
    from .show import time_text

    context.write_json(
        {
            "access_token": details.access_token.reveal(),
            "token_type": details.token_type or None,
            "expires_at": time_text(details.expires_at),
            "base_url": details.base_url,
            "organization": details.organization or None,
            "profile": details.profile or None,
        }
    )


def _print_unsaved(tokens: StoredTokens, options: Namespace, context: Context) -> None:
    from .show import time_text

    token = tokens.access_token.reveal()
    if options.json:
        context.write_json({"access_token": token, "expires_at": time_text(tokens.expires_at)})
    else:
        context.write_result(f"Authorization: Bearer {token}" if options.header else token)
