"""How plain functions of stores are awaited: inline for blocking callers, in a worker thread under asyncio."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Runner(Protocol):
    """Runs a plain function so that it can be awaited."""

    def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Runs the function and returns an awaitable of its result."""
        ...


async def run_inline(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function in the calling thread, without suspending."""
    return function(*args, **kwargs)


async def run_in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function in a worker thread, or inline once the interpreter is shutting down.

    After the main thread has ended, the interpreter accepts no more work for threads, but an event loop in another
    thread goes on and still has to save the answer to a refresh.
    """
    import asyncio
    from contextvars import copy_context
    from functools import partial

    call = partial(copy_context().run, partial(function, *args, **kwargs))
    try:
        running = asyncio.get_running_loop().run_in_executor(None, call)
    except RuntimeError:
        return call()
    return await running
