"""Draws a fixed suite, once: `python -m simarena.env.scenarios.arena_drawing arena-v3 OUT.jsonl`.

The generators may change; a suite that was drawn does not. A new version gets a new name.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simarena.env.deployment.env import DeploymentEnv
from simarena.env.scenarios.arena import scenario_line
from simarena.env.scenarios.generator import CORE_FAMILIES, FAMILIES, generate
from simarena.env.scenarios.oracle import require_solvable
from simarena.errors import StorageError

if TYPE_CHECKING:
    from simarena.env.scenarios.scenario import Scenario
    from simarena.trace import Action

_FIRST_SEED: Final = 2_000_000
_OF_CORE_FAMILIES: Final = 8
_OF_OTHERS: Final = 10
_HEALTHY: Final = 20  # a sixth
_MAX_STEPS: Final = 24  # twice the longest solution
_LEAST_STEPS: Final = 2  # one step is found by chance
_LEAST_TARGET: Final = 2  # one pod is what scaling to the floor leaves
_CEILINGS: Final = (1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0)
_WITH_CEILING: Final = 0.85


def draw_arena(version: str) -> list[Scenario]:
    """Return the scenarios of a new suite, each solved in the simulator without harm to others.

    Half of each family are for training, severities in turn. Names follow an order that was
    shuffled, so that they tell nothing. Of most families some have a ceiling on waste.
    """
    chosen: list[Scenario] = []
    for family in FAMILIES:
        number = _OF_CORE_FAMILIES if family in CORE_FAMILIES else _OF_OTHERS
        number = _HEALTHY if family == "healthy" else number
        chosen += _of_family(version, family, number)
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


def _of_family(version: str, family: str, number: int) -> list[Scenario]:
    found: list[Scenario] = []
    seed = _FIRST_SEED
    rng = random.Random(f"{version}/{family}")  # noqa: S311 - no secret
    while len(found) < number:
        severity = 1 + len(found) // 2 % 3
        scenario = generate(family, seed, severity=severity)
        seed += 1
        steps = scenario.optimal_steps or 0
        if scenario.target < _LEAST_TARGET or (family != "healthy" and steps < _LEAST_STEPS):
            continue
        split = "train" if len(found) % 2 == 0 else "held-out"
        scenario = replace(scenario, split=split, max_steps=_MAX_STEPS)
        way = require_solvable(scenario)
        if rng.random() < _WITH_CEILING:
            scenario = _with_ceiling(rng, scenario, way)
        found.append(replace(scenario, optimal_steps=len(way)))
    return found


def _with_ceiling(rng: random.Random, scenario: Scenario, way: tuple[Action, ...]) -> Scenario:
    """Return the scenario with a ceiling on waste that its shortest solution keeps to.

    It stays as it is where that asks for less than is used, where nothing says what is used, and
    where it has a ceiling already.
    """
    env = DeploymentEnv(scenarios=scenario)
    _, info = env.reset(seed=0)
    for action in way:
        info = env.step(action)[4]
    used = info["cpu_used_milli"], info["memory_used_bytes"]
    if (
        scenario.goal.max_waste is not None
        or min(used) <= 0
        or info["cpu_milli"] < used[0]
        or info["memory_bytes"] < used[1]
    ):
        return scenario
    ceilings = [each for each in _CEILINGS if each >= info["waste"]]
    if not ceilings:
        return scenario
    asked = replace(scenario, goal=replace(scenario.goal, max_waste=rng.choice(ceilings[:2])))
    return asked if len(require_solvable(asked)) == len(way) else scenario


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
