"""Pods that a user creates by name, without a controller."""

from __future__ import annotations

from simarena.cluster.codes import NONE, Queue, Status
from simarena.cluster.kernel.ground.events import has_event_room
from simarena.cluster.kernel.pods.life import create_pod, delete_pod, has_pod_room
from simarena.cluster.kernel.pods.queues import push_active
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def create_bare_pod(world: World, bare_row: int, spec_row: int) -> int:
    """Create the pod of a row of bare pods; return a Status. One that exists stays as it is."""
    if world.bare[bare_row]["pod"] != NONE:
        return Status.OK
    if not has_pod_room(world, 1):
        return Status.PODS_FULL
    create_pod(world, NONE, world.specs[spec_row]["template"], spec_row, bare_row, NONE)
    return Status.OK


@inner
def clone_bare_pod(world: World, bare_row: int) -> int:
    """Create the clone of a pod that was deleted while it ran; return a Status."""
    if not has_pod_room(world, 1):
        return Status.PODS_FULL
    bare = world.bare[bare_row]
    template = world.specs[bare["spec"]]["template"]
    create_pod(world, NONE, template, bare["spec"], bare_row, bare["clone"])
    return Status.OK


@inner
def delete_pod_row(world: World, pod_row: int) -> int:
    """Delete a pod; return a Status."""
    if not has_event_room(world, 4):
        return Status.EVENTS_FULL
    delete_pod(world, pod_row)
    return Status.OK


@inner
def release_pod(world: World, pod_row: int) -> int:
    """Queue a pod whose scheduling gates are gone; return a Status."""
    if not has_event_room(world, 2):
        return Status.EVENTS_FULL
    pod = world.pods[pod_row]
    if pod["queue"] == Queue.GATED:
        pod["queued_ms"] = world.state[0]["now_ms"]
        push_active(world, pod_row)
    return Status.OK


@inner
def delete_bare_pod(world: World, bare_row: int) -> int:
    """Delete the pod of a row of bare pods; return a Status. One that is gone is no fault."""
    pod_row = world.bare[bare_row]["pod"]
    if pod_row == NONE:
        return Status.OK
    return delete_pod_row(world, pod_row)
