"""Which pods a ReplicaSet gives up first (Kubernetes: `ActivePodsWithRanks`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Phase
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World


_FEW_NODES = 16
"""So many can be looked at sooner than one finds those where there are pods."""


@inner
def is_active(pods: Rows, pod_row: int) -> bool:
    """Return whether a pod has not ended and is not being deleted."""
    pod = pods[pod_row]
    return bool(pod["deleting"] == 0 and pod["phase"] < Phase.SUCCEEDED)


@inner
def _age_ns(now_ms: int, since_ms: int) -> int:
    """Return an age in nanoseconds, 0 if there is none. The API keeps times in whole seconds."""
    return max(now_ms - since_ms // 1_000 * 1_000, 0) * 1_000_000


@inner
def has_lower_logarithm(age_ns: int, other_ns: int) -> bool:
    """Return whether the whole part of an age's binary logarithm is below that of another.

    That is so if its highest bit is lower. No age has a highest bit so near to the next one that a
    logarithm in floating-point numbers, as Kubernetes takes it, would be rounded up to that.
    """
    return age_ns < other_ns and age_ns < age_ns ^ other_ns


@inner
def precedes(world: World, first: int, second: int) -> bool:
    """Return whether the pod in row `first` is deleted before that in row `second`.

    Times within the same second are equal; ages of the same power of two are told apart by uid,
    and so are pods that nothing else tells apart.
    """
    a = world.pods[first]
    b = world.pods[second]
    if (a["node"] == NONE) != (b["node"] == NONE):
        return bool(a["node"] == NONE)
    if a["phase"] != b["phase"]:
        return bool(a["phase"] < b["phase"])
    if a["ready"] != b["ready"]:
        return bool(a["ready"] < b["ready"])
    if a["deletion_cost"] != b["deletion_cost"]:
        return bool(a["deletion_cost"] < b["deletion_cost"])
    if a["node"] != NONE and a["node"] != b["node"]:
        related_a = world.nodes[a["node"]]["num_related"]
        related_b = world.nodes[b["node"]]["num_related"]
        if related_a != related_b:
            return bool(related_a > related_b)
    now_ms = world.state[0]["now_ms"]
    if a["ready"] and a["ready_ms"] // 1_000 != b["ready_ms"] // 1_000:
        age_a = _age_ns(now_ms, a["ready_ms"])
        age_b = _age_ns(now_ms, b["ready_ms"])
        if has_lower_logarithm(age_a, age_b):
            return True
        if has_lower_logarithm(age_b, age_a):
            return False
        return bool(a["uid_order"] < b["uid_order"])
    if a["num_restarts"] != b["num_restarts"]:
        return bool(a["num_restarts"] > b["num_restarts"])
    if a["created_ms"] // 1_000 != b["created_ms"] // 1_000:
        age_a = _age_ns(now_ms, a["created_ms"])
        age_b = _age_ns(now_ms, b["created_ms"])
        if has_lower_logarithm(age_a, age_b):
            return True
        if has_lower_logarithm(age_b, age_a):
            return False
    return bool(a["uid_order"] < b["uid_order"])


@inner
def _reset_related(world: World, replicaset: int) -> None:
    """Set the count of each node to 0 on which a ReplicaSet has pods, or of all if they are few."""
    num_node_rows = world.state[0]["num_node_rows"]
    if num_node_rows <= _FEW_NODES:
        for node_row in range(num_node_rows):
            world.nodes[node_row]["num_related"] = 0
        return
    pod_row = world.workloads[replicaset]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["node"] != NONE:
            world.nodes[pod["node"]]["num_related"] = 0
        pod_row = pod["next_of_owner"]


@inner
def _add_related(world: World, replicaset: int) -> None:
    pod_row = world.workloads[replicaset]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if pod["node"] != NONE and is_active(world.pods, pod_row):
            world.nodes[pod["node"]]["num_related"] += 1
        pod_row = pod["next_of_owner"]


@inner
def _count_related(world: World, replicaset: int) -> None:
    """Count on each node the active pods of all ReplicaSets that have the same owner."""
    deployment = world.workloads[replicaset]["owner"]
    _reset_related(world, replicaset)
    if deployment == NONE:
        _add_related(world, replicaset)
        return
    child = world.workloads[deployment]["first_live"]
    while child != NONE and world.state[0]["num_node_rows"] > _FEW_NODES:
        _reset_related(world, child)
        child = world.workloads[child]["next_live"]
    child = world.workloads[deployment]["first_live"]
    while child != NONE:
        if world.workloads[child]["first_pod"] != NONE:
            _add_related(world, child)
        child = world.workloads[child]["next_live"]


@inner
def _sift(world: World, hole: int, size: int) -> None:
    """Let the pod at index `hole` of the ranked heap sink to its place."""
    pod_row = world.pods[hole]["ranked"]
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and precedes(
            world, world.pods[child + 1]["ranked"], world.pods[child]["ranked"]
        ):
            child += 1
        if not precedes(world, world.pods[child]["ranked"], pod_row):
            break
        world.pods[hole]["ranked"] = world.pods[child]["ranked"]
        hole = child
    world.pods[hole]["ranked"] = pod_row


@inner
def rank_victims(world: World, replicaset: int, number: int) -> int:
    """Put the `number` pods to delete first into the ranked list; return where they begin there.

    They stand in the column `ranked` of the pods at the indices from the returned one on, the last
    victim first. A ReplicaSet that loses all its pods keeps them in the order of its list.
    """
    size = 0
    pod_row = world.workloads[replicaset]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if is_active(world.pods, pod_row):
            world.pods[size]["ranked"] = pod_row
            size += 1
        pod_row = pod["next_of_owner"]
    if number >= size:
        return 0
    _count_related(world, replicaset)
    for hole in range(size // 2 - 1, -1, -1):
        _sift(world, hole, size)
    for left in range(number, 0, -1):
        size -= 1
        victim = world.pods[0]["ranked"]
        world.pods[0]["ranked"] = world.pods[size]["ranked"]
        world.pods[size]["ranked"] = victim
        if left > 1:
            _sift(world, 0, size)
    return size
