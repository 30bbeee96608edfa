"""How many more descriptors this process may open."""

import errno
import os

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE})


def spare_descriptors() -> int | None:
    """Returns how many descriptors this process can still open, or None if there is no limit or it cannot be told."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return None if limit == resource.RLIM_INFINITY else max(0, limit - len(os.listdir("/dev/fd")))
    except ImportError:  # Windows, where a process has descriptors enough
        return None
    except OSError as error:
        return 0 if error.errno in _EXHAUSTED else None
