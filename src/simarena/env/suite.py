"""Named sets of scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, overload

from simarena.env.classic import classic_scenarios
from simarena.env.generator import FAMILIES, generate
from simarena.errors import UnknownNameError

if TYPE_CHECKING:
    from simarena.env.scenario import Scenario

SUITES: Final = ("classic", "train", "held-out")
"""What `load_suite` knows."""

_SIZES = {"classic": 14, "train": 1_000, "held-out": 200}


class Suite(Sequence["Scenario"]):
    """The scenarios of a name, each made when somebody looks at it, the same ones every time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._made: dict[int, Scenario] = {}

    def __len__(self) -> int:
        return _SIZES[self.name]

    @overload
    def __getitem__(self, index: int) -> Scenario: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Scenario, ...]: ...
    def __getitem__(self, index: int | slice) -> Scenario | tuple[Scenario, ...]:
        if isinstance(index, slice):
            return tuple(self[row] for row in range(*index.indices(len(self))))
        row = range(len(self))[index]
        if row not in self._made:
            self._made[row] = self._make(row)
        return self._made[row]

    def __repr__(self) -> str:
        return f"<suite {self.name!r} of {len(self)} scenarios>"

    def _make(self, row: int) -> Scenario:
        if self.name == "classic":
            return classic_scenarios()[row]
        return generate(FAMILIES[row % len(FAMILIES)], row, self.name)


@cache
def load_suite(name: str) -> Suite:
    """Return the scenarios of a suite.

    "classic" are the fourteen of the first SimArena. "train" (1,000) and "held-out" (200) are
    generated, all families in turn, from seeds that they never share. Raises UnknownNameError.
    """
    if name not in SUITES:
        kind = "suite"
        raise UnknownNameError(kind, name, SUITES)
    return Suite(name)
