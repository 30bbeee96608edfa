"""`promptvm-auth profiles`: lists the profiles on this machine, switches between them, removes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from ..ports.profile_name import PROFILE_NAME
from .all_stores import stores_of_all
from .exit_codes import DONE
from .logout import session_sentence
from .options import add_client, add_json_lines, add_profile
from .show import prose, rows
from .stores import AUTO, COVERED, is_in, note_store, store_of
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
    add_json_lines(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Activates or removes a profile if requested, then shows the profiles; the active one is marked with a star."""
    if options.use is not None:
        store = store_of(options, options.use)
        with context.client(options, store=store) as client:
            client.use_profile(options.use)
        note_store(options, options.use, store, activates=True)
    if options.remove is not None:
        _remove(options, context)
    profiles = [each for each in _all_profiles(options, context) if options.profile in {None, each.name}]
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


def _remove(options: Namespace, context: Context) -> None:
    with (
        UnwoundBySignals() as signals,
        context.client(
            options,
            store=store_of(options, options.remove),
            on_event=signals.listener(context.show_event),
        ) as client,
    ):
        removed = client.remove_profile(options.remove, revoke=not options.no_revoke)
    note_store(options, options.remove, AUTO, activates=False)
    if removed.removed:
        context.write_message(prose(session_sentence(removed), context.err))


def _all_profiles(options: Namespace, context: Context) -> list[ProfileSummary]:
    """Returns the profiles of every store that was named at a login, sorted by name, each from its own store."""
    stores, active = stores_of_all(options, context).usable, store_of(options, None)
    found: list[ProfileSummary] = []
    for store in stores:
        with context.client(options, store=store) as client:
            listed = client.list_profiles()
        own = [each for each in listed if len(stores) == 1 or is_in(options, each.name, store)]
        counts = store == active or (store == AUTO and active in COVERED)
        found += own if counts else [evolve(each, active=False) for each in own]
    return found if len(stores) == 1 else sorted(found, key=lambda profile: profile.name)


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
