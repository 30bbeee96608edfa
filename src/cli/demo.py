"""`promptvm-auth demo`: runs every part against a server on this machine, in a temporary directory."""

from __future__ import annotations

import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..devserver import DevServer, Settings
from .demo_report import Report
from .demo_steps import Demonstration
from .exit_codes import DONE, FAILED

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context


def arguments(parser: ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--profile", metavar="NAME", default="demo", help="the name of the first profile (default demo)"
    )
    parser.add_argument(
        "--interactive", action="store_true", help="sign in yourself, in your own browser; by default a script does it"
    )
    parser.add_argument("--json", action="store_true", help="print the steps as one JSON object at the end")


def run(options: Namespace, context: Context) -> int:
    """Runs the steps, up to the first that fails."""
    report = Report(context, as_json=options.json)
    started = time.monotonic()
    with (
        TemporaryDirectory(prefix="promptvm-demo-") as directory,
        DevServer(settings=Settings(device_interval=1, slow_downs=1)) as server,
    ):
        report.begin(server.base_url)
        listener = context.show_event if options.interactive else None
        demonstration = Demonstration(server, directory, options.profile, report, listener)
        succeeded = all(report.step(title, show) for title, show in demonstration.steps())
    report.end(time.monotonic() - started, succeeded=succeeded)
    return DONE if succeeded else FAILED
