"""`promptvm-auth doctor`: shows how a login would run here, why, and what would prevent it. It changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .commands import PROGRAM
from .exit_codes import DONE, FAILED, LATER, STORE, USAGE
from .options import add_client, add_issuer, add_json, add_ports, add_profile
from .show import prose, rows
from .stores import store_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..domain.plan import Plan
    from ..domain.use_cases.diagnosis import Checked, Diagnosis
    from .context import Context

TOLERATED_SKEW = 60.0
"""The harmless difference between the clocks in seconds, since tokens are renewed that much early."""

_FLOWS = {
    "browser": "in a browser",
    "device": "with a code on any device",
    "paste": "with a browser on another machine, by pasting the address that it ends on",
}

_JSON_VALUES: dict[str, bool | None] = {"yes": True, "no": False, "": None}


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    add_ports(parser)
    add_issuer(parser.add_argument_group("another server than PromptVM").add_argument)
    add_json(parser.add_argument)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Shows the diagnosis; the exit code is not 0 if the configuration, server, every store or profile is unusable."""
    from ..composition.options import ClientOptions
    from ..composition.standalone import diagnose

    found = diagnose(
        ClientOptions(
            base_url=options.base_url,
            app_url=options.app_url,
            config_dir=options.config_dir,
            secrets=store_of(options, options.profile),
            callback_ports=tuple(options.ports),
            issuer=options.issuer,
            client_id=options.client_id,
            trusted_origins=tuple(options.trust_origin),
        ),
        options.profile,
    )
    if options.json:
        context.write_json(_as_json(found))
    else:
        context.write_result(rows(_as_rows(found), context.out))
        if found.tunnel:
            context.write_result(_ssh_help(found, context))
    return _exit_code(found)


def _exit_code(found: Diagnosis) -> int:
    """Returns the exit code of the first problem that a login would meet."""
    if found.problem:
        return USAGE
    if found.server is not None and found.server.problem:
        return LATER
    if all(store.problem for store in found.stores):
        return STORE
    return FAILED if found.profile is not None and found.profile.problem else DONE


def _as_rows(found: Diagnosis) -> list[tuple[str, str]]:
    return [
        *_plan_rows(found.plan),
        *found.here.seen(),
        ("settings", found.problem),
        ("profile", _checked(found.profile)),
        *(("store", _checked(store)) for store in found.stores),
        ("server", _checked(found.server)),
        ("clock", _clock(found.skew) if found.server else ""),
        *found.network,
    ]


def _plan_rows(plan: Plan | None) -> list[tuple[str, str]]:
    if plan is None:
        return [("login", "not possible here, see server")]
    first, *others = plan.reasons
    return [("login", _FLOWS[plan.flow]), ("because", first), *(("and", reason) for reason in others)]


def _checked(thing: Checked | None) -> str:
    return "" if thing is None else f"{thing.name}: {thing.problem or 'ok'}"


def _clock(skew: float | None) -> str:
    if skew is None:
        return "not compared, the server did not send its time"
    if abs(skew) <= TOLERATED_SKEW:
        return "agrees with the server's"
    return f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the server's; correct it"


def _ssh_help(found: Diagnosis, context: Context) -> str:
    """Returns instructions for the user's own browser; the commands are on lines of their own, never wrapped."""
    from ..domain.use_cases.diagnosis import FORWARDED_PORT, UNKNOWN_HOST

    unknown = f", where {UNKNOWN_HOST} is what you called this machine when you connected"
    where = unknown if found.tunnel.endswith(UNKNOWN_HOST) else ""
    connect = f"To sign in with your own browser instead, connect again from your machine with this{where}:"
    return "\n".join(
        (
            "",
            prose(connect, context.out),
            "",
            found.tunnel,
            "",
            prose("and then run here:", context.out),
            "",
            f"{PROGRAM} login --browser --port {FORWARDED_PORT}",
        )
    )


def _as_json(found: Diagnosis) -> dict[str, object]:
    return {
        "plan": None if found.plan is None else _plan_json(found.plan),
        "surroundings": {name: _JSON_VALUES.get(value, value) for name, value in found.here.seen()},
        "problem": found.problem or None,
        "profile": found.profile and {"name": found.profile.name, "problem": found.profile.problem or None},
        "stores": [{"name": store.name, "problem": store.problem or None} for store in found.stores],
        "server": found.server and {"base_url": found.server.name, "problem": found.server.problem or None},
        "clock_skew": None if found.skew is None else round(found.skew, 1),
        "network": dict(found.network),
        "ssh": found.tunnel or None,
    }


def _plan_json(plan: Plan) -> dict[str, object]:
    return {
        "flow": plan.flow,
        "reasons": list(plan.reasons),
        "opens_browser": plan.opens,
        "invites_paste": plan.invites_paste,
    }
