"""`promptvm-auth wipe`: removes every login and everything else that was kept on this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from ..domain.errors import ConfigurationError
from ..domain.use_cases.wipe import WipeResult
from ..ports.text import clean
from .all_stores import stores_of_all
from .exit_codes import DONE, FAILED, STORE
from .logout import logout_json, show_logouts, worst
from .options import add_client, add_json_lines
from .show import prose
from .termination import UnwoundBySignals

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context

_QUESTION = (
    "This signs you out of every profile, for the tool promptvm too where it shares them, ends the sessions at their "
    "servers, and removes what was kept on this machine. API keys are kept."
)


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--yes", action="store_true", help="do not ask; required where there is no terminal")
    parser.add_argument(
        "--no-revoke", action="store_true", help="do not end the sessions at their servers; only remove what is here"
    )
    add_json_lines(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Asks, wipes, and shows what was removed and what was left; the exit code is the greatest of all profiles."""
    if not options.yes and not _confirmed(context):
        context.write_message("Nothing was removed.")
        return FAILED
    results: list[WipeResult] = []
    stores = stores_of_all(options, context)
    for store in stores.usable:
        with (
            UnwoundBySignals() as signals,
            context.client(options, store=store, on_event=signals.listener(context.show_event)) as client,
        ):
            results.append(client.wipe(revoke=not options.no_revoke))
    result = WipeResult(
        tuple(each for one in results for each in one.logouts),
        tuple(each for one in results for each in one.removed),
        results[-1].left,
    )
    if options.json:
        context.write_json(_as_json(result))
    else:
        _show(result, context)
    return max(worst(result.logouts), STORE if stores.missing else DONE)


def _confirmed(context: Context) -> bool:
    """Asks the user at the terminal.

    Raises:
        ConfigurationError: there is no terminal to ask at.
    """
    if not _is_terminal(sys.stdin) or not _is_terminal(context.err):
        raise ConfigurationError("there is no terminal to ask at, so nothing was removed: pass --yes")
    context.write_message(prose(_QUESTION, context.err))
    context.write_message("Type yes to continue:")
    return sys.stdin.readline(16).strip().lower() == "yes"


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def _show(result: WipeResult, context: Context) -> None:
    show_logouts(result.logouts, context)
    for path in result.removed:
        context.write_message(f"Removed {clean(path)}")
    for line in result.left:
        context.write_message(prose(f"Left {clean(line)}.", context.err))


def _as_json(result: WipeResult) -> dict[str, object]:
    return {
        "profiles": [logout_json(each) for each in result.logouts],
        "removed": list(result.removed),
        "left": list(result.left),
    }
