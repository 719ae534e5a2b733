"""Named sets of scenarios."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from simarena.env.classic import classic_scenarios
from simarena.env.generator import FAMILIES, generate
from simarena.errors import UnknownNameError

if TYPE_CHECKING:
    from simarena.env.scenario import Scenario

SUITES: Final = ("classic", "train", "held-out")
"""What `load_suite` knows."""

_SIZES = {"train": 1_000, "held-out": 200}


@cache
def load_suite(name: str) -> tuple[Scenario, ...]:
    """Return the scenarios of a suite, the same ones every time.

    "classic" are the fourteen of the first SimArena. "train" (1,000) and "held-out" (200) are
    generated, all families in turn, from seeds that they never share. Raises UnknownNameError.
    """
    if name not in SUITES:
        kind = "suite"
        raise UnknownNameError(kind, name, SUITES)
    if name == "classic":
        return classic_scenarios()
    return tuple(
        generate(FAMILIES[seed % len(FAMILIES)], seed, name) for seed in range(_SIZES[name])
    )
