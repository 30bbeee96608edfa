"""What a write leaves beside a file: a damaged one that is kept aside, and temporary files of killed writers."""

import os
from contextlib import suppress

from .durable_write import FIXED, TEMPORARY, temporary_name


def keep_aside(path: str, aside: str) -> None:
    """Links a file that is about to be replaced to a second name, or moves it; does nothing if there is no such file.

    Args:
        path: the file.
        aside: the second name; a previous file of this name is removed.

    Raises:
        OSError: the file could not be linked or moved.
    """
    with suppress(OSError):
        os.unlink(aside)
    try:
        os.link(path, aside)
    except FileNotFoundError:
        return
    except OSError:
        os.replace(path, aside)


def leftovers(path: str) -> list[str]:
    """Returns the temporary files that killed writers of a path have left.

    Raises:
        OSError: the directory could not be read.
    """
    directory, fixed = os.path.split(temporary_name(path, FIXED))
    start = fixed.partition(FIXED)[0]
    alike = (entry for entry in os.listdir(directory) if len(entry) == len(fixed) and entry.startswith(start))
    return [os.path.join(directory, entry) for entry in alike if entry.endswith(TEMPORARY)]
