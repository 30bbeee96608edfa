"""`promptvm-auth login`: signs the user in; messages and the summary go to standard error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..domain.errors import ConfigurationError, PromptVMAuthError, TokensNotSaved
from ..domain.use_cases.status import State
from ..ports.text import clean
from ..ports.timeouts import LOGIN_WAIT
from .exit_codes import DONE, INTERRUPTED
from .key import store_key
from .login_needed import live_login
from .no_user import refuse_in_ci
from .options import add_client, add_issuer, add_json_lines, add_ports, add_profile, seconds
from .screen.options import add_screen, login_screen
from .show import prose, time_text
from .stores import note_store, store_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .. import PageTheme
    from ..client.blocking import OAuthClient
    from ..domain.use_cases.login_result import LoginResult
    from ..domain.use_cases.status import Status
    from .context import Context
    from .json_lines.login import LinesLogin
    from .screen.login_screen import LoginScreen

CLIENT_SECRET = "PROMPTVM_OAUTH_CLIENT_SECRET"  # noqa: S105 (the name of the variable)
"""The environment variable with a client secret; arguments of a process are visible to other users."""


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
    parser.add_argument("--if-needed", action="store_true", help="do nothing if the profile's login is live")
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        help=f"how long to wait for you (default {LOGIN_WAIT:g}; with a code, for as long as it is valid)",
    )
    parser.add_argument("--device-name", metavar="NAME", help="how this login appears in your list of devices")
    add_screen(parser)
    _add_standard_server(parser)
    add_json_lines(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Signs in and shows the result."""
    if not options.if_needed:
        refuse_in_ci(options, context)
    if options.with_key:
        if context.lines is not None:
            raise ConfigurationError("--with-key and --json-lines both read standard input: use --json")
        return store_key(options, context)
    with _screen(options, context) as screen:
        try:
            return _log_in(options, context, screen)
        except KeyboardInterrupt:
            screen.stop()
            return INTERRUPTED


def _screen(options: Namespace, context: Context) -> LoginScreen | LinesLogin:
    """Returns what shows the login: to a user, or with `--json-lines` to a program.

    Raises:
        ConfigurationError: the options exclude each other.
    """
    if context.lines is None:
        return login_screen(options, context)
    if options.ask:
        raise ConfigurationError("--ask waits for a user, and --json-lines is for programs: leave one of them out")
    from .json_lines.login import LinesLogin

    return LinesLogin(context.lines)


def _log_in(options: Namespace, context: Context, screen: LoginScreen | LinesLogin) -> int:
    ports = tuple(options.ports)
    store = store_of(options, options.profile)
    own: dict[str, Any] = {
        "callback_ports": ports,
        "paste_from": screen.paste_from,
        "on_event": screen,
        "pages": _pages(),
    }
    with context.client(options, store=store, **own, **_server(options)) as client:
        if options.if_needed:
            if (status := live_login(client, options.profile)) is not None:
                return _say_live(status, options, context)
            refuse_in_ci(options, context)
        screen.begin(client)
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
            screen.close()
            _revoke(client, error, options, context)
            raise
    screen.close()
    note_store(options, result.profile, store, activates=True)
    if options.json:
        context.write_json(_as_json(result))
    else:
        screen.finish(result)
    return DONE


def _pages() -> PageTheme:
    from .. import PageTheme

    return PageTheme(application="the terminal")


def _say_live(status: Status, options: Namespace, context: Context) -> int:
    """Says that no login is needed."""
    user = status.user
    if options.json:
        known = {"id": user.id, "email": user.email} if user else None
        context.write_json({"profile": status.profile or None, "user": known, "state": status.state.value})
    else:
        who = f" as {clean(user.email or user.id)}" if user else ""
        sure = "" if status.state is State.LIVE else "; the server could not be asked"
        context.write_message(prose(f"Already signed in{who} at {clean(status.base_url)}{sure}.", context.err))
    return DONE


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
    parser.add_argument("--no-check", action="store_true", help="with --with-key: do not ask the server about the key")
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
