"""`promptvm-auth logout`: signs the user out of one profile or of all, and shows what was removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ports.text import clean
from .all_stores import Stores, stores_of_all
from .exit_codes import DONE, STORE, exit_code
from .options import add_client, add_json_lines
from .show import prose
from .termination import UnwoundBySignals

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from ..domain.use_cases.logout import LogoutResult
    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--profile", metavar="NAME", help="the profile; by default the active one")
    which.add_argument("--all", action="store_true", help="sign out of every profile; API keys are kept")
    parser.add_argument(
        "--no-revoke", action="store_true", help="do not end the session at the server; only remove the tokens here"
    )
    add_json_lines(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Signs out. The exit code is 0 even if the session at the server could not be ended: the tokens are removed.

    With `--all` it is the greatest one of all profiles.
    """
    revoke = not options.no_revoke
    results: list[LogoutResult] = []
    stores = stores_of_all(options, context) if options.all else Stores(("",), 0)
    for store in stores.usable:
        with (
            UnwoundBySignals() as signals,
            context.client(options, store=store, on_event=signals.listener(context.show_event)) as client,
        ):
            results += (
                client.logout_all(revoke=revoke) if options.all else [client.logout(options.profile, revoke=revoke)]
            )
    if options.json:
        shown = [logout_json(result) for result in results]
        context.write_json({"profiles": shown} if options.all else shown[0])
    else:
        show_logouts(results, context)
    return max(worst(results), STORE if stores.missing else DONE)


def show_logouts(results: Sequence[LogoutResult], context: Context) -> None:
    """Shows on standard error what was removed of each profile, and what was not."""
    if not results:
        context.write_message("No profile was signed in; there was nothing to remove.")
    for sentence in (sentence for result in results for sentence in _summary(result)):
        context.write_message(prose(sentence, context.err))


def worst(results: Sequence[LogoutResult]) -> int:
    """Returns the greatest exit code of several logouts."""
    return max((exit_code(result.error) for result in results if result.error is not None), default=DONE)


def logout_json(result: LogoutResult) -> dict[str, object]:
    """Returns a result for `--json`; `problem` says what may still be on this machine."""
    problem = {} if result.error is None else {"problem": clean(str(result.error))}
    return {
        "profile": result.profile,
        "removed": result.removed,
        "revoked": result.revoked,
        "reason": result.reason or None,
        **problem,
    }


def session_sentence(result: LogoutResult) -> str:
    """Returns one sentence: whether the session was ended, and why not."""
    if result.revoked:
        return "The session at the server was ended."
    return f"The session at the server was not ended: {clean(result.reason).rstrip('.')}."


def _summary(result: LogoutResult) -> list[str]:
    if result.error is not None:
        done = "its tokens were removed, but" if result.removed else "its tokens may still be on this machine:"
        first = f"Profile {result.profile}: {done} {clean(str(result.error)).rstrip('.')}."
    elif not result.removed:
        return [f"Profile {result.profile} was not signed in; there was nothing to remove."]
    else:
        first = f"Signed out of profile {result.profile}; its tokens were removed from this machine."
    return [first, session_sentence(result)]
