"""A mapping that holds secrets: `repr` shows names and no values, so that a traceback with locals discloses none."""

from typing import Never, TypeVar

V = TypeVar("V")


class Hidden(dict[str, V]):
    """A dictionary whose values appear in no `repr`, and which cannot be pickled."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(self))})"

    __str__ = __repr__

    def __copy__(self) -> "Hidden[V]":
        return type(self)(self)

    def __deepcopy__(self, memo: object) -> "Hidden[V]":
        return type(self)(self)

    def __reduce__(self) -> Never:
        raise TypeError(f"{type(self).__name__} holds secrets and cannot be pickled")
