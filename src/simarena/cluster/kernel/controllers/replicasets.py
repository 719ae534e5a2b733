"""The ReplicaSets of one Deployment: found, created, scaled, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import NONE, LogKind, WorkloadKind
from simarena.cluster.kernel.controllers.workload_rows import (
    create_child,
    join_live,
    release_workload,
    unlink_child,
)
from simarena.cluster.kernel.ground.events import log, wake_replicaset
from simarena.cluster.kernel.pods.life import delete_pod
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def surge(world: World, deployment: int) -> int:
    """Return how many pods over the wanted ones a rollout may make; a percentage rounds up."""
    workload = world.workloads[deployment]
    spec = world.specs[workload["spec"]]
    if spec["recreate"]:
        return 0
    if spec["surge_is_percent"]:
        return (int(spec["max_surge"]) * int(workload["replicas"]) + 99) // 100
    return int(spec["max_surge"])


@inner
def unavailable(world: World, deployment: int) -> int:
    """Return how many pods may be unavailable; a percentage rounds down.

    Without this and without surge no rollout could go on, so it is 1 then.
    """
    workload = world.workloads[deployment]
    spec = world.specs[workload["spec"]]
    replicas = int(workload["replicas"])
    if spec["recreate"] or replicas == 0:
        return 0
    number = int(spec["max_unavailable"])
    if spec["unavailable_is_percent"]:
        number = number * replicas // 100
    if number == 0 and surge(world, deployment) == 0:
        number = 1
    return int(min(number, replicas))


@inner
def renew_revision(world: World, deployment: int, newest: int) -> None:
    """Give the ReplicaSet of the Deployment's template the highest revision number.

    So a rollback, which finds an old ReplicaSet again, counts as a new revision. The Deployment's
    is that of the ReplicaSet to which this gave one last, and no other's is as high.
    """
    revision = world.workloads[deployment]["revision"]
    if revision > 0 and world.workloads[newest]["revision"] == revision:
        return
    highest = 0
    child = world.workloads[deployment]["first_child"]
    while child != NONE:
        if child != newest:
            highest = max(highest, world.workloads[child]["revision"])
        child = world.workloads[child]["next_sibling"]
    workload = world.workloads[newest]
    workload["revision"] = max(workload["revision"], highest + 1)
    world.workloads[deployment]["revision"] = workload["revision"]


@inner
def create_replicaset(world: World, deployment: int, replicas: int) -> int:
    """Create the ReplicaSet of the Deployment's template; return its row.

    The caller has checked `has_workload_room`, and room for one event.
    """
    parent = world.workloads[deployment]
    row = create_child(world, deployment, WorkloadKind.REPLICASET)
    workload = world.workloads[row]
    workload["template"] = parent["template"]
    workload["min_ready_ms"] = parent["min_ready_ms"]
    renew_revision(world, deployment, row)
    scale_replicaset(world, row, replicas)
    return row


@inner
def scale_replicaset(world: World, row: int, replicas: int) -> bool:
    """Let a ReplicaSet want `replicas` pods and note its Deployment's size; say if that changes."""
    workload = world.workloads[row]
    deployment = workload["owner"]
    parent = world.workloads[deployment]
    wanted = parent["replicas"]
    former = workload["replicas"]
    if former > 0:
        parent["num_active"] -= 1
        if workload["desired"] != wanted:
            parent["num_behind"] -= 1
    if replicas > 0:
        parent["num_active"] += 1
        join_live(world, row)
    parent["sum_replicas"] += replicas - former
    workload["desired"] = wanted
    workload["max_replicas"] = wanted + surge(world, deployment)
    if former == replicas:
        return False
    workload["replicas"] = replicas
    template = workload["template"]
    log(world, LogKind.WORKLOAD_SCALED, row, deployment, template, NONE, replicas, former)
    wake_replicaset(world, row)
    return True


@inner
def delete_replicaset(world: World, row: int) -> None:
    """Delete a ReplicaSet that has no active pods, and take it out of its Deployment's list."""
    workload = world.workloads[row]
    unlink_child(world, row)
    workload["present"] = 0
    pod_row = workload["first_pod"]
    while pod_row != NONE:  # finished ones go with their owner
        next_row = world.pods[pod_row]["next_of_owner"]
        delete_pod(world, pod_row)
        pod_row = next_row
    owner, template = workload["owner"], workload["template"]
    log(world, LogKind.WORKLOAD_DELETED, row, owner, template, NONE, 0, workload["replicas"])
    release_workload(world, row)


@inner
def num_beyond_history(world: World, deployment: int, newest: int) -> int:
    """Return by how many the old ReplicaSets exceed the limit; negative: there may be more."""
    workload = world.workloads[deployment]
    num_old = int(workload["num_children"])
    if newest != NONE:
        num_old -= 1
    return num_old - int(world.specs[workload["spec"]]["revision_history_limit"])


@inner
def clean_history(world: World, deployment: int, newest: int) -> None:
    """Delete the ReplicaSets of the oldest revisions beyond the limit, where they have no pods.

    Those that still have pods count towards what is to be deleted, but stay.
    """
    revision = -1
    for _ in range(num_beyond_history(world, deployment, newest)):
        oldest = NONE
        child = world.workloads[deployment]["first_child"]
        while child != NONE:
            workload = world.workloads[child]
            if (
                child != newest
                and workload["revision"] > revision
                and (oldest == NONE or workload["revision"] < world.workloads[oldest]["revision"])
            ):
                oldest = child
            child = workload["next_sibling"]
        if oldest == NONE:
            break
        revision = world.workloads[oldest]["revision"]
        if world.workloads[oldest]["replicas"] == 0 and world.workloads[oldest]["num_pods"] == 0:
            delete_replicaset(world, oldest)
