"""`promptvm-auth profiles`: lists the profiles on this machine, switches between them, removes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ports.profile_name import PROFILE_NAME
from .exit_codes import DONE
from .logout import session_sentence
from .options import add_client, add_json, add_profile
from .show import prose, rows
from .termination import UnwoundBySignals

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..domain.use_cases.profiles import ProfileSummary
    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declares the options; `--profile` shows one profile only."""
    add_profile(parser)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--use", metavar="NAME", help="make this profile the active one")
    action.add_argument(
        "--remove", metavar="NAME", help="remove this profile and its tokens from this machine, and end its session"
    )
    action.add_argument("--names", action="store_true", help="print the names alone, one a line")
    parser.add_argument("--no-revoke", action="store_true", help="with --remove: do not end the session at the server")
    add_json(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Activates or removes a profile if requested, then shows the profiles; the active one is marked with a star."""
    with (
        UnwoundBySignals() as signals,
        context.client(options, on_event=signals.listener(context.show_event)) as client,
    ):
        if options.use is not None:
            client.use_profile(options.use)
        if options.remove is not None:
            removed = client.remove_profile(options.remove, revoke=not options.no_revoke)
            if removed.removed:
                context.write_message(prose(session_sentence(removed), context.err))
        profiles = [each for each in client.list_profiles() if options.profile in {None, each.name}]
    if options.json:
        context.write_json({"profiles": [_as_json(profile) for profile in profiles]})
    elif options.names:
        for profile in profiles:
            if PROFILE_NAME.fullmatch(profile.name):  # shells expand what completes a word
                context.write_result(profile.name)
    elif profiles:
        context.write_result(rows([_as_row(profile) for profile in profiles], context.out))
    else:
        context.write_message("there is no profile yet: create one with promptvm-auth login")
    return DONE


def _as_row(profile: ProfileSummary) -> tuple[str, str]:
    shown = profile.problem or f"{_who(profile)} {profile.base_url}"
    return f"{'*' if profile.active else ' '} {profile.name}", shown


def _who(profile: ProfileSummary) -> str:
    """Returns who is signed in, as far as the profile says."""
    if not profile.auth_type:
        return "not signed in"
    if profile.signed_in is False:
        return f"signed out, was {profile.user}" if profile.user else "signed out"
    who = profile.user or profile.auth_type.replace("_", " ")
    return who if profile.signed_in else f"{who}, perhaps signed out"


def _as_json(profile: ProfileSummary) -> dict[str, object]:
    return {
        "name": profile.name,
        "active": profile.active,
        "user": profile.user or None,
        "signed_in": profile.signed_in,
        "organization": profile.organization or None,
        "auth_type": profile.auth_type or None,
        "base_url": profile.base_url or None,
        "problem": profile.problem or None,
    }
