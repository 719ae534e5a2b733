"""The DaemonSet controller: one pod on every node that its template admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.cluster.codes import (
    NONE,
    UNRESOLVABLE,
    Client,
    Phase,
    Reason,
    Status,
    WorkloadKind,
)
from simarena.cluster.kernel.controllers.availability import await_available, is_available
from simarena.cluster.kernel.controllers.workload_rows import num_pod_rows
from simarena.cluster.kernel.ground.client_limits import may_send
from simarena.cluster.kernel.ground.events import has_event_room, wake_at, wake_workload
from simarena.cluster.kernel.pods.life import create_pod, give_up_pod, has_log_room, has_pod_room
from simarena.cluster.kernel.pods.quotas import (
    MAX_REFUSED,
    begin_creating,
    end_creating,
    is_admitted,
    stops_creating,
)
from simarena.jit.decorators import inner

if TYPE_CHECKING:
    from simarena.cluster.records import Rows, World

_FIRST_BACKOFF_MS = 1_000
_MAX_BACKOFF_MS = 900_000
_MAX_DOUBLINGS = 10
_TAINTED = 1 << Reason.TAINT | UNRESOLVABLE


@inner
def _admits(nodes: Rows, verdicts: Rows, ask: int, node_row: int) -> bool:
    """Return whether a DaemonSet wants a pod on a node; `ask` is its template's."""
    node = nodes[node_row]
    return bool(node["exists"] and verdicts[ask, node["sort"]]["reasons"] == 0)


@inner
def _tolerated(nodes: Rows, verdicts: Rows, ask: int, node_row: int) -> bool:
    """Return whether a pod that is on a node may stay: a new taint alone does not end it.

    Taints with NoExecute do, but that is not this controller's business.
    """
    node = nodes[node_row]
    reasons = verdicts[ask, node["sort"]]["reasons"]
    return bool(node["exists"] and (reasons == 0 or reasons == _TAINTED))


@inner
def num_desired(world: World, row: int) -> int:
    """Return on how many nodes a DaemonSet wants a pod."""
    ask = world.templates[world.workloads[row]["template"]]["ask"]
    number = 0
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        if _admits(world.nodes, world.verdicts, ask, node_row):
            number += 1
    return number


@inner
def _is_scheduled(world: World, row: int, node_row: int) -> bool:
    """Return whether a DaemonSet has a pod that is bound to a node."""
    pod_row = world.nodes[node_row]["first_pod"]
    while pod_row != NONE:
        if world.pods[pod_row]["owner"] == row:
            return True
        pod_row = world.pods[pod_row]["next_on_node"]
    return False


@inner
def wake_daemonsets(world: World, node_row: int) -> None:
    """Let the DaemonSets look that have something to do on a node which has changed.

    Others do not even bring their status up to date: one whose pod may stay on the node, though it
    would not be made there any more, counts the node as before.
    """
    for row in range(world.state[0]["num_workloads"]):
        workload = world.workloads[row]
        if workload["kind"] != WorkloadKind.DAEMONSET or workload["present"] == 0:
            continue
        ask = world.templates[workload["template"]]["ask"]
        has_pod = _is_scheduled(world, row, node_row)
        if has_pod:
            stays = _tolerated(world.nodes, world.verdicts, ask, node_row)
            looks = not stays or workload["reported_misscheduled"] > 0
        else:
            looks = _admits(world.nodes, world.verdicts, ask, node_row)
        if looks:
            wake_workload(world, row)


@inner
def _replace_later(world: World, row: int, pod_row: int) -> bool:
    """Return whether a pod that failed stays for now, as those before it on its node failed, too.

    The one that follows it learns from the node's scratch how many have failed. The first is
    replaced at once; each further one waits twice as long, unless the last is half an hour ago.
    """
    pod = world.pods[pod_row]
    now_ms = world.state[0]["now_ms"]
    num_failures = int(pod["index_failures"])
    age_ms = now_ms - pod["created_ms"]
    if age_ms > 2 * _MAX_BACKOFF_MS:
        num_failures = 0
    if num_failures > 0:
        doublings = min(num_failures - 1, _MAX_DOUBLINGS)
        backoff_ms = min(_FIRST_BACKOFF_MS << doublings, _MAX_BACKOFF_MS)
        if age_ms < backoff_ms:
            wake_at(world, row, now_ms + backoff_ms)
            return True
    world.nodes[pod["ordinal"]]["num_related"] = num_failures + 1
    return False


@inner
def _create(world: World, row: int, node_row: int, num_failures: int) -> int:
    """Create the pod of a node on which so many have failed lately.

    Return its row, or NONE where it is refused.
    """
    template = world.workloads[row]["template"]
    if not is_admitted(world, row, template, node_row):
        return NONE
    pod_row = create_pod(world, row, template, NONE, NONE, node_row)
    world.pods[pod_row]["index_failures"] = num_failures
    return pod_row


@inner
def _find_pods(world: World, row: int) -> None:
    """Write down for each node its pods of the newest and of older templates.

    Deletes those that are superfluous: on nodes that do not admit them, ended, or second ones.
    """
    for node_row in range(world.state[0]["num_node_rows"]):
        world.nodes[node_row]["new_pod"] = NONE
        world.nodes[node_row]["old_pod"] = NONE
        world.nodes[node_row]["num_related"] = 0
    template = world.workloads[row]["template"]
    ask = world.templates[template]["ask"]
    pod_row = world.workloads[row]["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        after = pod["next_of_owner"]
        node = world.nodes[pod["ordinal"]]
        newest = pod["template"] == template
        if (
            newest
            and pod["phase"] == Phase.FAILED
            and node["new_pod"] == NONE
            and _replace_later(world, row, pod_row)
        ):
            node["new_pod"] = pod_row
        elif pod["phase"] >= Phase.SUCCEEDED or not _tolerated(
            world.nodes, world.verdicts, ask, pod["ordinal"]
        ):
            give_up_pod(world, pod_row)
        elif newest and node["new_pod"] == NONE:
            node["new_pod"] = pod_row
        elif not newest and node["old_pod"] == NONE:
            node["old_pod"] = pod_row
        else:
            give_up_pod(world, pod_row)
        pod_row = after


@inner
def _limit(number: int, is_percent: int, desired: int) -> int:
    """Return how many pods an update may add, or leave unavailable; a percentage rounds up."""
    if is_percent:
        return (number * desired + 99) // 100
    return number


@inner
def _replace(world: World, row: int, desired: int) -> None:
    """Delete pods of older templates while few enough are unavailable; new ones follow."""
    workload = world.workloads[row]
    latest_ms = world.state[0]["now_ms"] - workload["min_ready_ms"]
    ask = world.templates[workload["template"]]["ask"]
    spec = world.specs[world.workloads[row]["spec"]]
    room = _limit(spec["max_unavailable"], spec["unavailable_is_percent"], desired)
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        node = world.nodes[node_row]
        if _admits(world.nodes, world.verdicts, ask, node_row):
            pod_row = node["new_pod"]
            if pod_row == NONE:
                pod_row = node["old_pod"]
            if pod_row == NONE or not is_available(world.pods, pod_row, latest_ms):
                room -= 1
    for position in range(world.state[0]["num_nodes"]):
        pod_row = world.nodes[world.node_list[position]]["old_pod"]
        if pod_row != NONE and world.pods[pod_row]["deleting"] == 0:
            if not is_available(world.pods, pod_row, latest_ms):
                give_up_pod(world, pod_row)
            elif room > 0:
                give_up_pod(world, pod_row)
                room -= 1


@inner
def _surge(world: World, row: int, desired: int) -> None:
    """Put pods of the newest template beside older ones, which go once those are available."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    latest_ms = world.state[0]["now_ms"] - workload["min_ready_ms"]
    room = _limit(spec["max_surge"], spec["surge_is_percent"], desired)
    for position in range(world.state[0]["num_nodes"]):
        node = world.nodes[world.node_list[position]]
        if node["old_pod"] != NONE and node["new_pod"] != NONE:
            if is_available(world.pods, node["new_pod"], latest_ms):
                if world.pods[node["old_pod"]]["deleting"] == 0:
                    give_up_pod(world, node["old_pod"])
            else:
                room -= 1
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        node = world.nodes[node_row]
        if (
            node["old_pod"] != NONE
            and node["new_pod"] == NONE
            and world.pods[node["old_pod"]]["deleting"] == 0
        ):
            if is_available(world.pods, node["old_pod"], latest_ms):
                if room <= 0:
                    continue
                room -= 1
            if workload["refused"] < MAX_REFUSED:
                _create(world, row, node_row, 0)


@inner
def _comes_first(world: World, pod_row: int, other_row: int) -> bool:
    """Return whether the status tells of a pod rather than of another one on its node."""
    pod = world.pods[pod_row]
    other = world.pods[other_row]
    if (pod["bound_ms"] == NONE) != (other["bound_ms"] == NONE):
        return bool(pod["bound_ms"] != NONE)
    return bool(pod["created_ms"] < other["created_ms"])


@inner
def _report(world: World, row: int) -> None:
    """Write the counts of nodes that a DaemonSet's status shows, by the first pod of each.

    Pods count on the node that they are for, also before they are bound and until they are gone.
    """
    workload = world.workloads[row]
    template = workload["template"]
    ask = world.templates[template]["ask"]
    latest_ms = world.state[0]["now_ms"] - workload["min_ready_ms"]
    for node_row in range(world.state[0]["num_node_rows"]):
        world.nodes[node_row]["new_pod"] = NONE
    pod_row = workload["first_pod"]
    while pod_row != NONE:
        pod = world.pods[pod_row]
        node = world.nodes[pod["ordinal"]]
        is_going = pod["deleting"] and pod["phase"] >= Phase.SUCCEEDED
        if not is_going and (
            node["new_pod"] == NONE or _comes_first(world, pod_row, node["new_pod"])
        ):
            node["new_pod"] = pod_row
        pod_row = pod["next_of_owner"]
    scheduled = 0
    misscheduled = 0
    ready = 0
    available = 0
    updated = 0
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        pod_row = world.nodes[node_row]["new_pod"]
        if pod_row == NONE:
            continue
        if not _admits(world.nodes, world.verdicts, ask, node_row):
            misscheduled += 1
            continue
        pod = world.pods[pod_row]
        scheduled += 1
        ready += int(pod["ready"])
        available += int(pod["ready"] and pod["ready_ms"] <= latest_ms)
        updated += int(pod["template"] == template)
    workload["reported_pods"] = scheduled
    workload["reported_misscheduled"] = misscheduled
    workload["reported_ready"] = ready
    workload["reported_available"] = available
    workload["reported_updated"] = updated


@inner
def _create_missing(world: World, row: int) -> bool:
    """Create the pods of nodes that have none; return whether all could be, and at this rate."""
    num_asked = 0
    workload = world.workloads[row]
    ask = world.templates[workload["template"]]["ask"]
    for position in range(world.state[0]["num_nodes"]):
        node_row = world.node_list[position]
        node = world.nodes[node_row]
        if (
            node["new_pod"] == NONE
            and node["old_pod"] == NONE
            and _admits(world.nodes, world.verdicts, ask, node_row)
        ):
            if stops_creating(world, row, num_asked):
                return False
            num_asked += 1
            if not may_send(world.state, world.settings, world.workloads, row, Client.DAEMONSET):
                wake_at(world, row, workload["turn_ms"])
                return False
            node["new_pod"] = _create(world, row, node_row, node["num_related"])
    return bool(workload["refused"] == 0)


@inner
def sync_daemonset(world: World, row: int) -> Status:
    """Bring the pods of a DaemonSet to the nodes that want them; change nothing if not OK."""
    workload = world.workloads[row]
    spec = world.specs[workload["spec"]]
    desired = num_desired(world, row)
    if not has_pod_room(world, desired):
        return Status.PODS_FULL
    if not has_event_room(world, 2 * (num_pod_rows(world, row) + desired) + 8):
        return Status.EVENTS_FULL
    if not has_log_room(world, desired):
        return Status.LOG_FULL
    _find_pods(world, row)
    workload["replicas"] = desired
    begin_creating(world, row)
    if _create_missing(world, row) and spec["on_delete"] == 0:
        if spec["max_surge"] > 0:
            _surge(world, row, desired)
        else:
            _replace(world, row, desired)
    end_creating(world, row)
    _report(world, row)
    await_available(world, row)
    return Status.OK
