"""Compiled scenarios side by side, and the room in which environments play them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simarena.cluster import records
from simarena.cluster.codes import NUM_COUNTS, Operation, Plugin, Status
from simarena.cluster.rows.tables import Capacities, capacities_of, fit_rows, grown
from simarena.env.deployment.spaces import Extremes
from simarena.env.playing.bank_store import read_bank, write_bank
from simarena.env.playing.starts import compile_start, last_spec
from simarena.env.records.replaying import Bank, Batch
from simarena.env.scenarios.suite import Suite
from simarena.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simarena.cluster.records import Rows, World
    from simarena.env.playing.starts import Start
    from simarena.env.scenarios.scenario import Scenario

_EXTRA_WORKLOADS = 4  # ReplicaSets of rollouts, beyond one for each Deployment
_FIRST_PODS = 32
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


def bank_of(worlds: Sequence[World]) -> Bank:
    """Return the starts of scenarios side by side, all with as many rows as the largest needs."""
    capacities = _common_capacities(worlds)
    larger = [grown(world, capacities) for world in worlds]
    return Bank(*(np.stack([getattr(world, name) for world in larger]) for name in Bank._fields))


def _common_capacities(worlds: Sequence[World]) -> Capacities:
    sizes = [capacities_of(world) for world in worlds]
    return Capacities(
        **{
            field.name: max(getattr(size, field.name) for size in sizes)
            for field in fields(Capacities)
        }
    )


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


def new_batch(bank: Bank, num_envs: int) -> Batch:
    """Return room for so many environments; tables grow when one finds them full."""
    sizes: dict[str, tuple[tuple[int, ...], Any]] = {
        name: (table.shape[1:], table.dtype)
        for name, table in bank._asdict().items()
        if name in Batch._fields
    }
    num_nodes = bank.nodes.shape[1]
    num_workloads = 2 * bank.workloads.shape[1] + _EXTRA_WORKLOADS
    sizes |= {
        "workloads": ((num_workloads,), records.WORKLOAD),
        "pods": ((_FIRST_PODS,), records.POD),
        "ranked": ((_FIRST_PODS,), np.int32),
        "heap": ((4 * _FIRST_PODS,), records.ENTRY),
        "active": ((2 * _FIRST_PODS,), records.ENTRY),
        "backoff": ((2 * _FIRST_PODS,), records.ENTRY),
        "diagnoses": ((_FIRST_PODS + 1, NUM_COUNTS), np.int32),
        "log": ((0,), records.LOG),
        "log_counts": ((0, NUM_COUNTS), np.int32),
        "fits": ((fit_rows(num_nodes, bank.templates.shape[1]), num_nodes), records.FIT),
        "candidates": ((num_nodes,), records.CANDIDATE),
        "scores": ((num_nodes, len(Plugin)), np.int64),
        "costs": ((num_nodes,), records.COST),
    }
    tables: dict[str, Any] = {
        name: np.zeros((num_envs, *sizes[name][0]), sizes[name][1]) for name in Batch._fields
    }
    return Batch(**tables)


_GROWS = {
    Status.PODS_FULL: ("pods", "ranked", "diagnoses", "heap", "active", "backoff"),
    Status.WORKLOADS_FULL: ("workloads",),
    Status.EVENTS_FULL: ("heap",),
    Status.QUEUE_FULL: ("active", "backoff"),
}


def grown_batch(batch: Batch, status: Status) -> Batch:
    """Return a batch with twice the rows in the tables that `status` found full.

    Contents are kept.
    """
    grows = _GROWS[status]
    tables: list[Any] = [
        _doubled(table) if name in grows else table for name, table in batch._asdict().items()
    ]
    return Batch(*tables)


def _doubled(table: NDArray[Any]) -> NDArray[Any]:
    larger = np.zeros((table.shape[0], 2 * table.shape[1], *table.shape[2:]), table.dtype)
    larger[:, : table.shape[1]] = table
    return larger
