"""`promptvm-auth sessions`: lists the signed-in devices of this account, ends one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exit_codes import DONE
from .options import add_client, add_json, add_profile
from .show import rows

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..domain.oauth.sessions import Session
    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    parser.add_argument("--end", metavar="ID", help="end this session at the server")
    add_json(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Ends the named session, or shows all sessions."""
    with context.client(options) as client:
        if options.end is not None:
            client.revoke_session(options.end, options.profile)
            context.write_message(rows([("ended", options.end)], context.err))
            return DONE
        sessions = client.sessions(options.profile)
    if options.json:
        context.write_json({"sessions": [_as_json(session) for session in sessions]})
    else:
        context.write_result("\n\n".join(rows(_as_rows(session), context.out) for session in sessions))
    return DONE


def _as_rows(session: Session) -> list[tuple[str, str]]:
    return [
        ("session", session.id),
        ("device", session.device_name),
        ("program", session.created_from_user_agent),
        ("address", session.created_from_ip),
        ("last used", session.last_used_at),
        ("since", session.created_at),
    ]


def _as_json(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "device_name": session.device_name or None,
        "environment": session.environment or None,
        "created_at": session.created_at or None,
        "last_used_at": session.last_used_at or None,
        "expires_at": session.expires_at or None,
        "created_from_ip": session.created_from_ip or None,
        "created_from_user_agent": session.created_from_user_agent or None,
    }
