"""The two events that only the command tells, not the library."""

from collections.abc import Mapping

from attrs import frozen

from ...ports.events import Event


@frozen
class InputRejected(Event):
    """A line of standard input was not used.

    Attributes:
        problem: why, in words for the author of the program that wrote it.
    """

    problem: str


@frozen
class CommandEnded(Event):
    """The last line: the command has ended.

    Attributes:
        exit_code: the exit code of the process.
        result: what `--json` prints; None if the command failed.
        error: what `--json` prints as `error`; None if the command did not fail.
    """

    exit_code: int
    result: Mapping[str, object] | None
    error: Mapping[str, object] | None
