"""A program that forks while signals wait: the child has the handlers of before, and the parent goes on waiting."""

import json
import os
import signal
import sys
from typing import Any

from promptvm_oauth.adapters.single_flight.threads import ThreadSingleFlight
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
told: dict[str, Any] = {}


def are_old() -> list[bool]:
    return [signal.getsignal(number) is old[number] for number in NUMBERS]


def in_a_child() -> tuple[list[bool], int]:
    """Fork, and let the child tell its handlers and die by SIGTERM, though SIGINT waits in its parent."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(are_old()).encode())
        signal.raise_signal(signal.SIGTERM)
        os._exit(0)
    os.close(writing)
    handlers = os.read(reading, 1000)
    _, status = os.waitpid(child, 0)
    return json.loads(handlers), os.waitstatus_to_exitcode(status)


async def work() -> None:
    told["in the parent"] = are_old()
    signal.raise_signal(signal.SIGINT)
    told["in the child"], told["killed by SIGTERM"] = in_a_child()


signal.signal(signal.SIGINT, signal.default_int_handler)
for number in NUMBERS[1:]:
    signal.signal(number, signal.SIG_DFL)
old = {number: signal.getsignal(number) for number in NUMBERS}

try:
    run_blocking(ThreadSingleFlight().uninterrupted(work))
except KeyboardInterrupt:
    told["the parent got"] = "KeyboardInterrupt"
sys.stdout.write(json.dumps(told) + "\n")
sys.stdout.flush()
