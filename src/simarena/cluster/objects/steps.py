"""Step functions of virtual time, kept as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

Value = TypeVar("Value", bound=tuple[int, ...])


class Steps(Sequence[tuple[int, Value]]):
    """Pairs of time_ms and value, each of which holds until the next one's time.

    Reads like a list of them, to which it is equal; pairs are made as they are looked at, of which
    a large history has a million that nobody does.
    """

    __slots__ = ("kind", "times_ms", "values")
    __hash__ = None  # type: ignore[assignment] # equal to lists

    def __init__(
        self, kind: type[Value], times_ms: NDArray[np.int64], values: NDArray[np.int64]
    ) -> None:
        self.kind = kind
        self.times_ms = times_ms  # (num_steps,)
        self.values = values  # (num_steps, num_fields_of_kind)

    def __len__(self) -> int:
        return len(self.times_ms)

    @overload
    def __getitem__(self, index: int) -> tuple[int, Value]: ...
    @overload
    def __getitem__(self, index: slice) -> Steps[Value]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, Value] | Steps[Value]:
        times_ms, values = self.times_ms[index], self.values[index]
        if isinstance(index, slice):
            return Steps(self.kind, times_ms, values)
        return int(times_ms), self.kind(*values.tolist())

    def __iter__(self) -> Iterator[tuple[int, Value]]:
        for time_ms, value in zip(self.times_ms.tolist(), self.values.tolist(), strict=True):
            yield time_ms, self.kind(*value)

    def __eq__(self, other: object) -> bool:
        """Return whether another one, or a list of pairs, has the same steps."""
        if isinstance(other, Steps):
            return np.array_equal(self.times_ms, other.times_ms) and np.array_equal(
                self.values, other.values
            )
        return list(self) == other if isinstance(other, list) else NotImplemented

    def __repr__(self) -> str:
        return repr(list(self))

    def changes(self) -> NDArray[np.int64]:
        """Return by how much each step goes beyond the one before, the first beyond zeros."""
        return np.diff(self.values, axis=0, prepend=np.zeros((1, self.values.shape[1]), np.int64))


def no_steps(kind: type[Value]) -> Steps[Value]:
    """Return the steps of what never was; `kind` is a NamedTuple."""
    fields: tuple[str, ...] = getattr(kind, "_fields", ())
    return Steps(kind, np.zeros(0, np.int64), np.zeros((0, len(fields)), np.int64))


def sum_of(kind: type[Value], several: Iterable[Steps[Value]]) -> Steps[Value]:
    """Return the sum of step functions, with a step wherever one of them has one."""
    parts = [no_steps(kind), *several]
    times_ms, places = np.unique(
        np.concatenate([each.times_ms for each in parts]), return_inverse=True
    )
    changes = np.concatenate([each.changes() for each in parts])
    sums = np.zeros((len(times_ms), changes.shape[1]), np.int64)
    np.add.at(sums, places, changes)
    return Steps(kind, times_ms, np.cumsum(sums, axis=0))
