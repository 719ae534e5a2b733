"""Scenarios of `SimArena/Deployment-v0`, compiled once for all environments that play them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster.codes import Operation
from simarena.env.deployment.compiled_store import read_bank, write_bank
from simarena.env.deployment.spaces import Extremes
from simarena.env.deployment.start import compile_start, last_spec
from simarena.env.playing.bank import bank_of
from simarena.env.scenarios.suite import Suite
from simarena.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.records import Rows
    from simarena.env.deployment.start import Start
    from simarena.env.records.bank import Bank
    from simarena.env.scenarios.scenario import Scenario

_CACHED_BANKS = 8


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Scenarios with their compiled starts. Shared by environments; never changed."""

    scenarios: Sequence[Scenario]
    bank: Bank
    tasks: Rows
    """(num_scenarios,) of TASK"""
    extremes: Extremes

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a suite by its name: what is compiled of it is found again, or made."""
        if isinstance(self.scenarios, Suite):
            return compile_scenarios, (self.scenarios,)
        return Scenarios, (self.scenarios, self.bank, self.tasks, self.extremes)

    def tasks_with(self, max_steps: int | None, duration_s: int | None) -> Rows:
        """Return a copy of the tasks, with other lengths of episode and replay where given.

        Raises ScenarioError if a workload does not appear within the duration.
        """
        tasks = self.tasks.copy()
        if max_steps is not None:
            tasks["max_steps"] = max_steps
        if duration_s is not None:
            for row, scenario in enumerate(self.scenarios):
                task = tasks[row]
                task["duration_ms"] = 1_000 * duration_s
                timeline = self.bank.timeline[row, : self.bank.state[row, 0]["num_timeline"]]
                task["spec"] = last_spec(scenario, timeline, task["workload"], task["duration_ms"])
        return tasks

    def row(self, name: str) -> int | None:
        """Return the row of the scenario with this name, None if there is none."""
        for row, scenario in enumerate(self.scenarios):
            if scenario.name == name:
                return row
        return None


def compile_scenarios(scenarios: Sequence[Scenario]) -> Scenarios:
    """Return the scenarios compiled; kept for the next environment that plays the same ones.

    Raises ScenarioError if there are none, or one cannot be simulated.
    """
    if not scenarios:
        message = "there are no scenarios to play; give at least one"
        raise ScenarioError(message)
    if isinstance(scenarios, Suite):
        return _compile_suite(scenarios)
    return _compile(_ByIdentity(tuple(scenarios)))


@lru_cache(maxsize=_CACHED_BANKS)
def _compile_suite(suite: Suite) -> Scenarios:
    """Return a suite compiled, from disk where these sources have compiled it before."""
    stored = read_bank(suite.name)
    if stored is not None:
        return Scenarios(suite, *stored)
    compiled = _compiled(suite)
    write_bank(suite.name, compiled.bank, compiled.tasks, compiled.extremes)
    return compiled


class _ByIdentity:
    """Scenarios hold dicts and cannot be hashed; the same objects are the same scenarios."""

    def __init__(self, scenarios: tuple[Scenario, ...]) -> None:
        self.scenarios = scenarios
        self._ids = tuple(map(id, scenarios))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self._ids == other._ids

    def __hash__(self) -> int:
        return hash(self._ids)


@lru_cache(maxsize=_CACHED_BANKS)
def _compile(key: _ByIdentity) -> Scenarios:
    return _compiled(key.scenarios)


def _compiled(scenarios: Sequence[Scenario]) -> Scenarios:
    starts = [compile_start(scenario) for scenario in scenarios]
    bank = bank_of([start.world for start in starts])
    tasks = np.concatenate([start.task for start in starts])
    return Scenarios(scenarios, bank, tasks, _extremes(starts))


def _extremes(starts: list[Start]) -> Extremes:
    cpu_milli, memory_bytes, replicas = 0, 0, 0
    for world, task in starts:
        for row in world.timeline[: world.state[0]["num_timeline"]]:
            if (
                row["operation"] == Operation.APPLY_WORKLOAD
                and row["subject"] == task[0]["workload"]
            ):
                spec = world.specs[row["spec"]]
                template = world.templates[spec["template"]]
                cpu_milli = max(cpu_milli, int(template["first_cpu_milli"]))
                memory_bytes = max(memory_bytes, int(template["first_memory_bytes"]))
                replicas = max(replicas, int(spec["replicas"]))
    targets = [int(start.task[0]["target"]) for start in starts]
    return Extremes(cpu_milli, memory_bytes, replicas, min(targets), max(targets))
