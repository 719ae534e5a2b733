"""The pod garbage collector: ended pods beyond the threshold, and those whose node is gone."""

from __future__ import annotations

import pytest
from tests.cluster._controllers import cluster_of, job
from tests.cluster._kubelet import consuming, real
from tests.cluster._objects import check_world, deployment, node, world_of

from simarena.cluster import Cluster, ClusterConfig
from simarena.errors import ConfigError


def names(cluster: Cluster) -> list[str]:
    return [pod["metadata"]["name"] for pod in cluster.list("Pod")]


def test_ended_pods_beyond_the_threshold_are_collected_every_20_seconds_the_oldest_first() -> None:
    cluster = cluster_of([node(cpu="64")], terminated_pod_gc_threshold=3, job_run_ms=1_000)
    seen: list[str] = []
    for number in range(5):
        cluster.apply(job(f"task-{number}"))
        cluster.advance(3)
        seen += [name for name in names(cluster) if name not in seen]
    assert cluster.now_ms == 15_000
    assert names(cluster) == sorted(seen)
    cluster.advance(4.9)
    assert len(names(cluster)) == 5
    cluster.advance(0.2)
    assert names(cluster) == sorted(seen[2:])
    assert [each["status"]["succeeded"] for each in cluster.list("Job")] == [1] * 5
    assert cluster.settle()
    check_world(world_of(cluster))


def test_no_more_than_the_threshold_means_that_all_stay() -> None:
    cluster = cluster_of([node(cpu="64")], terminated_pod_gc_threshold=3, job_run_ms=1_000)
    for number in range(3):
        cluster.apply(job(f"task-{number}"))
    cluster.advance(3_600)
    assert len(names(cluster)) == 3


def test_a_threshold_of_0_lets_all_ended_pods_stay() -> None:
    cluster = cluster_of([node(cpu="64")], terminated_pod_gc_threshold=0, job_run_ms=1_000)
    cluster.apply(job(completions=40, parallelism=40))
    cluster.advance(60)
    assert len(names(cluster)) == 40


def test_an_indexed_job_that_lost_its_ended_pods_makes_none_again() -> None:
    cluster = cluster_of([node(cpu="64")], terminated_pod_gc_threshold=2, job_run_ms=1_000)
    cluster.apply(job(completions=9, parallelism=3, completionMode="Indexed"))
    cluster.advance(120)
    assert len(names(cluster)) == 2
    status = cluster.get("Job", "task")["status"]
    assert (status["succeeded"], status["completedIndexes"]) == (9, "0-8")
    check_world(world_of(cluster))


def test_evicted_pods_are_collected_before_older_ones_that_succeeded() -> None:
    cluster = real(
        node(memory="1Gi"), terminated_pod_gc_threshold=1, job_run_ms=1_000, eviction_check_ms=1_000
    )
    cluster.apply(job(cpu="1m"))
    cluster.advance(5)
    (succeeded,) = names(cluster)
    cluster.apply(consuming("greedy", "2Gi"))
    for _ in range(50):
        cluster.advance(0.1)
        if cluster.get("Pod", "greedy")["status"].get("reason") == "Evicted":
            break
    assert names(cluster) == ["greedy", succeeded]
    cluster.advance(20)
    assert names(cluster) == [succeeded]


def test_a_loop_of_evictions_leaves_as_many_pods_as_the_threshold_allows() -> None:
    cluster = real(node(memory="1Gi"), terminated_pod_gc_threshold=5, eviction_check_ms=1_000)
    manifest = deployment("leak", 1, None, None)
    template = manifest["spec"]["template"]
    template["metadata"]["annotations"] = {"kwok.x-k8s.io/usage-memory": "2Gi"}
    template["spec"]["tolerations"] = [{"operator": "Exists"}]
    cluster.apply(manifest)
    cluster.advance(3_600)
    ended = [pod for pod in cluster.list("Pod") if pod["status"]["phase"] == "Failed"]
    world = world_of(cluster)
    assert world.state[0]["next_uid"] > 100
    assert 5 <= len(ended) <= 5 + 20
    assert world.state[0]["num_pods"] <= 40
    assert world.state[0]["num_ended"] == len(ended)
    check_world(world)


def test_ended_pods_go_with_their_node() -> None:
    cluster = cluster_of([node("gone"), node("stays")], job_run_ms=1_000)
    cluster.apply(job(completions=6, parallelism=6))
    cluster.advance(10)
    left = [p for p in cluster.list("Pod") if p["spec"]["nodeName"] == "stays"]
    assert 0 < len(left) < 6
    cluster.delete("Node", "gone")
    cluster.advance(10)
    assert cluster.list("Pod") == left
    assert cluster.get("Job", "task")["status"]["succeeded"] == 6
    assert world_of(cluster).state[0]["num_ended"] == len(left)
    check_world(world_of(cluster))


@pytest.mark.parametrize("number", [-1, 1 << 31, 1.5])
def test_thresholds_that_no_run_could_use_are_refused(number: float) -> None:
    with pytest.raises(ConfigError, match="terminated_pod_gc_threshold must be a whole number"):
        ClusterConfig(terminated_pod_gc_threshold=number)  # type: ignore[arg-type]
