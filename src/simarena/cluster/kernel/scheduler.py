"""One cycle of kube-scheduler: take the next pod, find its node, or say why there is none."""

from __future__ import annotations

from simarena.cluster.codes import NONE, Event, LogKind, WorkloadKind
from simarena.cluster.kernel._jit import inner
from simarena.cluster.kernel.events import log_diagnosis, schedule_event
from simarena.cluster.kernel.placement import choose_node, diagnose
from simarena.cluster.kernel.pods import place_pod
from simarena.cluster.kernel.queues import pop_next_pod, push_unschedulable
from simarena.cluster.records import World


@inner
def _only_node(world: World, pod_row: int) -> int:
    """Return the one node that a pod may go to: a DaemonSet makes each pod for its node."""
    pod = world.pods[pod_row]
    owner = pod["owner"]
    if owner != NONE and world.workloads[owner]["kind"] == WorkloadKind.DAEMONSET:
        return pod["ordinal"]
    return NONE


@inner
def schedule_one(world: World) -> None:
    """Schedule the pod whose turn it is, and ask for another cycle while pods wait."""
    state = world.state[0]
    state["scheduler_awake"] = 0
    pod_row = pop_next_pod(world)
    if pod_row == NONE:
        return
    state["num_attempts"] += 1
    pod = world.pods[pod_row]
    state["only_node"] = _only_node(world, pod_row)
    node_row = choose_node(world, pod["template"])
    if node_row != NONE:
        place_pod(world, pod_row, node_row)
    else:
        pod["rejected_by"] = diagnose(world, pod["template"], pod_row)
        pod["num_attempts"] += 1
        pod["queued_ms"] = state["now_ms"]
        log_diagnosis(world, LogKind.POD_UNSCHEDULABLE, pod_row)
        push_unschedulable(world, pod_row)
    state["only_node"] = NONE
    if state["num_active"] + state["num_backoff"] > 0:
        state["scheduler_awake"] = 1
        time_ms = state["now_ms"] + world.settings[0]["scheduling_ms"]
        schedule_event(world, time_ms, Event.SCHEDULE, NONE)
