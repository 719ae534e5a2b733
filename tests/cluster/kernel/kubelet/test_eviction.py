"""Nodes that are low on memory: the condition, the taint, and who must go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cluster._kubelet import MEBIBYTE, consuming, is_ready, real, reasons, status
from tests.cluster._objects import deployment, node, world_of

if TYPE_CHECKING:
    from simarena.cluster import Cluster

Manifest = dict[str, Any]


def small(**settings: object) -> Cluster:
    """Return a cluster of one node that is under pressure from 901Mi of memory on."""
    return real(node("n1", "8", "1001Mi"), **settings)  # type: ignore[arg-type]


def asking(name: str, uses: str, asks: str, **spec: object) -> Manifest:
    made = consuming(name, memory=uses, requests={"cpu": "10m", "memory": asks})
    made["spec"].update(spec)
    return made


def phases(cluster: Cluster) -> dict[str, str]:
    return {p["metadata"]["name"]: p["status"]["phase"] for p in cluster.list("Pod")}


def pressure(cluster: Cluster) -> str:
    conditions = cluster.get("Node", "n1")["status"]["conditions"]
    return str(next(c["status"] for c in conditions if c["type"] == "MemoryPressure"))


def test_memory_available_at_the_threshold_is_enough() -> None:
    cluster = small()
    cluster.apply(asking("a", "901Mi", "10Mi"))
    cluster.advance(120)
    assert phases(cluster) == {"a": "Running"}
    assert pressure(cluster) == "False"


def test_a_pod_over_its_request_goes_before_one_of_lower_priority() -> None:
    cluster = small()
    cluster.apply(asking("over", "0s=100Mi,15s=650Mi", "100Mi", priority=1_000), is_admitted=True)
    cluster.apply(asking("within", "300Mi", "300Mi", priority=1), is_admitted=True)
    cluster.advance(19.999)
    assert phases(cluster) == {"over": "Running", "within": "Running"}
    cluster.advance(0.001)
    assert phases(cluster) == {"over": "Failed", "within": "Running"}


def test_of_those_over_their_request_the_lower_priority_goes_first() -> None:
    cluster = small()
    cluster.apply(asking("dear", "500Mi", "10Mi", priority=7), is_admitted=True)
    cluster.apply(asking("cheap", "450Mi", "400Mi", priority=3), is_admitted=True)
    cluster.advance(10)
    assert phases(cluster) == {"dear": "Running", "cheap": "Failed"}


def test_of_equal_priority_the_larger_use_above_the_request_goes_first() -> None:
    cluster = small()
    cluster.apply(asking("less", "600Mi", "500Mi"))
    cluster.apply(asking("more", "350Mi", "100Mi"))
    cluster.advance(10)
    assert phases(cluster) == {"less": "Running", "more": "Failed"}


def test_critical_pods_stay() -> None:
    cluster = small()
    cluster.apply(asking("vital", "1000Mi", "10Mi", priority=2_000_000_000), is_admitted=True)
    cluster.apply(asking("other", "10Mi", "100Mi"))
    cluster.advance(60)
    assert phases(cluster) == {"vital": "Running", "other": "Failed"}


def test_one_pod_goes_at_a_time_until_there_is_enough() -> None:
    cluster = small()
    for name, uses in (("a", "500Mi"), ("b", "500Mi"), ("c", "500Mi")):
        cluster.apply(asking(name, uses, "10Mi"))
    cluster.advance(10.5)
    assert list(phases(cluster).values()).count("Failed") == 1
    cluster.advance(1)
    assert list(phases(cluster).values()).count("Failed") == 2
    cluster.advance(60)
    assert list(phases(cluster).values()).count("Failed") == 2


def test_an_evicted_pod_says_why_in_the_kubelets_words() -> None:
    cluster = small()
    cluster.apply(asking("a", "980Mi", "100Mi"))
    cluster.advance(15)
    shown = status(cluster, "a")
    message = (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 21Mi. "
        "Container main was using 980Mi, request is 100Mi, has larger consumption of memory. "
    )
    assert (shown["phase"], shown["reason"], shown["message"]) == ("Failed", "Evicted", message)
    target = next(c for c in shown["conditions"] if c["type"] == "DisruptionTarget")
    assert (target["status"], target["reason"]) == ("True", "TerminationByKubelet")
    assert shown["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137
    evicted = next(e for e in cluster.events() if e["reason"] == "Evicted")
    assert (evicted["type"], evicted["message"]) == ("Warning", message)
    assert reasons(cluster)[-2:] == ["Evicted", "Killing"]
    assert reasons(cluster, "Node") == ["EvictionThresholdMet", "NodeHasInsufficientMemory"]


def test_more_than_is_allocatable_is_pressure_whatever_the_machine_has() -> None:
    wide = node("n1", "8", "500Mi")
    wide["status"]["capacity"] = {"cpu": "8", "memory": "4Gi"}
    cluster = real(wide)
    cluster.apply(asking("a", "501Mi", "10Mi"))
    cluster.advance(15)
    assert "available: 99Mi" in status(cluster, "a")["message"]


def test_pressure_taints_the_node_until_five_minutes_after_it_was_seen_last() -> None:
    cluster = small()
    cluster.apply(asking("a", "980Mi", "10Mi"))
    cluster.advance(15)
    assert pressure(cluster) == "True"
    taint = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}
    assert taint in cluster.get("Node", "n1")["spec"]["taints"]
    cluster.apply(asking("late", "10Mi", "10Mi"))
    tolerating = asking("hardy", "10Mi", "10Mi", tolerations=[{**taint, "operator": "Exists"}])
    cluster.apply(tolerating)
    cluster.advance(200)
    assert phases(cluster) == {"a": "Failed", "late": "Pending", "hardy": "Running"}
    waiting = status(cluster, "late")["conditions"][0]["message"]
    assert waiting.startswith("0/1 nodes are available: 1 node(s) had untolerated taint(s).")
    cluster.advance(95.9)  # seen at 10 s; looked at 310.0 s as the first time after five minutes
    assert pressure(cluster) == "True"
    cluster.advance(2)
    assert pressure(cluster) == "False"
    cluster.advance(5)
    assert is_ready(cluster, "late")
    assert reasons(cluster, "Node")[-1] == "NodeHasSufficientMemory"


def test_a_controller_replaces_evicted_pods_and_leaves_them_lying() -> None:
    cluster = real(node("n1", "8", "1001Mi"), node("n2", "8", "1001Mi"))
    made = deployment("web", 3, "100m", "10Mi")
    annotations = {"kwok.x-k8s.io/usage-memory": "0s=10Mi,20s=600Mi"}
    made["spec"]["template"]["metadata"]["annotations"] = annotations
    cluster.apply(made)
    cluster.advance(33)
    found = list(phases(cluster).values())
    assert found.count("Failed") == 1
    shown = cluster.get("Deployment", "web")["status"]
    assert shown["replicas"] == 3
    used = [int(n["num_pods"]) for n in world_of(cluster).nodes[:2]]
    assert sum(used) == 3
    cluster.delete("Deployment", "web")
    cluster.advance(5)
    assert not cluster.list("Pod")
    assert not cluster.list("ReplicaSet")


def test_a_best_effort_pod_is_refused_by_a_node_under_pressure() -> None:
    cluster = small()
    cluster.apply(asking("a", "980Mi", "10Mi"))
    cluster.advance(15)
    best_effort = consuming("b", nodeName="n1")
    best_effort["spec"]["containers"][0]["resources"] = {}
    cluster.apply(best_effort)
    shown = status(cluster, "b")
    assert (shown["phase"], shown["reason"]) == ("Failed", "Evicted")
    assert shown["message"] == "The node had condition: [MemoryPressure]. "


def test_eviction_can_be_left_out() -> None:
    cluster = small(node_pressure_eviction=False)
    cluster.apply(asking("a", "2Gi", "10Mi"))
    cluster.advance(120)
    assert phases(cluster) == {"a": "Running"}
    assert cluster.metrics("Node")[0].memory_bytes == 2048 * MEBIBYTE


def test_a_node_that_uses_nothing_is_not_looked_at() -> None:
    cluster = small()
    cluster.apply(consuming("a"))
    assert cluster.settle(100)
    assert world_of(cluster).state[0]["num_heap"] == 0
    cluster.apply(asking("b", "10Mi", "10Mi"))
    assert cluster.settle(100)
    cluster.delete("Pod", "b")
    cluster.advance(30)
    assert world_of(cluster).state[0]["num_heap"] == 0
