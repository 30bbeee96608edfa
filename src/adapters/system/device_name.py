"""The name of a login in the user's list of authorised devices."""

import platform
from collections.abc import Mapping

from ...ports.text import clean

_MAX = 100


def default_device_name(environ: Mapping[str, str]) -> str:
    """Returns `PROMPTVM_DEVICE_NAME`, else `promptvm-cli @ <hostname>`.

    Args:
        environ: the environment variables.
    """
    return clean(environ.get("PROMPTVM_DEVICE_NAME"), _MAX) or clean(f"promptvm-cli @ {platform.node()}", _MAX)
