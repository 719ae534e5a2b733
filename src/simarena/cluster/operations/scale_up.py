"""The cluster autoscaler's way up: which group grows, and by how many nodes, for waiting pods."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simarena.cluster.codes import NONE, UNRESOLVABLE
from simarena.cluster.messages.control_plane import mask_reasons

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.cluster.node_settings import AutoscalerSettings, NodeGroup
    from simarena.cluster.operations.what_if import WhatIf
    from simarena.cluster.rows.catalogue import Catalogue

MAX_SIZE_REACHED = "max node group size reached"


@dataclass(frozen=True, slots=True)
class Option:
    """Nodes of one group that would help."""

    group: NodeGroup
    number: int
    pods: tuple[int, ...]
    """Rows of the pods that would fit there."""
    waste: float
    """Parts of the new nodes' CPU and memory that would stay idle, added up."""


@dataclass(slots=True)
class Plan:
    """What a look at the waiting pods came to."""

    best: Option | None = None
    unhelped: dict[int, str] = field(default_factory=dict)
    """Rows of the pods that no group can help, and why not."""


def waiting_pods(catalogue: Catalogue, settings: AutoscalerSettings) -> list[int]:
    """Return the rows of the pods that the scheduler found no node for, important ones first."""
    world = catalogue.world
    pods = world.pods[: int(world.state[0]["num_pods"])]
    latest_ms = int(world.state[0]["now_ms"]) - settings.new_pod_delay_ms
    waits = (
        (pods["present"] == 1)
        & (pods["deleting"] == 0)
        & (pods["node"] == NONE)
        & (pods["num_attempts"] > 0)
        & (pods["nominated_node"] == NONE)
        & (pods["priority"] >= settings.expendable_priority)
        & (pods["created_ms"] <= latest_ms)
    )
    rows = np.flatnonzero(waits)
    order = np.lexsort((pods["uid"][rows], -pods["priority"][rows].astype(np.int64)))
    return [int(row) for row in rows[order]]


def plan_scale_up(
    ahead: WhatIf,
    pod_rows: Sequence[int],
    settings: AutoscalerSettings,
    sizes: Mapping[str, int],
    next_numbers: Mapping[str, int],
) -> Plan:
    """Return which group should grow for the pods that fit nowhere `ahead`, nodes to come included.

    `sizes` and `next_numbers` are those of the groups, by name. Pods that fit are placed in it.
    """
    left = [row for row in pod_rows if not ahead.settle_somewhere(row)]
    if not left:
        return Plan()
    plan = Plan()
    room = None
    if settings.max_nodes_total:
        room = settings.max_nodes_total - len(ahead.catalogue.node_rows)
    reasons: dict[int, Counter[str]] = {row: Counter() for row in left}
    for group in settings.groups:
        most = group.max_size - sizes[group.name]
        if room is not None:
            most = min(most, room)
        if most <= 0:
            for row in left:
                reasons[row][MAX_SIZE_REACHED] += 1
            continue
        option = _estimate(ahead, left, group, most, next_numbers[group.name], reasons)
        if option is not None and (plan.best is None or _is_better(option, plan.best, settings)):
            plan.best = option
    for row in left:
        if reasons[row] and (plan.best is None or row not in plan.best.pods):
            parts = sorted(f"{number} {reason}" for reason, number in reasons[row].items())
            plan.unhelped[row] = ", ".join(parts)
    return plan


def _estimate(
    ahead: WhatIf,
    pod_rows: Sequence[int],
    group: NodeGroup,
    most: int,
    next_number: int,
    reasons: Mapping[int, Counter[str]],
) -> Option | None:
    """Pack pods, the largest first, on as many new nodes as they need, on the first that fits."""
    trial = ahead.copied()
    new_rows = [trial.add_node(group.node(next_number))]
    used = {new_rows[0]: 0}
    helped: list[int] = []
    for row in sorted(pod_rows, key=lambda row: -_size(trial, row, new_rows[0])):
        fits = set(trial.nodes_for(row)) & set(new_rows)
        if not fits and used[new_rows[-1]] == 0:
            mask = trial.reasons(new_rows[-1]) & ~UNRESOLVABLE
            reasons[row].update(mask_reasons(mask, tuple(trial.catalogue.extended)))
            continue
        if not fits:
            if len(new_rows) >= most:
                continue
            new_rows.append(trial.add_node(group.node(next_number + len(new_rows))))
            used[new_rows[-1]] = 0
            fits = set(trial.nodes_for(row)) & set(new_rows)
            if not fits:
                continue
        chosen = min(fits)
        trial.place(row, chosen)
        used[chosen] += 1
        helped.append(row)
    if not helped:
        return None
    nodes = trial.catalogue.world.nodes[[row for row in new_rows if used[row]]]
    waste = sum(
        1.0 - float(nodes[f"{name}_requested_{unit}"].sum()) / float(nodes[f"{name}_{unit}"].sum())
        for name, unit in (("cpu", "milli"), ("memory", "bytes"))
    )
    return Option(group, len(nodes), tuple(helped), waste)


def _size(trial: WhatIf, pod_row: int, node_row: int) -> float:
    """Return how much of a node a pod asks for: its parts of CPU and memory added up."""
    world = trial.catalogue.world
    template = world.templates[world.pods[pod_row]["template"]]
    node = world.nodes[node_row]
    cpu = float(template["cpu_milli"]) / float(max(1, node["cpu_milli"]))
    return cpu + float(template["memory_bytes"]) / float(max(1, node["memory_bytes"]))


def _is_better(option: Option, best: Option, settings: AutoscalerSettings) -> bool:
    if settings.expander == "least-waste":
        return option.waste < best.waste
    if settings.expander == "most-pods":
        return len(option.pods) > len(best.pods)
    return False
