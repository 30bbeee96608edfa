"""`promptvm-auth sessions`: lists the signed-in devices of this account, ends one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..domain.errors import PromptVMAuthError
from ..ports.rfc3339 import parse_time
from ..ports.text import clean
from .commands import PROGRAM
from .exit_codes import DONE
from .options import add_client, add_json_lines, add_profile
from .show import moment, prose, rows

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ..client import OAuthClient
    from ..domain.oauth.sessions import Session
    from .context import Context

_JUST_NOW = 60.0
"""Seconds."""


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    add_profile(parser)
    parser.add_argument("--end", metavar="ID", help="end this session at the server")
    add_json_lines(parser)
    add_client(parser)


def run(options: Namespace, context: Context) -> int:
    """Ends the named session, or shows all sessions."""
    with context.client(options) as client:
        sessions = client.sessions(options.profile)
        if options.end is not None:
            _end(client, sessions, options, context)
            return DONE
    if options.json:
        context.write_json({"sessions": [_as_json(session) for session in sessions]})
    elif sessions:
        now = time.time()
        context.write_result("\n\n".join(rows(_as_rows(session, now), context.out) for session in sessions))
    else:
        context.write_message("The server lists no session of this account.")
    return DONE


def _end(client: OAuthClient, sessions: tuple[Session, ...], options: Namespace, context: Context) -> None:
    """Ends a session that the server has listed.

    Raises:
        PromptVMAuthError: the server has not listed it, or did not end it.
    """
    session = next((session for session in sessions if session.id == options.end), None)
    if session is None:
        raise PromptVMAuthError(f"this account has no session {clean(options.end)!r}: nothing was ended")
    client.revoke_session(session.id, options.profile)
    if options.json:
        context.write_json({"ended": session.id, "current": session.current})
        return
    context.write_message(rows([("ended", session.id), ("device", session.device_name)], context.err))
    if session.current:
        ours = f"It was the session of this login; {PROGRAM} logout removes its tokens from this machine."
        context.write_message(prose(ours, context.err))


def _as_rows(session: Session, now: float) -> list[tuple[str, str]]:
    return [
        ("session", f"{session.id} (this login)" if session.current else session.id),
        ("device", session.device_name),
        ("program", session.created_from_user_agent),
        ("address", session.created_from_ip),
        ("last used", _past(session.last_used_at, now)),
        ("since", _past(session.created_at, now)),
        ("expires", _when(session.expires_at, now)),
    ]


def _past(text: str, now: float) -> str:
    """Returns a past time of the server relative to now; its clock may be a little ahead of this machine's."""
    seconds = parse_time(text)
    return "just now" if seconds is not None and abs(seconds - now) < _JUST_NOW else _when(text, now)


def _when(text: str, now: float) -> str:
    """Returns a time of the server relative to now; a text that is no time as it is."""
    seconds = parse_time(text)
    return text if seconds is None else moment(seconds, now)


def _as_json(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "current": session.current,
        "device_name": session.device_name or None,
        "environment": session.environment or None,
        "created_at": session.created_at or None,
        "last_used_at": session.last_used_at or None,
        "expires_at": session.expires_at or None,
        "created_from_ip": session.created_from_ip or None,
        "created_from_user_agent": session.created_from_user_agent or None,
    }
