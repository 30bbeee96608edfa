"""`promptvm-auth login`: signs the user in; messages and the summary go to standard error."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from ..domain.errors import PromptVMAuthError, TokensNotSaved
from ..ports.timeouts import LOGIN_WAIT
from .options import add_client, add_issuer, add_json, add_ports, add_profile, seconds
from .show import expiry, prose, rows, time_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..client.blocking import OAuthClient
    from ..domain.use_cases.login_result import LoginResult
    from .context import Context

CLIENT_SECRET = "PROMPTVM_OAUTH_CLIENT_SECRET"  # noqa: S105 (the name of the variable)
"""The environment variable with a client secret; arguments of a process are visible to other users."""


MAX_INPUT = 65536
"""The largest input that is read for an API key, in characters."""


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    _add_flow(parser)
    parser.add_argument(
        "--remember",
        action="store_true",
        help="use the same flow at the next login to this profile; without a flow, forget it",
    )
    add_ports(parser)
    parser.add_argument("--no-browser-open", action="store_true", help="do not open a browser, only show the address")
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=LOGIN_WAIT,
        help="how long to wait for you (default %(default)g)",
    )
    parser.add_argument("--device-name", metavar="NAME", help="how this login appears in your list of devices")
    _add_standard_server(parser)
    add_json(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Signs in and shows the result."""
    if options.with_key:
        return _store_key(options, context)
    ports = tuple(options.ports)
    with context.client(options, callback_ports=ports, paste_from=sys.stdin, **_server(options)) as client:
        try:
            result = client.login(
                options.profile,
                flow=options.flow,
                timeout=options.timeout,
                device_name=options.device_name,
                open_browser=not options.no_browser_open,
                remember=options.remember,
                **_passed(scope=options.scope, prompt=options.prompt, login_hint=options.login_hint),
            )
        except TokensNotSaved as error:
            _revoke(client, error, options, context)
            raise
    if options.json:
        context.write_json(_as_json(result))
    else:
        context.write_message(f"\n{rows(_as_rows(result), context.err)}")
    return 0


def _store_key(options: Namespace, context: Context) -> int:
    """Stores an API key; at a terminal it is asked for and not shown."""
    key = _read_key()
    with context.client(options) as client:
        name = client.save_api_key(options.profile, key)
    if options.json:
        context.write_json({"profile": name, "auth_type": "api_key"})
    else:
        context.write_message(rows([("profile", name), ("stored", "an API key")], context.err))
    return 0


def _read_key() -> str:
    """Returns the line on standard input: as a pipe, or as what the user types there; empty if it cannot be read."""
    try:
        if sys.stdin.isatty():
            from getpass import getpass

            return getpass("API key (it is not shown): ").strip()
        return sys.stdin.read(MAX_INPUT).strip()
    except (AttributeError, OSError, ValueError):  # no stream, a closed one, or another object in its place
        return ""


def _revoke(client: OAuthClient, error: TokensNotSaved, options: Namespace, context: Context) -> None:
    """Ends the session of a login that no store took, since nothing else knows its tokens."""
    try:
        reason = client.revoke_tokens(error.tokens, options.profile)
    except PromptVMAuthError as failure:
        reason = str(failure)
    ended = "The session of this login was ended at the server."
    lives = f"The session of this login may live on at the server: {reason}"
    context.write_message(prose(lives if reason else ended, context.err))


def _add_flow(parser: ArgumentParser) -> None:
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
    flow.add_argument(
        "--with-key",
        "--with-api-key",
        dest="with_key",
        action="store_true",
        help="store an API key, read from standard input, in place of a login: pk_...:sk_..., or one text",
    )
    parser.set_defaults(flow="auto")


def _add_standard_server(parser: ArgumentParser) -> None:
    """Declares the options for a server other than PromptVM; later commands read them from the profile."""
    server = parser.add_argument_group(
        "another server than PromptVM", f"A client secret, if it is required, is read from {CLIENT_SECRET}."
    )
    add_issuer(server.add_argument)
    server.add_argument("--scope", metavar="SCOPES", help="the scopes to request, separated by spaces")
    server.add_argument("--prompt", metavar="WORDS", help="what its page should do, such as consent or login")
    server.add_argument("--login-hint", metavar="NAME", help="your e-mail address or user name, for its page")


def _server(options: Namespace) -> dict[str, Any]:
    return _passed(
        issuer=options.issuer,
        client_id=options.client_id,
        client_secret=os.environ.get(CLIENT_SECRET) if options.issuer else None,
        trusted_origins=options.trust_origin,
    )


def _passed(**arguments: object) -> dict[str, Any]:
    """Returns the arguments that are not empty."""
    return {name: value for name, value in arguments.items() if value}


def _as_rows(result: LoginResult) -> list[tuple[str, str]]:
    user, organization = result.user, result.organization
    expires = expiry(result.expires_at, time.time())
    return [
        ("profile", result.profile),
        ("user", user.email or user.id if user else ""),
        ("organization", organization.name or organization.id if organization else ""),
        ("store", f"{result.store} ({result.reason})"),
        ("expires", expires if result.renewable else f"{expires or 'unknown'}; then log in again"),
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
        **_passed(scope=result.scope),
        "flow": result.flow,
        "store": result.store,
        "reason": result.reason,
    }
