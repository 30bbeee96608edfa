"""Decides whether a token is fresh: plain functions of numbers that import nothing heavy.

A token is renewed early, so that it does not expire on its way to the server. The early window is 300 s, limited to a
fraction of the token's lifetime, so that a short-lived token is not renewed on every call. That is earlier than the Go
tool renews, so the two do not renew at the same moment. If the lifetime is not known, the window is 60 s as in the Go
tool.
"""

from typing import NamedTuple

from ..ports.secret import Secret
from ..ports.timeouts import CLOCK_TOLERANCE, EARLY_REFRESH, GO_EARLY_REFRESH, LOCK_WAIT


class RefreshPolicy(NamedTuple):
    """When tokens are renewed.

    Attributes:
        early_window: the seconds before its expiry from which a token is renewed.
        lifetime_fraction: the largest part of a token's lifetime that the window may be, from 0 to 1.
        jitter: the largest part of itself by which the window is made longer at random, from 0 to 1, so that many
            callers do not renew at the same moment.
        lock_timeout: the seconds to wait for another process that renews or changes the same login.
    """

    early_window: float = EARLY_REFRESH
    lifetime_fraction: float = 0.1
    jitter: float = 0.1
    lock_timeout: float = LOCK_WAIT


DEFAULT_POLICY = RefreshPolicy()


RECHECK_NOW = float("-inf")
"""The `renew_at` of a token that another caller is refreshing: the next call reads the store again."""

NEVER = float("inf")
"""The `renew_at` of a token of unknown lifetime: it is used until a server refuses it."""


class CachedToken(NamedTuple):
    """An access token in memory.

    Attributes:
        token: the access token.
        renew_at: seconds since 1970-01-01 UTC from which it is renewed, or looked up again.
        whose: the profile's name, the server's base URL and the user's id of the account that it was found for.
    """

    token: Secret
    renew_at: float
    whose: tuple[str, str, str] = ("", "", "")


def early_window(policy: RefreshPolicy, lifetime: float | None, jitter: float = 0.0) -> float:
    """Returns the seconds before its expiry at which a token is renewed.

    Args:
        policy: when tokens are renewed.
        lifetime: the token's lifetime in seconds as granted, or None if it is not known.
        jitter: a random number from 0 up to 1.
    """
    longer = 1 + policy.jitter * jitter
    if lifetime is None:
        return min(policy.early_window, GO_EARLY_REFRESH) * longer
    return min(policy.early_window * longer, lifetime * policy.lifetime_fraction)


def is_fresh(expires_at: float | None, now: float, window: float) -> bool:
    """Returns whether a token is fresh.

    Args:
        expires_at: its expiry in seconds since 1970-01-01 UTC; None means that it is used until a 401.
        now: the wall clock, in seconds since 1970-01-01 UTC.
        window: seconds before the expiry from which it no longer counts as fresh.
    """
    return expires_at is None or now < expires_at - window


def granted_in_future(granted_at: float | None, now: float) -> bool:
    """Returns whether a token was granted in the future, because the clock was wrong then: its expiry is wrong too.

    Args:
        granted_at: when it was granted, in seconds since 1970-01-01 UTC; None if that is not known.
        now: the wall clock, in seconds since 1970-01-01 UTC.
    """
    return granted_at is not None and granted_at > now + CLOCK_TOLERANCE
