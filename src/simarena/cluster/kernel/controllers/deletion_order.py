"""Which pods go first: those a ReplicaSet gives up, and those that the garbage collector takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, Failure, Phase, WorkloadKind
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World

BY_RANK = 0
"""The order in which a ReplicaSet gives up pods (Kubernetes: `ActivePodsWithRanks`)."""
BY_END = 1
"""The order in which the garbage collector takes pods that have ended."""
BY_YOUTH = 2
"""The order in which a Job gives up pods (Kubernetes: `ActivePods`)."""
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
    """Count on each node the active pods of all ReplicaSets that have the same owner.

    Of one without an owner none is counted, not even its own.
    """
    deployment = world.workloads[replicaset]["owner"]
    _reset_related(world, replicaset)
    if deployment == NONE:
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
def _goes_first(world: World, first: int, second: int) -> bool:
    """Return whether the garbage collector takes a pod before another: evicted ones, then older."""
    a = world.pods[first]
    b = world.pods[second]
    evicted_a = a["phase"] == Phase.FAILED and a["failure"] == Failure.EVICTED
    evicted_b = b["phase"] == Phase.FAILED and b["failure"] == Failure.EVICTED
    if evicted_a != evicted_b:
        return bool(evicted_a)
    if a["created_ms"] != b["created_ms"]:
        return bool(a["created_ms"] < b["created_ms"])
    return bool(a["uid"] < b["uid"])


@inner
def _is_younger(world: World, first: int, second: int) -> bool:
    """Return whether a Job gives a pod up before another: by progress, then the younger one.

    Times are whole seconds; what they do not tell apart Kubernetes leaves to chance.
    """
    a = world.pods[first]
    b = world.pods[second]
    if (a["node"] == NONE) != (b["node"] == NONE):
        return bool(a["node"] == NONE)
    if a["phase"] != b["phase"]:
        return bool(a["phase"] < b["phase"])
    if a["ready"] != b["ready"]:
        return bool(a["ready"] < b["ready"])
    if a["ready"] and a["ready_ms"] // 1_000 != b["ready_ms"] // 1_000:
        return bool(a["ready_ms"] > b["ready_ms"])
    if a["num_restarts"] != b["num_restarts"]:
        return bool(a["num_restarts"] > b["num_restarts"])
    if a["created_ms"] // 1_000 != b["created_ms"] // 1_000:
        return bool(a["created_ms"] > b["created_ms"])
    return bool(a["uid_order"] < b["uid_order"])


@inner
def _is_before(world: World, order: int, first: int, second: int) -> bool:
    if order == BY_RANK:
        return precedes(world, first, second)
    if order == BY_YOUTH:
        return _is_younger(world, first, second)
    return _goes_first(world, first, second)


@inner
def _sift(world: World, order: int, hole: int, size: int) -> None:
    """Let the pod at index `hole` of the ranked heap sink to its place."""
    pod_row = world.ranked[hole]
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and _is_before(
            world, order, world.ranked[child + 1], world.ranked[child]
        ):
            child += 1
        if not _is_before(world, order, world.ranked[child], pod_row):
            break
        world.ranked[hole] = world.ranked[child]
        hole = child
    world.ranked[hole] = pod_row


@inner
def choose_first(world: World, order: int, size: int, number: int) -> int:
    """Bring those `number` of the first `size` ranked pods together that go first in an order.

    Return where they begin in the list; the last to go is the first there.
    """
    for hole in range(size // 2 - 1, -1, -1):
        _sift(world, order, hole, size)
    for left in range(number, 0, -1):
        size -= 1
        chosen = world.ranked[0]
        world.ranked[0] = world.ranked[size]
        world.ranked[size] = chosen
        if left > 1:
            _sift(world, order, 0, size)
    return size


@inner
def rank_victims(world: World, replicaset: int, number: int) -> int:
    """Put the `number` pods to delete first into the ranked list; return where they begin there.

    They stand at the indices from the returned one on, the last victim first. A ReplicaSet, or a
    Job, that loses all its pods keeps them in the order of its list.
    """
    size = 0
    pod_row = world.workloads[replicaset]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        if is_active(world.pods, pod_row):
            world.ranked[size] = pod_row
            size += 1
        pod_row = pod["next_of_owner"]
    if number >= size:
        return 0
    if world.workloads[replicaset]["kind"] == WorkloadKind.JOB:
        return choose_first(world, BY_YOUTH, size, number)
    _count_related(world, replicaset)
    return choose_first(world, BY_RANK, size, number)
