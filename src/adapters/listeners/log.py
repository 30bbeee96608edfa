"""This package's own logger: structlog bound to `logging.getLogger("promptvm_oauth")`, configured nowhere else."""

import logging
from functools import cache

import structlog


@cache
def logger() -> structlog.stdlib.BoundLogger:
    """Returns the logger. It configures nothing globally; the handlers of the embedder decide what is shown."""
    wrapped: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger("promptvm_oauth"),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        context_class=dict,
    )
    return wrapped
