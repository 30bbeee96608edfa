"""`promptvm-auth dev-server`: a PromptVM server on this machine, with one test user."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..devserver.command import DEFAULT_PORT, serve
from ..devserver.settings import Settings
from .options import MAX_PORT, duration, whole_number

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context

DURATIONS = (
    ("access-token-lifetime", 3600.0, "how long an access token lives"),
    ("code-lifetime", 60.0, "how long an authorization code lives"),
    ("device-code-lifetime", 600.0, "how long a device code lives"),
    ("device-interval", 5.0, "the interval between two polls of a device code"),
    ("latency", 0.0, "the delay of every response"),
)
"""Option, default and meaning; all in seconds."""


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--port",
        type=_port_or_any,
        default=DEFAULT_PORT,
        help="on 127.0.0.1; 0 means any free port (default %(default)s)",
    )
    for name, default, meaning in DURATIONS:
        parser.add_argument(
            f"--{name}",
            metavar="S",
            type=duration,
            default=default,
            help=f"{meaning}, in seconds (default %(default)g)",
        )
    parser.add_argument(
        "--slow-downs",
        metavar="N",
        type=_slow_downs,
        default=0,
        help="polls of each device code that are answered slow_down",
    )
    parser.add_argument("--no-rotation", action="store_true", help="a refresh issues no new refresh token")


def run(options: Namespace, context: Context) -> int:
    """Serves until Ctrl-C."""

    def settings() -> Settings:
        return Settings(
            access_token_lifetime=options.access_token_lifetime,
            code_lifetime=options.code_lifetime,
            device_code_lifetime=options.device_code_lifetime,
            device_interval=options.device_interval,
            slow_downs=options.slow_downs,
            rotation=not options.no_rotation,
            latency=options.latency,
        )

    return serve(port=options.port, settings=settings, out=context.out, err=context.err)


_port_or_any = partial(whole_number, least=0, greatest=MAX_PORT, name="the port")
_slow_downs = partial(whole_number, least=0, greatest=1000, name="the number of polls")
