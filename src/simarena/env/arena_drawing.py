"""Draws a fixed suite, once: `python -m simarena.env.arena_drawing arena-v2 OUT.jsonl`.

The generators may change; a suite that was drawn does not. A new version gets a new name.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simarena.env.arena import scenario_line
from simarena.env.generator import CORE_FAMILIES, FAMILIES, generate
from simarena.env.oracle import require_solvable
from simarena.errors import StorageError

if TYPE_CHECKING:
    from simarena.env.scenario import Scenario

_FIRST_SEED: Final = 1_000_000
_OF_CORE_FAMILIES: Final = 12
_OF_OTHERS: Final = 6
_HEALTHY: Final = 4
_MAX_STEPS: Final = 24  # twice the longest solution
_LEAST_STEPS: Final = 2  # one step is found by chance
_LEAST_TARGET: Final = 2  # one pod is what scaling to the floor leaves


def draw_arena(version: str) -> list[Scenario]:
    """Return the scenarios of a new suite, each solved in the simulator.

    Half of each family are for training, severities in turn. Names follow an order that was
    shuffled, so that they tell nothing.
    """
    chosen: list[Scenario] = []
    for family in FAMILIES:
        number = _OF_CORE_FAMILIES if family in CORE_FAMILIES else _OF_OTHERS
        number = _HEALTHY if family == "healthy" else number
        chosen += _of_family(family, number)
    random.Random(version).shuffle(chosen)  # noqa: S311 - no secret
    return [
        replace(
            scenario,
            name=f"{version}-{row:03}",
            seed=row,
            trace=replace(scenario.trace, source=f"{version}-{row:03}"),
        )
        for row, scenario in enumerate(chosen, start=1)
    ]


def _of_family(family: str, number: int) -> list[Scenario]:
    found: list[Scenario] = []
    seed = _FIRST_SEED
    while len(found) < number:
        severity = 1 + len(found) // 2 % 3
        scenario = generate(family, seed, severity=severity)
        seed += 1
        steps = scenario.optimal_steps or 0
        if scenario.target < _LEAST_TARGET or (family != "healthy" and steps < _LEAST_STEPS):
            continue
        split = "train" if len(found) % 2 == 0 else "held-out"
        scenario = replace(scenario, split=split, max_steps=_MAX_STEPS)
        found.append(replace(scenario, optimal_steps=len(require_solvable(scenario))))
    return found


def main() -> None:
    """Write the suite named first to the file named second, which must not exist yet."""
    version, out = sys.argv[1], Path(sys.argv[2])
    if out.exists():
        message = f"{out}: exists already, and a suite never changes; draw one with a new name"
        raise StorageError(message)
    lines = [scenario_line(scenario) for scenario in draw_arena(version)]
    part = out.with_name(f".{out.name}.part")
    part.write_text("\n".join(lines) + "\n", "utf-8")
    part.replace(out)


if __name__ == "__main__":
    main()
