"""The result of a login in three lines: who, at which server, kept where and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .blocks import store_name
from .lines import Kind, Line, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...domain.use_cases.login_result import LoginResult


def result_lines(result: LoginResult, now: float, *, mark: str = "", before: str = "") -> Sequence[Line]:
    """Returns the three lines.

    Args:
        result: the result.
        now: the wall clock, in seconds since 1970-01-01 UTC.
        mark: what stands before the first line, such as a check mark and a space.
        before: the name of the profile that was the active one until now; empty if that did not change.
    """
    user, organization = result.user, result.organization
    who = f" as {readable(user.email or user.id)}" if user else ""
    where = f", {readable(organization.name or organization.id)}" if organization else ""
    profile = f"profile {readable(result.profile)}"
    active = f" (active now instead of {readable(before)})" if before else ""
    return (
        Line(f"{mark}Signed in{who}{where}", Kind.GOOD),
        Line(
            f"at {readable(result.base_url)}, {profile}{active}" if result.base_url else f"{profile}{active}",
            Kind.DETAIL,
        ),
        Line(f"kept in {store_name(result.store)}, {_validity(result, now)}", Kind.DETAIL),
    )


def _validity(result: LoginResult, now: float) -> str:
    until = "" if result.expires_at is None else f"valid until {_time(result.expires_at.timestamp(), now)}"
    if result.renewable:
        return f"{until}, then renewed" if until else "renewed by itself"
    return f"{until or 'valid for an unknown time'}, then log in again"


def _time(seconds: float, now: float) -> str:
    """Returns a time in UTC, without its date if that is today's."""
    from ...ports.rfc3339 import format_time

    date, _, clock = format_time(seconds).partition("T")
    today = format_time(now).partition("T")[0]
    return f"{clock[:5]} UTC" if date == today else f"{date} {clock[:5]} UTC"
