"""How far a call travels: what real runs enter, load, list, read and write, one line for each.

python benchmarks/trips.py [--check] [--json] [--files TRIP]

Each run is made twice, in a new world each time, and recorded the second time, when all modules are imported. The
client is made before the recording starts. See `trip_runs` for the world, and `trip_recorder` for what counts.
"""

from __future__ import annotations

import argparse
import json
import sys

from trip_recorder import Trip, recording
from trip_runs import TRIPS, World, forget_surroundings

EVERYWHERE = {"upward": 1, "loads": 2, "listings": 0}
"""The most that any run may do; the one call upward is that of `run_blocking`, which starts the flow."""

BUDGETS = {
    "login, browser": {"files": 50, "loads": 3},  # the third one finds out whether the profile that was active exists
    "login, device": {"loads": 3},
    "refresh": {"files": 38},
    "access_token, stored": {"files": 21},
    "logout": {"listings": 1},  # what killed writers left behind can only be found by looking
}
"""The most that one run may do."""


def record(name: str) -> Trip:
    """Makes a run twice, each time in a new world, and returns what the second one did."""
    with World() as world:
        TRIPS[name](world)()
    with World() as world:
        run, trip = TRIPS[name](world), Trip(world.directory)
        with recording(trip):
            run()
    return trip


def exceeded(figures: dict[str, dict[str, int]]) -> list[str]:
    """Returns one sentence for each budget that is exceeded."""
    return [
        f"{name}: {figures[name][column]} {column}, {most} at the most"
        for name in figures
        for column, most in (EVERYWHERE | BUDGETS.get(name, {})).items()
        if figures[name][column] > most
    ]


def main() -> int:
    """Prints the table, or what else was asked for."""
    parser = argparse.ArgumentParser(description="How far a call travels through the package.")
    parser.add_argument("--check", action="store_true", help="exit 1 if a budget is exceeded, and say which")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--files", metavar="TRIP", choices=TRIPS, help="list the files that one run enters, in order")
    options = parser.parse_args()
    forget_surroundings()
    if options.files:
        print(*record(options.files).files(), sep="\n")
        return 0
    figures = {name: record(name).figures() for name in TRIPS}
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        columns = list(figures["refresh"])
        print(f"{'':22}", *(f"{column:>8}" for column in columns))
        for name, row in figures.items():
            print(f"{name:22}", *(f"{row[column]:8}" for column in columns))
    problems = exceeded(figures) if options.check else []
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
