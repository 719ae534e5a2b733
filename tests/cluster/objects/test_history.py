"""Histories: counts of pods and fill of nodes as functions of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.cluster._objects import deployment, node, pod, world_of
from tests.cluster.scenario import live

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.codes import NONE, LogKind
from simarena.cluster.objects.history import History, NodeFill, PodCounts

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIG = ClusterConfig(
    deployment_sync_ms=10,
    replicaset_sync_ms=10,
    create_batch_ms=10,
    scheduling_ms=5,
    pod_startup_ms=1_000,
    termination_ms=500,
)
GIBI = 1 << 30


def test_a_pods_life_by_hand() -> None:
    cluster = Cluster([node()], config=CONFIG)
    cluster.apply(pod("p", "500m", "1Gi"))
    cluster.advance(2)
    cluster.delete("Pod", "p")
    cluster.advance(2)
    history = cluster.history()
    assert history.workloads == {
        ("pod", 0): [
            (0, PodCounts(total=1, pending=1, unbound=1)),
            (5, PodCounts(total=1, pending=1)),
            (1_005, PodCounts(total=1, ready=1)),
            (2_000, PodCounts()),
        ]
    }
    assert history.nodes == {0: [(5, NodeFill(500, GIBI, 1)), (2_500, NodeFill())]}


def test_a_deployment_is_counted_as_one_whatever_its_replicasets() -> None:
    cluster = Cluster([node(cpu="64", memory="64Gi")], config=CONFIG)
    cluster.apply(deployment(replicas=3, cpu="1"))
    cluster.settle()
    cluster.apply(deployment(replicas=3, cpu="2"))
    cluster.settle()
    history = cluster.history()
    assert list(history.workloads) == [("workload", 0)]
    series = history.workloads["workload", 0]
    assert series[-1][1] == PodCounts(total=3, ready=3)
    assert max(counts.total for _, counts in series) == 4
    assert history.nodes[0][-1][1] == NodeFill(6_000, 3 * GIBI, 3)


def test_a_pod_that_waits_and_one_deleted_before_it_was_ready_are_told_apart() -> None:
    cluster = Cluster([node(cpu="1")], config=CONFIG)
    cluster.apply(pod("large", "2"))
    cluster.apply(pod("small", "1"))
    cluster.advance(0.5)
    history = cluster.history()
    assert history.workloads["pod", 0][-1][1] == PodCounts(total=1, pending=1, unbound=1)
    assert history.workloads["pod", 1][-1][1] == PodCounts(total=1, pending=1)
    cluster.delete("Pod", "large")
    cluster.delete("Pod", "small")
    cluster.advance(2)
    for series in cluster.history().workloads.values():
        assert series[-1][1] == PodCounts()


def test_times_rise_and_the_last_values_are_the_present_ones() -> None:
    cluster = Cluster([node(), node("n2")], config=CONFIG)
    cluster.apply(deployment(replicas=5))
    cluster.advance(30)
    cluster.apply(deployment(replicas=20, cpu="700m"))
    cluster.advance(30)
    history = cluster.history()
    times_of = [[time_ms for time_ms, _ in series] for series in history.workloads.values()]
    times_of += [[time_ms for time_ms, _ in series] for series in history.nodes.values()]
    for times in times_of:
        assert times == sorted(set(times))
    for row, fill in history.nodes.items():
        written = world_of(cluster).nodes[row]
        assert fill[-1][1] == NodeFill(
            written["cpu_requested_milli"], written["memory_requested_bytes"], written["num_pods"]
        )


def step_by_step(cluster: Cluster) -> tuple[dict[tuple[str, int], Any], dict[int, Any]]:
    """Return what a cluster's history is of workloads and nodes, added up entry by entry."""
    workloads: dict[tuple[str, int], Any] = {}
    nodes: dict[int, Any] = {}
    pods: dict[int, dict[str, Any]] = {}
    for row in cluster._live.journal.table():
        kind, uid, time_ms = LogKind(int(row["kind"])), int(row["subject"]), int(row["time_ms"])
        if kind not in KINDS:
            continue
        owner = int(row["owner"])
        key = ("workload", owner) if owner != NONE else ("pod", int(row["bare"]))
        pod_ = pods.setdefault(
            uid,
            {"bound": False, "pending": True, "ready": False, "counted": True, "node": NONE},
        )
        change = counted(kind, pod_)
        if any(change):
            add(workloads.setdefault(key, []), time_ms, PodCounts(), change)
        template = world_of(cluster).templates[row["template"]]
        asks = (int(template["cpu_milli"]), int(template["memory_bytes"]), 1)
        if kind == LogKind.POD_SCHEDULED:
            pod_["node"] = int(row["node"])
            add(nodes.setdefault(pod_["node"], []), time_ms, NodeFill(), asks)
        elif kind in ENDS and pod_["node"] != NONE:
            add(nodes[pod_["node"]], time_ms, NodeFill(), [-each for each in asks])
            pod_["node"] = NONE
    return workloads, nodes


ENDS = {LogKind.POD_COMPLETED, LogKind.POD_FAILED, LogKind.POD_GONE}
KINDS = ENDS | {
    LogKind.POD_CREATED,
    LogKind.POD_SCHEDULED,
    LogKind.POD_READY,
    LogKind.POD_UNREADY,
    LogKind.POD_DELETED,
    LogKind.CONTAINERS_STARTED,
}


def counted(kind: LogKind, pod_: dict[str, Any]) -> tuple[int, int, int, int]:
    """Return what an entry changes: total, ready, pending, unbound; note it in the pod."""
    change = (0, 0, 0, 0)
    if kind == LogKind.POD_CREATED:
        change = (1, 0, 1, 1)
    elif kind == LogKind.POD_SCHEDULED:
        pod_["bound"] = True
        change = (0, 0, 0, -1)
    elif kind in {LogKind.POD_READY, LogKind.CONTAINERS_STARTED}:
        ready = kind == LogKind.POD_READY
        if pod_["counted"]:
            change = (0, int(ready), -int(pod_["pending"]), 0)
        pod_["ready"] = pod_["ready"] or ready
        pod_["pending"] = False
    elif kind == LogKind.POD_UNREADY:
        pod_["ready"] = False
        change = (0, -1, 0, 0)
    elif kind != LogKind.POD_GONE and pod_["counted"]:
        pod_["counted"] = False
        change = (-1, -int(pod_["ready"]), -int(pod_["pending"]), -int(not pod_["bound"]))
    return change


def add(series: list[Any], time_ms: int, zero: Any, change: Iterable[int]) -> None:
    before = series[-1][1] if series else zero
    value = type(zero)(*(a + b for a, b in zip(before, change, strict=True)))
    if series and series[-1][0] == time_ms:
        series.pop()
    series.append((time_ms, value))


@pytest.mark.parametrize("seed", range(4))
def test_a_history_is_what_its_entries_add_up_to(seed: int) -> None:
    cluster = live(seed, 20)
    found, (workloads, nodes) = cluster.history(), step_by_step(cluster)
    assert (found.workloads, found.nodes) == (workloads, nodes)
    assert list(found.workloads) == list(workloads)
    assert list(found.nodes) == list(nodes)


def test_nothing_happened_at_first() -> None:
    assert Cluster([node()]).history() == History()
