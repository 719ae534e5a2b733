"""One cycle of kube-scheduler: take the next pod, find its node, or say why there is none."""

from __future__ import annotations

from simarena.cluster.codes import MAX_REASONS, NONE, Disruption, LogKind, WorkloadKind
from simarena.cluster.kernel.ground.client_limits import note_binding
from simarena.cluster.kernel.ground.events import log_diagnosis, log_preemption
from simarena.cluster.kernel.pods.hints import AWAITS_PODS
from simarena.cluster.kernel.pods.life import delete_pod, place_pod
from simarena.cluster.kernel.pods.losses import count_loss
from simarena.cluster.kernel.pods.nominations import (
    clear_lower_nominations,
    clear_nomination,
    nominate,
)
from simarena.cluster.kernel.pods.queues import pop_next_pod, push_unschedulable, wake_scheduler
from simarena.cluster.kernel.scheduler.preemption import is_eligible, preempt
from simarena.cluster.kernel.scheduler.rejections import explain_rejection, is_rejected_again
from simarena.cluster.kernel.scheduler.search import choose_node
from simarena.cluster.records import World
from simarena.jit.decorators import inner


@inner
def _only_node(world: World, pod_row: int) -> int:
    """Return the one node that a pod may go to: a DaemonSet makes each pod for its node."""
    pod = world.pods[pod_row]
    owner = pod["owner"]
    if owner != NONE and world.workloads[owner]["kind"] == WorkloadKind.DAEMONSET:
        return pod["ordinal"]
    return NONE


@inner
def _make_room(world: World, pod_row: int) -> int:
    """Choose where other pods must go for a pod that fits nowhere; return that node, or NONE.

    What came of it is written into the pod's diagnosis.
    """
    pod = world.pods[pod_row]
    template_row = pod["template"]
    why_not = is_eligible(world, template_row, pod["priority"], pod["nominated_node"])
    if why_not != NONE:
        world.diagnoses[pod_row, MAX_REASONS + why_not] = 1
        return NONE
    clear_nomination(world, pod_row)
    draws = world.settings[0]["random_ties"]
    return preempt(world, template_row, pod["priority"], pod_row, pod_row, draws)


@inner
def _evict_victims(world: World, pod_row: int, node_row: int) -> None:
    """Delete the victims on a node, and keep their room for the pod."""
    nominate(world, pod_row, node_row)
    clear_lower_nominations(world, world.pods[pod_row]["priority"], node_row)
    victim = world.nodes[node_row]["first_pod"]
    while victim != NONE:
        after = world.pods[victim]["next_on_node"]
        if world.pods[victim]["victim"]:
            world.pods[victim]["victim"] = 0
            if not world.pods[victim]["deleting"]:
                world.pods[victim]["disrupted"] = Disruption.PREEMPTED
                log_preemption(world, victim, pod_row)
                count_loss(world, victim)
                delete_pod(world, victim)
        victim = after


@inner
def _reject(world: World, pod_row: int) -> None:
    """Write down why a pod fits nowhere, let others make room for it, and let it wait."""
    state = world.state[0]
    pod = world.pods[pod_row]
    explain_rejection(world, pod_row)
    if pod["rejected_by"] & AWAITS_PODS:
        state["pods_awaited"] = 1
    node_row = NONE
    if state["priorities_differ"]:
        node_row = _make_room(world, pod_row)
    pod["num_attempts"] += 1
    pod["queued_ms"] = state["now_ms"]
    log_diagnosis(world, LogKind.POD_UNSCHEDULABLE, pod_row)
    push_unschedulable(world, pod_row)
    if node_row != NONE:
        _evict_victims(world, pod_row, node_row)


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
    node_row = NONE
    if not is_rejected_again(world, pod_row):
        node_row = choose_node(world, pod["template"], pod_row)
    if node_row != NONE:
        place_pod(world, pod_row, node_row)
        note_binding(world.state, world.settings)
    else:
        _reject(world, pod_row)
    state["only_node"] = NONE
    if state["num_active"] + state["num_backoff"] > 0:
        wake_scheduler(world)
