"""What there is to draw of a cluster: its nodes, and what state their pods are in."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from simarena.cluster.codes import NONE, Containers, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from simarena.env.records.bank import Batch
    from simarena.env.scenarios.scenario import Manifest


class PodState(IntEnum):
    """What a picture tells of a pod."""

    READY = 0
    STARTING = 1
    """It has a node, and is not ready yet."""
    CRASHED = 2
    """A container has ended, and waits to be started again."""
    FAILED = 3
    """It was evicted, or failed otherwise."""
    TERMINATING = 4
    WAITING = 5
    """It has no node."""


class DrawnPod(NamedTuple):
    """A pod."""

    state: PodState
    is_ours: bool
    """Of a workload that the agent looks after."""


class DrawnNode(NamedTuple):
    """A node, and the pods on it in the order in which they were made."""

    name: str
    cpu_milli: int
    memory_bytes: int
    cpu_requested_milli: int
    memory_requested_bytes: int
    pods: tuple[DrawnPod, ...]


class Scene(NamedTuple):
    """All of a cluster that is drawn."""

    nodes: tuple[DrawnNode, ...]
    waiting: tuple[DrawnPod, ...]


def scene_of(tables: Batch, nodes: Sequence[Manifest], ours: frozenset[int]) -> Scene:
    """Return what is in a cluster, given its tables (1, ...), Node manifests and own workloads."""
    on_nodes: dict[int, list[DrawnPod]] = {}
    pods = tables.pods[0]
    present = sorted(pods[pods["present"] != 0], key=lambda pod: int(pod["uid"]))
    for pod in present:
        if pod["phase"] != Phase.SUCCEEDED:
            drawn = DrawnPod(_state(pod), _is_ours(pod, tables.workloads[0], ours))
            on_nodes.setdefault(int(pod["node"]), []).append(drawn)
    rows = range(int(tables.state[0, 0]["num_node_rows"]))
    return Scene(
        tuple(
            _node(tables.nodes[0, row], _name(nodes, row), tuple(on_nodes.get(row, ())))
            for row in rows
            if tables.nodes[0, row]["exists"]
        ),
        tuple(on_nodes.get(NONE, ())),
    )


def _node(node: np.void, name: str, pods: tuple[DrawnPod, ...]) -> DrawnNode:
    return DrawnNode(
        name,
        int(node["cpu_milli"]),
        int(node["memory_bytes"]),
        int(node["cpu_requested_milli"]),
        int(node["memory_requested_bytes"]),
        pods,
    )


def _name(nodes: Sequence[Manifest], row: int) -> str:
    """Return a node's name; those that a cluster made for itself are numbered."""
    return str(nodes[row]["metadata"]["name"]) if row < len(nodes) else f"node {row + 1}"


def _state(pod: np.void) -> PodState:
    if pod["phase"] == Phase.FAILED:
        return PodState.FAILED
    if pod["node"] == NONE:
        return PodState.WAITING
    if pod["deleting"]:
        return PodState.TERMINATING
    if pod["containers"] in {Containers.ENDED, Containers.BACKOFF}:
        return PodState.CRASHED
    return PodState.READY if pod["ready"] else PodState.STARTING


def _is_ours(
    pod: np.void, workloads: np.ndarray[tuple[int], np.dtype[np.void]], ours: frozenset[int]
) -> bool:
    owner = int(pod["owner"])
    return owner != NONE and (owner in ours or int(workloads[owner]["owner"]) in ours)
