"""Changes the domain in every small way, one at a time, and lists the changes that no fast test notices.

python -m benchmarks.mutants [--every N [--part K]] [--only MODULE] [--least PERCENT]

What survives and may is listed in survivors.toml, with the reason. Changes that the type checker refuses are told
apart. Of the others 95 in 100 must be noticed.
"""

import argparse
import hashlib
import os
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

from .changes import PACKAGE, Mutant, every_mutant
from .trials import Outcome, outcomes
from .typed import type_checker

LEAST = 95.0
REVIEWED = Path(__file__).with_name("survivors.toml")
DEAD = (Outcome.KILLED, Outcome.TIMED_OUT)
UNNOTICED = (Outcome.SURVIVED, Outcome.NOT_RUN)

Key = tuple[str, str, str]


def key(mutant: Mutant) -> Key:
    """Names a mutant for as long as its function stays as it is, wherever that stands in its file."""
    return mutant.module, mutant.function, mutant.diff


def chosen(mutant: Mutant, options: argparse.Namespace) -> bool:
    """Tells whether a mutant has part in the run, by nothing but its key: the same ones are chosen every time."""
    share = int.from_bytes(hashlib.sha256("\n".join(key(mutant)).encode()).digest()) % options.every
    return share == options.part and f"{mutant.module}.".startswith(f"{PACKAGE}.{options.only}")


def asked_for_types(ended: dict[Mutant, Outcome], reviewed: set[Key]) -> dict[Mutant, Outcome]:
    """Asks the type checker about what no test noticed."""
    with type_checker() as types:
        for mutant, outcome in ended.items():
            if outcome in UNNOTICED and key(mutant) not in reviewed and types.refuse(mutant):
                ended[mutant] = Outcome.REFUSED
    return ended


def report(ended: dict[Mutant, Outcome], reviewed: set[Key], least: float) -> bool:
    """Prints what was not killed, and the figures, and tells whether enough of the mutants were killed."""
    count = Counter(outcome for mutant, outcome in ended.items() if outcome in DEAD or key(mutant) not in reviewed)
    files: Counter[str] = Counter()
    for mutant, outcome in sorted(ended.items(), key=lambda pair: (pair[0].path, pair[0].line)):
        path = os.path.relpath(mutant.path)
        if outcome in {Outcome.KILLED, Outcome.REFUSED}:
            continue
        if outcome in DEAD or key(mutant) not in reviewed:
            print(f"{path}:{mutant.line}: {mutant.function}: {outcome.value}\n{mutant.diff}\n")
            files[path] += outcome not in DEAD
    for path, number in files.most_common(10):
        print(f"{number:5} in {path}")
    share = 100 * sum(count[outcome] for outcome in DEAD) / max(count.total() - count[Outcome.REFUSED], 1)
    print(", ".join(f"{count[outcome]} {outcome.value}" for outcome in Outcome), end=", ")
    print(f"{len(ended) - count.total()} reviewed: {share:.1f} % killed of the others")
    return share >= least and not count[Outcome.BROKEN]


def main() -> int:
    """Runs the mutants that were asked for."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one mutant in N, always the same ones")
    parser.add_argument("--part", type=int, default=0, metavar="K", help="which one, from 0 (%(default)s) to N - 1")
    parser.add_argument("--only", default="", metavar="MODULE", help="such as domain.refresh")
    parser.add_argument(
        "--least", type=float, default=LEAST, metavar="PERCENT", help="that must be killed (%(default)s)"
    )
    options = parser.parse_args()
    os.chdir(Path(__file__).parents[2])
    started = time.monotonic()
    entries: list[dict[str, str]] = tomllib.loads(REVIEWED.read_text(encoding="utf-8")).get("survivor", [])
    reviewed = {(entry["module"], entry["function"], entry["diff"].strip()) for entry in entries}
    ended = asked_for_types(outcomes([mutant for mutant in every_mutant() if chosen(mutant, options)]), reviewed)
    enough = report(ended, reviewed, options.least)
    needless = reviewed - {key(mutant) for mutant, outcome in ended.items() if outcome not in DEAD}
    if options.every > 1 or options.only:
        needless.clear()
    for module, function, diff in sorted(needless):
        print(f"listed as a survivor, but killed or no more: {module} {function}\n{diff}\n")
    print(f"{len(ended)} mutants in {(time.monotonic() - started) / 60:.1f} minutes")
    return 0 if enough and not needless else 1


if __name__ == "__main__":
    sys.exit(main())
