"""The kubelet takes a pod on, starts its containers and finds them ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import (
    NONE,
    Containers,
    Event,
    Exit,
    Failure,
    LogKind,
    Phase,
    Reason,
    WorkloadKind,
)
from simarena.cluster.kernel.ground.events import (
    log_container,
    log_pod,
    schedule_event,
    schedule_pod_event,
    tell_owner,
)
from simarena.cluster.kernel.ground.random import draw_delay_ms
from simarena.cluster.kernel.pods.usage import out_of_memory_ms
from simarena.cluster.kernel.scheduler.filters import fit_reasons
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import World


@inner
def refusal(world: World, template_row: int, node_row: int) -> int:
    """Return why a node's kubelet refuses a pod that did not come from the scheduler (a Failure).

    Only the first resource that is short is named, as by the kubelet.
    """
    if world.settings[0]["real_kubelet"] == 0:
        return Failure.NONE
    template = world.templates[template_row]
    is_best_effort = (
        template["cpu_milli"] == template["overhead_cpu_milli"]
        and template["memory_bytes"] == template["overhead_memory_bytes"]
    )
    if (
        world.nodes[node_row]["memory_pressure"]
        and is_best_effort
        and template["tolerates_pressure"] == 0
    ):
        return Failure.PRESSURE
    reasons = fit_reasons(world, template_row, node_row)
    if reasons & (1 << Reason.TOO_MANY_PODS):
        return Failure.OUT_OF_PODS
    if reasons & (1 << Reason.INSUFFICIENT_CPU):
        return Failure.OUT_OF_CPU
    if reasons & (1 << Reason.INSUFFICIENT_MEMORY):
        return Failure.OUT_OF_MEMORY
    if reasons & (1 << Reason.INSUFFICIENT_EPHEMERAL_STORAGE):
        return Failure.OUT_OF_STORAGE
    return Failure.NONE


@inner
def accept_pod(world: World, pod_row: int) -> None:
    """Begin with a pod that was just bound: pull, create and start, which takes its time."""
    settings = world.settings[0]
    time_ms = (
        world.state[0]["now_ms"]
        + draw_delay_ms(world, settings["image_pull_ms"], settings["image_pull_jitter_ms"])
        + draw_delay_ms(world, settings["pod_startup_ms"], settings["pod_startup_jitter_ms"])
    )
    kind = Event.POD_READY
    if settings["real_kubelet"]:
        kind = Event.CONTAINERS_START
        pod = world.pods[pod_row]
        pod["container"] = NONE
        pod["containers"] = Containers.CREATING
        pod["failure"] = Failure.NONE
        pod["started_ms"] = NONE
        pod["all_started_ms"] = NONE
        pod["figure"] = 0
        pod["backoff_ms"] = 0
        pod["exit"] = Exit.NONE
    schedule_pod_event(world, time_ms, kind, pod_row)


@inner
def _end_ms(world: World, pod_row: int) -> int:
    """Return when a container that runs ends, out of memory or of itself; NONE: it does not."""
    template_row = world.pods[pod_row]["template"]
    age_ms = out_of_memory_ms(world, template_row)
    exit_ms = world.templates[template_row]["exit_ms"]
    if exit_ms != NONE and (age_ms == NONE or exit_ms < age_ms):
        age_ms = exit_ms
    if age_ms == NONE:
        return NONE
    return max(world.pods[pod_row]["started_ms"] + age_ms, world.state[0]["now_ms"])


@inner
def _watch_node(world: World, node_row: int) -> None:
    """Let the eviction manager look at a node's memory as long as there is reason to."""
    settings = world.settings[0]
    node = world.nodes[node_row]
    if settings["evicts"] and node["watched"] == 0:
        node["watched"] = 1
        every_ms = settings["eviction_check_ms"]
        time_ms = (world.state[0]["now_ms"] // every_ms + 1) * every_ms
        schedule_event(world, time_ms, Event.CHECK_PRESSURE, node_row)


@inner
def start_containers(world: World, pod_row: int) -> None:
    """Start the containers of a pod, or again the one that ended; then it must become ready.

    A restart raises the back-off that comes before the next one.
    """
    state = world.state[0]
    settings = world.settings[0]
    pod = world.pods[pod_row]
    template = world.templates[pod["template"]]
    if pod["containers"] != Containers.CREATING:
        pod["num_restarts"] += 1
        owner = pod["owner"]
        if owner != NONE and world.workloads[owner]["kind"] == WorkloadKind.JOB:
            tell_owner(world, owner)  # it counts restarts
        doubled = 2 * pod["backoff_ms"]
        pod["backoff_ms"] = min(doubled, settings["crash_backoff_max_ms"])
        if doubled == 0:
            pod["backoff_ms"] = settings["crash_backoff_ms"]
    pod["last_started_ms"] = pod["started_ms"]
    pod["started_ms"] = state["now_ms"]
    if pod["container"] == NONE:
        pod["all_started_ms"] = state["now_ms"]
    pod["containers"] = Containers.RUNNING
    pod["phase"] = Phase.RUNNING
    log_container(world, LogKind.CONTAINERS_STARTED, pod_row, pod["num_restarts"], pod["container"])
    if template["num_memory_usage"] > 0:
        _watch_node(world, pod["node"])
    ready_ms = state["now_ms"]
    if settings["probes"]:
        ready_ms += template["readiness_ms"]
    end_ms = _end_ms(world, pod_row)
    if template["readiness_ms"] == NONE:
        pod["ticket"] = NONE
        if end_ms != NONE:
            schedule_pod_event(world, end_ms, Event.CONTAINERS_END, pod_row)
    elif end_ms != NONE and end_ms <= ready_ms:
        schedule_pod_event(world, end_ms, Event.CONTAINERS_END, pod_row)
    elif ready_ms > state["now_ms"]:
        schedule_pod_event(world, ready_ms, Event.POD_READY, pod_row)
    else:
        mark_ready(world, pod_row)


@inner
def _await_end(world: World, pod_row: int) -> None:
    """Put the end of a pod that is Ready into the heap, or a container's if that comes first."""
    pod = world.pods[pod_row]
    end_ms = NONE
    kind = Event.CONTAINERS_END
    if world.settings[0]["real_kubelet"]:
        end_ms = _end_ms(world, pod_row)
    if pod["spec"] != NONE and world.specs[pod["spec"]]["run_ms"] != NONE:
        time_ms = pod["ready_ms"] + world.specs[pod["spec"]]["run_ms"]
        if end_ms == NONE or time_ms < end_ms:
            end_ms = time_ms
            kind = Event.POD_COMPLETED
    if end_ms != NONE:
        schedule_pod_event(world, end_ms, kind, pod_row)


@inner
def replan_pod(world: World, pod_row: int) -> None:
    """Reckon again when a running pod ends: its usage was changed. One not Ready yet goes on."""
    pod = world.pods[pod_row]
    if pod["ready"] and pod["deleting"] == 0 and world.settings[0]["real_kubelet"]:
        pod["ticket"] = NONE
        _await_end(world, pod_row)
        if world.templates[pod["template"]]["num_memory_usage"] > 0:
            _watch_node(world, pod["node"])


@inner
def mark_ready(world: World, pod_row: int) -> None:
    """The pod runs and is Ready."""
    state = world.state[0]
    pod = world.pods[pod_row]
    pod["phase"] = Phase.RUNNING
    pod["ready"] = 1
    pod["ready_ms"] = state["now_ms"]
    log_pod(world, LogKind.POD_READY, pod_row)
    owner = pod["owner"]
    if owner != NONE:
        world.workloads[owner]["num_ready"] += 1
        tell_owner(world, owner)
    _await_end(world, pod_row)


@inner
def mark_unready(world: World, pod_row: int) -> None:
    """A container of a pod that was Ready has ended, or its node has failed."""
    pod = world.pods[pod_row]
    pod["ready"] = 0
    pod["unready_ms"] = world.state[0]["now_ms"]
    pod["unready_by_node"] = 0
    log_pod(world, LogKind.POD_UNREADY, pod_row)
    owner = pod["owner"]
    if owner != NONE:
        world.workloads[owner]["num_ready"] -= 1
        tell_owner(world, owner)


@inner
def mark_ready_again(world: World, pod_row: int) -> None:
    """The node of a pod has come back, and the pod is as ready as it was; its age goes on."""
    pod = world.pods[pod_row]
    pod["unready_by_node"] = 0
    if pod["ready"] or pod["deleting"]:
        return
    pod["ready"] = 1
    log_pod(world, LogKind.POD_READY, pod_row)
    owner = pod["owner"]
    if owner != NONE:
        world.workloads[owner]["num_ready"] += 1
        tell_owner(world, owner)
