"""Histories: counts of pods and fill of nodes as functions of time."""

from __future__ import annotations

from tests.cluster._objects import deployment, node, pod, world_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.cluster.objects.history import History, NodeFill, PodCounts

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
    assert cluster.history() == History(
        workloads={
            ("pod", 0): [
                (0, PodCounts(total=1, pending=1, unbound=1)),
                (5, PodCounts(total=1, pending=1)),
                (1_005, PodCounts(total=1, ready=1)),
                (2_000, PodCounts()),
            ]
        },
        nodes={0: [(5, NodeFill(500, GIBI, 1)), (2_500, NodeFill())]},
    )


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
