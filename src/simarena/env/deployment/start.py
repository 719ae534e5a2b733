"""The start of a scenario of `SimArena/Deployment-v0`: its cluster, and what is asked of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simarena.cluster.codes import NONE, Operation
from simarena.cluster.manifests.pods.usage import CPU_ANNOTATION, MEMORY_ANNOTATION
from simarena.cluster.replay.driver import virtual_namespace
from simarena.env.playing.start import compile_cluster
from simarena.env.records.deployment import TASK
from simarena.errors import ScenarioError

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World
    from simarena.cluster.rows.catalogue import Catalogue
    from simarena.env.scenarios.scenario import Scenario


class Start(NamedTuple):
    """A compiled scenario."""

    world: World
    """No pods, no events: what happens is all in its timeline."""

    task: Rows
    """(1,) of TASK"""


def compile_start(scenario: Scenario) -> Start:
    """Return a scenario's compiled start; ScenarioError if its objects cannot be simulated."""
    catalogue = compile_cluster(scenario)
    return Start(catalogue.world, _task(scenario, catalogue))


def last_spec(scenario: Scenario, timeline: Rows, workload: int, duration_ms: int) -> int:
    """Return the spec that the last event within the duration applies to the workload.

    Raises ScenarioError if there is no such event.
    """
    applied = _applications(timeline, workload)
    in_time = [row for row in applied if row["time_ms"] <= duration_ms]
    if not in_time:
        message = (
            f"scenario {scenario.name!r}: {scenario.deploy} first appears after "
            f"{applied[0]['time_ms'] // 1_000} s; set duration_s to more than that"
        )
        raise ScenarioError(message)
    return int(in_time[-1]["spec"])


def _applications(timeline: Rows, workload: int) -> list[np.void]:
    return [
        row
        for row in timeline
        if row["operation"] == Operation.APPLY_WORKLOAD and row["subject"] == workload
    ]


def _task(scenario: Scenario, catalogue: Catalogue) -> Rows:
    ref = scenario.workload
    kind = ref.kind.rpartition(".")[2]
    workload = catalogue.workload_rows[kind, virtual_namespace(ref.namespace), ref.name]
    timeline = catalogue.world.timeline[: catalogue.world.state[0]["num_timeline"]]
    _check_editable(scenario, catalogue, _applications(timeline, workload))
    _note_kin(catalogue, _applications(timeline, workload))
    task = np.zeros(1, TASK)
    task[0]["duration_ms"] = 1_000 * scenario.duration_s
    task[0]["workload"] = workload
    task[0]["spec"] = last_spec(scenario, timeline, workload, 1_000 * scenario.duration_s)
    task[0]["target"] = scenario.target
    task[0]["max_steps"] = scenario.max_steps
    goal = scenario.goal
    task[0]["max_waste"] = 0.0 if goal.max_waste is None else goal.max_waste
    task[0]["max_failures"] = NONE if goal.max_failures is None else goal.max_failures
    task[0]["harmless"] = goal.harmless
    if goal.max_waste is not None:
        _check_measured(scenario, catalogue.world, _applications(timeline, workload))
    return task


def _note_kin(catalogue: Catalogue, applied: list[np.void]) -> None:
    """Write down which of the workload's templates actions may make alike."""
    world = catalogue.world
    kin: dict[str, int] = {}
    for row in applied:
        template_row = world.specs[row["spec"]]["template"]
        alike = _without_amounts(catalogue.templates[template_row].pod)
        world.templates[template_row]["kin"] = kin.setdefault(alike, len(kin) + 1)


def _without_amounts(pod: dict[str, Any]) -> str:
    """Return a pod template in words, without what actions change in it."""
    first, *others = pod["spec"]["containers"]
    resources = {
        part: {name: each for name, each in amounts.items() if name not in {"cpu", "memory"}}
        for part, amounts in (first.get("resources") or {}).items()
        if isinstance(amounts, dict)
    }
    first = {**first, "resources": {part: kept for part, kept in resources.items() if kept}}
    return json.dumps({**pod, "spec": {**pod["spec"], "containers": [first, *others]}})


def _check_measured(scenario: Scenario, world: World, applied: list[np.void]) -> None:
    """Refuse a ceiling on waste where nothing says what is used."""
    for row in applied:
        template = world.templates[world.specs[row["spec"]]["template"]]
        if not (template["num_cpu_usage"] and template["num_memory_usage"]):
            message = (
                f"scenario {scenario.name!r}: goal.max_waste needs to know what {scenario.deploy} "
                f"uses; annotate its pods with {CPU_ANNOTATION} and {MEMORY_ANNOTATION}"
            )
            raise ScenarioError(message)


def _check_editable(scenario: Scenario, catalogue: Catalogue, applied: list[np.void]) -> None:
    """Refuse a workload whose requests do not follow from its containers' alone."""
    for row in applied:
        template = catalogue.templates[catalogue.world.specs[row["spec"]]["template"]]
        if template.pod["spec"].get("resources"):
            message = (
                f"scenario {scenario.name!r}: {scenario.deploy} sets spec.resources for the whole "
                "pod; actions change a container's requests, so take that field out of the trace"
            )
            raise ScenarioError(message)
