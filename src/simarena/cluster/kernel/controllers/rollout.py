"""How a Deployment moves its pods to a new template, or to another number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE
from simarena.cluster.kernel.controllers.replicaset_sums import is_complete
from simarena.cluster.kernel.controllers.replicasets import (
    clean_history,
    create_replicaset,
    scale_replicaset,
    surge,
    unavailable,
)
from simarena.cluster.kernel.controllers.workload_rows import last_child
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def _new_size(world: World, deployment: int, current: int) -> int:
    """Return how many pods the newest ReplicaSet, which wants `current`, may want now."""
    wanted = int(world.workloads[deployment]["replicas"])
    room = wanted + surge(world, deployment) - int(world.workloads[deployment]["sum_replicas"])
    if room <= 0:
        return current
    return current + min(room, wanted - current)


@inner
def _scale_new(world: World, deployment: int, newest: int) -> bool:
    """Scale the newest ReplicaSet as far as the surge allows; say whether that changes it."""
    wanted = world.workloads[deployment]["replicas"]
    current = world.workloads[newest]["replicas"]
    if current == wanted:
        return False
    size = wanted
    if current < wanted:
        size = _new_size(world, deployment, current)
    if size == current:
        return False
    return scale_replicaset(world, newest, size)


@inner
def _clean_unhealthy(world: World, deployment: int, newest: int, limit: int) -> int:
    """Give up at most `limit` old pods that are not available; return how many.

    NONE when an old ReplicaSet still has pods that it has to delete: the real controller then
    stops too and waits.
    """
    number = 0
    child = world.workloads[deployment]["first_live"]
    while child != NONE and number < limit:
        workload = world.workloads[child]
        if child != newest and workload["replicas"] > 0:
            unhealthy = workload["replicas"] - workload["reported_available"]
            if unhealthy < 0:
                return NONE
            if unhealthy > 0:
                down = min(limit - number, unhealthy)
                scale_replicaset(world, child, workload["replicas"] - down)
                number += down
        child = workload["next_live"]
    return number


@inner
def _scale_old(world: World, deployment: int, newest: int) -> bool:
    """Scale old ReplicaSets down as far as availability allows; say whether any changes."""
    min_available = world.workloads[deployment]["replicas"] - unavailable(world, deployment)
    total = int(world.workloads[deployment]["sum_replicas"])
    newest_replicas = world.workloads[newest]["replicas"]
    if total == newest_replicas:
        return False
    limit = (
        total - min_available - (newest_replicas - world.workloads[newest]["reported_available"])
    )
    if limit <= 0:
        return False
    cleaned = _clean_unhealthy(world, deployment, newest, limit)
    if cleaned == NONE:
        return False
    spare = world.workloads[deployment]["reported_available"] - min_available
    child = world.workloads[deployment]["first_live"]
    number = 0
    while child != NONE and number < spare:
        workload = world.workloads[child]
        if child != newest and workload["replicas"] > 0:
            down = min(workload["replicas"], spare - number)
            scale_replicaset(world, child, workload["replicas"] - down)
            number += down
        child = workload["next_live"]
    return cleaned + number > 0


@inner
def roll(world: World, deployment: int, newest: int) -> bool:
    """Take the next step of a rolling update; say whether anything changed.

    `newest` is NONE if the template has no ReplicaSet yet; the caller has checked for room.
    """
    created = newest == NONE
    if created:
        newest = create_replicaset(world, deployment, _new_size(world, deployment, 0))
    if _scale_new(world, deployment, newest):
        return True
    if _scale_old(world, deployment, newest):
        return True
    if is_complete(world, deployment, newest):
        clean_history(world, deployment, newest)
    return created


@inner
def recreate(world: World, deployment: int, newest: int) -> bool:
    """Take the next step of strategy Recreate; say whether anything changed.

    New pods come when the last old one is gone, not merely being deleted.
    """
    scaled = False
    num_pods = 0
    child = world.workloads[deployment]["first_live"]
    while child != NONE:
        workload = world.workloads[child]
        if child != newest:
            num_pods += workload["num_pods"] + workload["num_terminating"]
            if workload["replicas"] > 0:
                scaled = True
                scale_replicaset(world, child, 0)
        child = workload["next_live"]
    if scaled or num_pods > 0:
        return scaled
    wanted = world.workloads[deployment]["replicas"]
    if newest == NONE:
        create_replicaset(world, deployment, wanted)
        return True
    if world.workloads[newest]["replicas"] != wanted:
        return scale_replicaset(world, newest, wanted)
    if is_complete(world, deployment, newest):
        clean_history(world, deployment, newest)
    return False


@inner
def _share(world: World, deployment: int, row: int, left: int) -> int:
    """Return by how many pods a ReplicaSet grows (or shrinks) when `left` are to be shared out."""
    workload = world.workloads[row]
    replicas = int(workload["replicas"])
    wanted = int(world.workloads[deployment]["replicas"])
    share = -replicas
    if wanted > 0:
        size = replicas * (wanted + surge(world, deployment))
        before = max(1, int(workload["max_replicas"]))
        share = (2 * size + before) // (2 * before) - replicas
    if left > 0:
        return min(share, left)
    return max(share, left)


@inner
def _next_by_size(world: World, deployment: int, previous: int, newer_first: int) -> int:
    """Return the ReplicaSet that comes after `previous` (NONE: the first) in order of size.

    The largest comes first; of equal ones the newer (`newer_first` 1) or the older (0).
    Those that want no pods are left out. The list runs from old to new.
    """
    best = NONE
    passed = previous == NONE
    child = world.workloads[deployment]["first_live"]
    while child != NONE:
        size = world.workloads[child]["replicas"]
        follows = True
        if previous != NONE:
            limit = world.workloads[previous]["replicas"]
            follows = size < limit or (
                size == limit and child != previous and passed != (newer_first == 1)
            )
        if size > 0 and follows:
            if best == NONE or size > world.workloads[best]["replicas"]:
                best = child
            elif newer_first == 1 and size == world.workloads[best]["replicas"]:
                best = child
        if child == previous:
            passed = True
        child = world.workloads[child]["next_live"]
    return best


@inner
def _scale_in_proportion(world: World, deployment: int) -> bool:
    """Share a change of the wanted number out over the ReplicaSets, by size; say if any changes."""
    wanted = world.workloads[deployment]["replicas"]
    allowed = 0
    if wanted > 0:
        allowed = wanted + surge(world, deployment)
    to_add = allowed - int(world.workloads[deployment]["sum_replicas"])
    left = to_add
    newer_first = int(to_add > 0)
    first = _next_by_size(world, deployment, NONE, newer_first)
    child = first
    while child != NONE:
        workload = world.workloads[child]
        share = 0
        if left != 0:
            share = _share(world, deployment, child, left)
        workload["scaled_to"] = workload["replicas"] + share
        left -= share
        child = _next_by_size(world, deployment, child, newer_first)
    if first != NONE:
        world.workloads[first]["scaled_to"] = max(0, world.workloads[first]["scaled_to"] + left)
    changed = False
    child = world.workloads[deployment]["first_live"]
    while child != NONE:
        workload = world.workloads[child]
        if workload["replicas"] > 0 and scale_replicaset(world, child, workload["scaled_to"]):
            changed = True
        child = workload["next_live"]
    return changed


@inner
def scale(world: World, deployment: int, newest: int) -> bool:
    """Bring the ReplicaSets to a changed number of pods; say whether any changes.

    One that alone wants pods (or, if none does, the newest) takes all of the change. Where it
    already has the wanted size Kubernetes 1.36 leaves its note of the former size, and the rollout
    waits for the next change (kubernetes/kubernetes#138036); so does this.
    """
    wanted = world.workloads[deployment]["replicas"]
    num_active = 0
    only = newest if newest != NONE else last_child(world, deployment)
    child = world.workloads[deployment]["first_live"]
    while child != NONE:
        if world.workloads[child]["replicas"] > 0:
            num_active += 1
            only = child
        child = world.workloads[child]["next_live"]
    if only == NONE:
        return False
    if num_active <= 1:
        if world.workloads[only]["replicas"] == wanted:
            return False
        return scale_replicaset(world, only, wanted)
    if (
        newest != NONE
        and world.workloads[newest]["replicas"] == wanted
        and world.workloads[newest]["desired"] == wanted
        and world.workloads[newest]["reported_available"] == wanted
    ):
        changed = False
        child = world.workloads[deployment]["first_live"]
        while child != NONE:
            is_active = world.workloads[child]["replicas"] > 0
            if child != newest and is_active and scale_replicaset(world, child, 0):
                changed = True
            child = world.workloads[child]["next_live"]
        return changed
    if world.specs[world.workloads[deployment]["spec"]]["recreate"]:
        return False
    return _scale_in_proportion(world, deployment)
